import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ObjectKey } from "../core/model.ts";
import { compareText } from "../core/order.ts";
import { isObjectKey } from "../edges/object-key.ts";

/** Names of files that are no objects begin with it: no key does, and no listing shows them. */
const NO_OBJECT = ".~";
const TEMPORARY = `${NO_OBJECT}new-`;
/** A write takes seconds at most: a temporary file of that age was left by a process that died. */
const LEFT_OVER_AFTER_MS = 3_600_000;
/** What is shorter is read at once, and so certainly one version; longer objects stream. */
const IN_MEMORY_BYTES = 1024 * 1024;

/** The version of an object: SHA-256 of its bytes. */
export function etagOf(body: Uint8Array): string {
  return createHash("sha256").update(body).digest("hex");
}

/** Where the lock of the store in `root` stands. */
export function lockPathOf(root: string): string {
  return join(root, `${NO_OBJECT}lock`);
}

/** A file to be put in its place by a link or a rename; it is on the disk when this resolves. */
export async function writeTemporary(root: string, body: Uint8Array): Promise<string> {
  const temporary = join(root, `${TEMPORARY}${randomUUID()}`);
  const file = await open(temporary, "wx");
  try {
    await file.writeFile(body);
    await file.sync();
  } finally {
    await file.close();
  }
  return temporary;
}

/** Removes what processes that died while they wrote have left in `root`. */
export async function removeLeftovers(root: string, nowMs: number): Promise<void> {
  for (const name of await readdir(root)) {
    if (!name.startsWith(TEMPORARY)) continue;
    const path = join(root, name);
    const status = await stat(path).catch(() => null);
    if (status !== null && nowMs - status.mtimeMs > LEFT_OVER_AFTER_MS) await rm(path, { force: true });
  }
}

/**
 * Makes a folder and those above it; answers the first that it made, null when all were there. The recursive `mkdir` of
 * Node.js never ends where the system has no such place, as below `/proc`.
 */
export async function makeFolder(path: string): Promise<string | null> {
  if (await isFolder(path)) return null;
  const first = dirname(path) === path ? null : await makeFolder(dirname(path));
  try {
    await mkdir(path);
    return first ?? path;
  } catch (error) {
    // Somebody else has made it meanwhile.
    if (await isFolder(path)) return first;
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  const status = await stat(path).catch(() => null);
  return status?.isDirectory() ?? false;
}

/** Makes the folder of `path`; its entries in the folders above are on the disk when this resolves. */
export async function makeFolderOf(path: string): Promise<void> {
  const first = await makeFolder(dirname(path));
  if (first === null) return;
  for (let made = dirname(path); made.length >= first.length; made = dirname(made)) await syncEntry(made);
}

/** Brings the entry of `path` in its folder onto the disk, where the system can do that to a folder. */
export async function syncEntry(path: string): Promise<void> {
  try {
    const folder = await open(dirname(path), "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    // Windows opens no folders, and some network file systems sync none: the rename itself has succeeded.
    if (!["EISDIR", "EPERM", "EACCES", "EINVAL", "ENOTSUP"].includes(codeOf(error))) throw error;
  }
}

/** The file at `path` with its version; null when no file stands there. */
export async function readVersion(
  path: string,
): Promise<{ readonly body: AsyncIterable<Uint8Array>; readonly etag: string } | null> {
  const file = await open(path, "r").catch((error: unknown) => {
    if (isAbsent(error)) return null;
    throw error;
  });
  if (file === null) return null;
  try {
    const status = await file.stat();
    if (!status.isFile()) return null;
    if (status.size <= IN_MEMORY_BYTES) {
      const body = await file.readFile();
      return { body: once(body), etag: etagOf(body) };
    }
    const hash = createHash("sha256");
    for await (const chunk of file.createReadStream({ autoClose: false })) hash.update(chunk);
    return { body: lazily(path), etag: hash.digest("hex") };
  } finally {
    await file.close();
  }
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

/** Opens the file when somebody reads, so that a body which nobody wants holds nothing open. */
async function* lazily(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path);
}

/**
 * The keys under `root` in the order of S3, which is by the bytes of whole keys: a folder's name counts with its slash.
 * One folder's names are in memory at a time.
 */
export async function* walk(
  root: string,
  prefix: string,
  startAfter: string,
  folder = "",
): AsyncGenerator<ObjectKey, void, undefined> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw error;
  });
  const names = entries
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? "/" : ""}`)
    .sort(compareText);
  for (const name of names) {
    if (name.endsWith("/")) {
      const canHoldPrefix = name.startsWith(prefix) || prefix.startsWith(name);
      const canComeAfter = name > startAfter || startAfter.startsWith(name);
      if (canHoldPrefix && canComeAfter) yield* walk(root, prefix, startAfter, name);
    } else if (name.startsWith(prefix) && name > startAfter && isObjectKey(name)) yield name;
  }
}

/** The code of a system error, `ENOENT`. */
export function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unknown";
}

export function isAbsent(error: unknown): boolean {
  return codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR";
}
