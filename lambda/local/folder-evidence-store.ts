import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { EvidenceStoreError } from "../core/errors.ts";
import type { ObjectKey } from "../core/model.ts";
import { compareText } from "../core/order.ts";
import { checkKey } from "../edges/object-key.ts";
import type { EvidenceStore } from "../ports.ts";

/** Files that are being written begin with it; no key does, and no listing shows them. */
const TEMPORARY = "~";
/** A compare-and-swap takes milliseconds: whoever has held it longer has died. */
const SWAP_LEASE_MS = 5_000;
const SWAP_POLL_MS = 10;

/**
 * The evidence store in a folder: the same keys as paths, the same create-only rule. An object appears whole or not at
 * all, whoever else writes at the same time, and whenever the process dies.
 */
export function folderEvidenceStore(folder: string): EvidenceStore {
  const root = resolve(folder);
  const pathOf = (key: string) => {
    checkKey(key);
    return join(root, ...key.split("/"));
  };

  return {
    location: folder,

    create: (key, body) =>
      guarded(`${folder}/${key} could not be written`, async () => {
        const path = pathOf(key);
        const temporary = await writeTemporary(path, body);
        try {
          // A hard link is made or refused at once: it never replaces a file.
          await link(temporary, path);
          return "created";
        } catch (error) {
          if (codeOf(error) === "EEXIST") return "exists";
          throw error;
        } finally {
          await rm(temporary, { force: true });
        }
      }),

    replace: (key, body, _contentType, condition) =>
      guarded(`${folder}/${key} could not be written`, async () => {
        const path = pathOf(key);
        const write = async () => {
          await rename(await writeTemporary(path, body), path);
          return etagOf(body);
        };
        if (condition === undefined) return write();
        return exclusively(path, async () => ((await currentEtag(path)) === condition.ifMatch ? write() : null));
      }),

    read: (key) =>
      guarded(`${folder}/${key} could not be read`, async () => {
        const path = pathOf(key);
        try {
          if (!(await stat(path)).isFile()) return null;
        } catch (error) {
          if (isAbsent(error)) return null;
          throw error;
        }
        // State is small and is swapped by its etag; evidence is large and is never swapped.
        if (key.startsWith("v1/state/")) {
          const body = await readFile(path);
          return { body: once(body), etag: etagOf(body) };
        }
        return { body: guardedStream(`${folder}/${key} could not be read`, createReadStream(path)), etag: "" };
      }),

    list: (prefix, startAfter = "") => walk(root, prefix, startAfter),
  };
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

async function* guardedStream(what: string, stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (error) {
    throw storeError(what, error);
  }
}

function etagOf(body: Uint8Array): string {
  return createHash("sha256").update(body).digest("hex");
}

async function currentEtag(path: string): Promise<string | null> {
  try {
    return etagOf(await readFile(path));
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

async function writeTemporary(path: string, body: Uint8Array): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `${TEMPORARY}${randomUUID()}`);
  const file = await open(temporary, "wx");
  try {
    await file.writeFile(body);
    await file.sync();
  } finally {
    await file.close();
  }
  return temporary;
}

/** One swap at a time, over processes too: whoever makes the folder has it, and who died with it loses it. */
async function exclusively<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  const guard = `${dirname(path)}/${TEMPORARY}swap`;
  await mkdir(dirname(path), { recursive: true });
  while (true) {
    try {
      await mkdir(guard);
      break;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      const age = await stat(guard).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => 0,
      );
      if (age > SWAP_LEASE_MS) await rm(guard, { recursive: true, force: true });
      else await setTimeout(SWAP_POLL_MS);
    }
  }
  try {
    return await work();
  } finally {
    await rm(guard, { recursive: true, force: true });
  }
}

/** Keys in the order of S3: by their bytes over the whole key, so a folder's own name counts with its slash. */
async function* walk(root: string, prefix: string, startAfter: string, folder = ""): AsyncGenerator<ObjectKey> {
  const entries = await guarded(`${root} could not be listed`, async () => {
    try {
      return await readdir(join(root, folder), { withFileTypes: true });
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  });
  const names = entries
    .filter(({ name }) => !name.startsWith(TEMPORARY))
    .map((entry) => ({ key: `${folder}${entry.name}${entry.isDirectory() ? "/" : ""}`, isFolder: entry.isDirectory() }))
    .sort((left, right) => compareText(left.key, right.key));
  for (const { key, isFolder } of names) {
    const canHold = key.startsWith(prefix) || (isFolder && prefix.startsWith(key));
    if (!canHold) continue;
    if (isFolder) {
      if (key > startAfter || startAfter.startsWith(key)) yield* walk(root, prefix, startAfter, key);
    } else if (key > startAfter) yield key as ObjectKey;
  }
}

async function guarded<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw storeError(what, error);
  }
}

function storeError(what: string, error: unknown): EvidenceStoreError {
  if (error instanceof EvidenceStoreError) return error;
  const code = codeOf(error);
  const isRefused = code === "EACCES" || code === "EPERM" || code === "EROFS";
  const isNoFolder = code === "ENOTDIR" || code === "EEXIST";
  return new EvidenceStoreError(
    isRefused ? "forbidden" : isNoFolder ? "invalid_location" : "unreachable",
    `${what} (${code}); choose a folder that can be written.`,
    { cause: error },
  );
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unknown";
}

function isAbsent(error: unknown): boolean {
  return codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR";
}
