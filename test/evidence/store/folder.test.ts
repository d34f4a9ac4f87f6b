import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { ObjectKey } from "../../../lambda/domain/identifiers.ts";
import { folderEvidenceStore } from "../../../lambda/evidence/store/folder.ts";
import type { EvidenceStore } from "../../../lambda/evidence/store/port.ts";
import { evidenceStoreContract, stored } from "../../support/evidence-store-contract.ts";

async function openFolder(options?: Parameters<typeof folderEvidenceStore>[1]) {
  const folder = await mkdtemp(join(tmpdir(), "evidence-"));
  return {
    stores: [folderEvidenceStore(folder, options), folderEvidenceStore(`${folder}/.`, options)] as const,
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

const failingLink = (code: string) => async () => {
  throw Object.assign(new Error(code), { code });
};

evidenceStoreContract("the folder store", () => openFolder());
evidenceStoreContract("the folder store without hard links", () => openFolder({ link: failingLink("EPERM") }), 10);

const CHILD = join(import.meta.dirname, "../../support/folder-child.ts");
const TEXT = "text/plain";
const key = (text: string) => text as ObjectKey;
const bytes = (text: string) => Buffer.from(text);

let folder: string;
let store: EvidenceStore;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "evidence-"));
  store = folderEvidenceStore(folder);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

function spawnChild(what: string, times = 0) {
  const child = spawn(process.execPath, [CHILD, what, folder, String(times)], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  return { child, lines: createInterface(child.stdout), exit: once(child, "exit") };
}

describe("a folder that several processes write to", () => {
  it("loses no update", async () => {
    const others = [spawnChild("increase", 40), spawnChild("increase", 40)];
    expect(await Promise.all(others.map(({ exit }) => exit))).toEqual([
      [0, null],
      [0, null],
    ]);
    expect(await stored(store, "v1/counter")).toBe("80");
  });

  it("has each object created by one of them, whole", async () => {
    const others = [spawnChild("create", 100), spawnChild("create", 100)];
    const counts = await Promise.all(others.map(async ({ lines }) => Number((await Array.fromAsync(lines))[0])));
    expect(counts.reduce((sum, count) => sum + count)).toBe(100);
    const pids = others.map(({ child }) => `${child.pid} `.repeat(1000));
    for await (const name of store.list("v1/claims/")) expect(pids).toContain(await stored(store, name));
  });

  it("shows no half-written object, also when the writer is killed", async () => {
    for (const rounds of [1, 3, 6]) {
      const { child, lines, exit } = spawnChild("write");
      for await (const round of lines) {
        const seen = await stored(store, "v1/large");
        expect(seen).toBe(seen?.charAt(0).repeat(1_500_000));
        if (Number(round) >= rounds) break;
      }
      child.kill("SIGKILL");
      await exit;
      for await (const name of store.list("")) {
        const whole = await stored(store, name);
        expect(whole).toBe(whole?.charAt(0).repeat(1_500_000));
      }
    }
  });

  it("waits for the lock of a living process, and takes it from a dead one", async () => {
    const { child, lines, exit } = spawnChild("hold");
    for await (const line of lines) {
      expect(line).toBe("held");
      break;
    }
    const swapped = store.replace(key("held"), bytes("2"), TEXT);
    // Only what replaces is kept waiting.
    await store.create(key("free"), bytes("1"), TEXT);
    expect(await stored(store, "held")).toBe("1");
    child.kill("SIGKILL");
    await exit;
    await swapped;
    expect(await stored(store, "held")).toBe("2");
  });
});

describe("a folder", () => {
  it("has the same keys as paths, and one file more, the lock", async () => {
    await store.create(key("v1/a/b.json"), bytes("1"), TEXT);
    await store.create(key("v1/a/b.json"), bytes("2"), TEXT);
    await store.replace(key("v1/a/c.json"), bytes("3"), TEXT);
    expect(await readFile(join(folder, "v1/a/b.json"), "utf8")).toBe("1");
    const all = await readdir(folder, { recursive: true });
    expect(all.sort()).toEqual([".~lock", "v1", "v1/a", "v1/a/b.json", "v1/a/c.json"]);
    expect(await Array.fromAsync(store.list(""))).toEqual(["v1/a/b.json", "v1/a/c.json"]);
  });

  it("is cleared of what a dead process left half-written, and of nothing else", async () => {
    const long = new Date(Date.now() - 2 * 3_600_000);
    for (const name of [".~new-old", ".~new-young", "old"]) await writeFile(join(folder, name), "x");
    for (const name of [".~new-old", "old"]) await utimes(join(folder, name), long, long);
    await store.create(key("v1"), bytes("1"), TEXT);
    expect((await readdir(folder)).sort()).toEqual([".~new-young", "old", "v1"]);
  });

  it("lists only its objects", async () => {
    await mkdir(join(folder, "v1"));
    for (const name of [".~a", "~a", "a b", "ä", "a~"]) await writeFile(join(folder, "v1", name), "x");
    await store.create(key("v1/a"), bytes("1"), TEXT);
    expect(await Array.fromAsync(store.list(""))).toEqual(["v1/a"]);
  });

  it("is listed as empty before anything was written", async () => {
    expect(await Array.fromAsync(folderEvidenceStore(join(folder, "not/yet")).list("v1/"))).toEqual([]);
  });

  it("keeps no file open for an unread body", async () => {
    await store.create(key("large"), Buffer.alloc(3_000_000), TEXT);
    const open = async () => (await readdir("/proc/self/fd").catch(() => [])).length;
    const before = await open();
    for (let index = 0; index < 20; index += 1) await store.read(key("large"));
    expect(await open()).toBeLessThanOrEqual(before + 2);
  });

  it("says so when an object is removed between its version and its body", async () => {
    await store.create(key("large"), Buffer.alloc(3_000_000), TEXT);
    const object = await store.read(key("large"));
    await rm(join(folder, "large"));
    await expect(Array.fromAsync(object?.body ?? [])).rejects.toMatchObject({
      name: "EvidenceStoreError",
      code: "not_found",
      message: expect.stringContaining(`${folder}/large could not be read`),
    });
  });

  it("refuses a file as its folder", async () => {
    await writeFile(join(folder, "file"), "x");
    const wrong = folderEvidenceStore(join(folder, "file"));
    await expect(wrong.create(key("v1/a"), bytes("1"), TEXT)).rejects.toMatchObject({
      code: "invalid_location",
      message: expect.stringMatching(/file\/v1\/a could not be written .*choose another folder/),
    });
    expect(await wrong.read(key("v1/a"))).toBeNull();
    expect(await Array.fromAsync(wrong.list(""))).toEqual([]);
  });

  it("does not take a folder for an object", async () => {
    await store.create(key("v1/a/b"), bytes("1"), TEXT);
    await expect(store.create(key("v1/a"), bytes("1"), TEXT)).rejects.toMatchObject({ code: "invalid_location" });
    expect(await store.read(key("v1/a"))).toBeNull();
    const withoutLinks = folderEvidenceStore(folder, { link: failingLink("ENOTSUP") });
    await expect(withoutLinks.create(key("v1/a"), bytes("1"), TEXT)).rejects.toMatchObject({
      code: "invalid_location",
    });
  });

  it.each([
    ["EACCES", "forbidden", /let this user write it, or choose another folder/],
    ["EROFS", "forbidden", /let this user write it/],
    ["ENAMETOOLONG", "invalid_location", /choose another folder/],
    ["ENOSPC", "unreachable", /make room on the disk/],
    ["EIO", "unreachable", /check the disk/],
  ])("names what to do about %s, and leaves nothing behind", async (code, expected, advice) => {
    const failing = folderEvidenceStore(folder, { link: failingLink(code) });
    const attempt = failing.create(key("a"), bytes("1"), TEXT);
    await expect(attempt).rejects.toMatchObject({
      name: "EvidenceStoreError",
      code: expected,
      message: expect.stringMatching(advice),
    });
    await expect(attempt).rejects.toMatchObject({
      message: expect.stringContaining(`${folder}/a could not be written`),
    });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("a folder that others can write to", () => {
  let outside: string;
  beforeEach(async () => {
    outside = await mkdtemp(join(tmpdir(), "outside-"));
  });
  afterEach(() => rm(outside, { recursive: true, force: true }));

  it("keeps its files and folders for their owner", async () => {
    const inner = folderEvidenceStore(join(folder, "new"));
    await inner.create(key("v1/a"), bytes("1"), TEXT);
    await inner.replace(key("v1/b"), bytes("1"), TEXT);
    const mode = async (name: string) => ((await stat(join(folder, "new", name))).mode & 0o777).toString(8);
    const modes = await Promise.all(["", "v1", "v1/a", "v1/b", ".~lock"].map(mode));
    expect(modes).toEqual(["700", "700", "600", "600", "600"]);
  });

  it("neither writes nor reads through a symbolic link to a folder", async () => {
    await writeFile(join(outside, "a"), "theirs");
    await symlink(outside, join(folder, "v1"));
    const refused = expect.objectContaining({ name: "EvidenceStoreError", code: "invalid_location" });
    await expect(store.create(key("v1/new"), bytes("1"), TEXT)).rejects.toEqual(refused);
    await expect(store.replace(key("v1/a"), bytes("1"), TEXT)).rejects.toEqual(refused);
    await expect(store.replace(key("v1/deeper/a"), bytes("1"), TEXT)).rejects.toEqual(refused);
    await expect(store.read(key("v1/a"))).rejects.toEqual(refused);
    await expect(store.exists(key("v1/a"))).rejects.toEqual(refused);
    expect(await readdir(outside)).toEqual(["a"]);
    expect(await readFile(join(outside, "a"), "utf8")).toBe("theirs");
  });

  it("takes a symbolic link to a file for no object, and replaces it without following it", async () => {
    await writeFile(join(outside, "a"), "theirs");
    await symlink(join(outside, "a"), join(folder, "a"));
    expect(await store.exists(key("a"))).toBe(false);
    await expect(store.read(key("a"))).rejects.toMatchObject({ code: "invalid_location" });
    await expect(store.create(key("a"), bytes("1"), TEXT)).rejects.toMatchObject({ code: "invalid_location" });
    await store.replace(key("a"), bytes("1"), TEXT);
    expect(await stored(store, "a")).toBe("1");
    expect(await readFile(join(outside, "a"), "utf8")).toBe("theirs");
  });

  it.each(["x", "12345\n", "x".repeat(5000)])("writes although its lock is not a lock file: %#", async (content) => {
    await writeFile(join(folder, ".~lock"), content);
    const stores = [store, folderEvidenceStore(folder)];
    await Promise.all(stores.map((one, index) => one.replace(key(`a${index}`), bytes("1"), TEXT)));
    expect(await stored(store, "a1")).toBe("1");
  });

  it("says that its lock cannot be used, and touches nothing else", async () => {
    await writeFile(join(outside, "a"), "theirs");
    await symlink(join(outside, "a"), join(folder, ".~lock"));
    const refused = { code: "forbidden", message: expect.stringContaining(".~lock") };
    await expect(store.replace(key("b"), bytes("1"), TEXT)).rejects.toMatchObject(refused);
    expect(await readFile(join(outside, "a"), "utf8")).toBe("theirs");
    await rm(join(folder, ".~lock"));
    await mkdir(join(folder, ".~lock"));
    await expect(store.replace(key("b"), bytes("1"), TEXT)).rejects.toMatchObject(refused);
    await rm(join(folder, ".~lock"), { recursive: true });
    await store.replace(key("b"), bytes("1"), TEXT);
  });
});
