import type { ObjectKey } from "../../lambda/domain/identifiers.ts";
import { folderEvidenceStore } from "../../lambda/evidence/store/folder.ts";
import { FolderLock } from "../../lambda/evidence/store/folder-lock.ts";
import { lockPathOf } from "../../lambda/evidence/store/folder-objects.ts";

/** Another process at work on a folder, for the folder store's tests. */

const [what = "", folder = "", times = "0"] = process.argv.slice(2);
const store = folderEvidenceStore(folder);
const say = (text: string) => process.stdout.write(`${text}\n`);

/** Adds one to the number in `counter`, `times` times, by compare-and-swap. */
async function increase(): Promise<void> {
  const key = "v1/counter" as ObjectKey;
  for (let done = 0; done < Number(times); ) {
    const object = await store.read(key);
    const count = object === null ? 0 : Number(Buffer.concat(await Array.fromAsync(object.body)).toString());
    const condition = { ifMatch: object?.etag ?? null };
    if ((await store.replace(key, Buffer.from(String(count + 1)), "text/plain", condition)) !== null) done += 1;
  }
}

/** Creates `times` objects with this process's own content, and says how many were free. */
async function create(): Promise<void> {
  let created = 0;
  for (let index = 0; index < Number(times); index += 1) {
    const body = Buffer.from(`${process.pid} `.repeat(1000));
    if ((await store.create(`v1/claims/${index}` as ObjectKey, body, "text/plain")) === "created") created += 1;
  }
  say(String(created));
}

/** Writes large objects of one letter each, over and over, until it is killed. */
async function write(): Promise<void> {
  for (let round = 0; ; round += 1) {
    const body = Buffer.alloc(1_500_000, "abcdefgh"[round % 8]);
    await store.replace("v1/large" as ObjectKey, body, "text/plain");
    await store.create(`v1/new/${process.pid}-${round}` as ObjectKey, body, "text/plain");
    say(String(round));
  }
}

/** Takes the lock and keeps it until it is killed. */
async function hold(): Promise<void> {
  await store.replace("held" as ObjectKey, Buffer.from("1"), "text/plain");
  await new FolderLock(lockPathOf(folder)).exclusively(async () => {
    say("held");
    await new Promise(() => setInterval(() => {}, 1000));
  });
}

const deeds: Readonly<Record<string, () => Promise<void>>> = { increase, create, write, hold };
await deeds[what]?.();
