import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Names of files that are no objects begin with it: no key does, and no listing shows them. */
export const NO_OBJECT = ".~";
const TEMPORARY = `${NO_OBJECT}new-`;
/** A write takes seconds at most: a temporary file of that age was left by a process that died. */
const LEFT_OVER_AFTER_MS = 3_600_000;

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

/** The code of a system error, `ENOENT`. */
export function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unknown";
}

export function isAbsent(error: unknown): boolean {
  return codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR";
}
