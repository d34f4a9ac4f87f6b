import { randomUUID } from "node:crypto";
import { lstat, mkdir, open, readdir, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";

/** Names of files that are not objects begin with it. No key does. */
export const NO_OBJECT = ".~";
const TEMPORARY = `${NO_OBJECT}new-`;
/** Evidence, state and reports are for their owner alone. */
export const OWNER_ONLY = { file: 0o600, folder: 0o700 } as const;
/** System codes of a disk, or of a user's share of it, that is full. */
export const NO_ROOM: readonly string[] = ["ENOSPC", "EDQUOT"];
/** A write takes seconds; a temporary file of this age was left by a process that died. */
const LEFT_OVER_AFTER_MS = 3_600_000;

/** Writes a temporary file that its owner alone can read, to be linked or renamed. It is on the disk when this resolves. */
export async function writeTemporary(root: string, body: Uint8Array): Promise<string> {
  const temporary = join(root, `${TEMPORARY}${randomUUID()}`);
  const file = await open(temporary, "wx", OWNER_ONLY.file);
  try {
    await file.writeFile(body);
    await file.sync();
  } finally {
    await file.close();
  }
  return temporary;
}

/** Removes the temporary files that processes that died have left in `root`. */
export async function removeLeftovers(root: string, nowMs: number): Promise<void> {
  for (const name of await readdir(root)) {
    if (!name.startsWith(TEMPORARY)) continue;
    const path = join(root, name);
    const status = await stat(path).catch(() => null);
    if (status !== null && nowMs - status.mtimeMs > LEFT_OVER_AFTER_MS) await rm(path, { force: true });
  }
}

/**
 * Creates a folder and those above it, for their owner alone. Returns the topmost created one, or null when all existed. The recursive `mkdir` of
 * Node.js never ends where no folder can be created, as below `/proc`.
 */
export async function makeFolder(path: string): Promise<string | null> {
  if (await isFolder(path)) return null;
  const first = dirname(path) === path ? null : await makeFolder(dirname(path));
  try {
    await mkdir(path, { mode: OWNER_ONLY.folder });
    return first ?? path;
  } catch (error) {
    // Another process created it meanwhile.
    if (await isFolder(path)) return first;
    throw error;
  }
}

/** The first symbolic link on the way from `root` to `path`, both excluded; null when there is none. */
export async function linkBetween(root: string, path: string): Promise<string | null> {
  let at = root;
  for (const name of relative(root, dirname(path)).split(sep)) {
    at = join(at, name);
    const status = await lstat(at).catch(() => null);
    if (status === null) return null;
    if (at !== root && status.isSymbolicLink()) return at;
  }
  return null;
}

/** Removes empty folders, from `path` up to `topmost`, which `makeFolder` made. */
export async function removeEmptyFolders(path: string, topmost: string): Promise<void> {
  for (let folder = path; folder.length >= topmost.length; folder = dirname(folder))
    if (
      !(await rmdir(folder).then(
        () => true,
        () => false,
      ))
    )
      return;
}

async function isFolder(path: string): Promise<boolean> {
  const status = await stat(path).catch(() => null);
  return status?.isDirectory() ?? false;
}

/** Creates the folder of `path`. Its entries in the folders above are on the disk when this resolves. */
export async function makeFolderOf(path: string): Promise<void> {
  const first = await makeFolder(dirname(path));
  if (first === null) return;
  for (let made = dirname(path); made.length >= first.length; made = dirname(made)) await syncEntry(made);
}

/** Writes the entry of `path` in its folder to the disk, where the system can sync a folder. */
export async function syncEntry(path: string): Promise<void> {
  try {
    const folder = await open(dirname(path), "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    // Windows cannot open folders, and some network file systems cannot sync them; the rename itself succeeded.
    if (!["EISDIR", "EPERM", "EACCES", "EINVAL", "ENOTSUP"].includes(codeOf(error))) throw error;
  }
}

/** The code of a system error, `ENOENT`. */
export function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unknown";
}

/** The system's code in an error or in its causes, `ENOSPC`; null when there is none. */
export function systemCodeIn(error: unknown): string | null {
  for (let at: unknown = error, depth = 0; typeof at === "object" && at !== null && depth < 10; depth += 1) {
    if ("syscall" in at || "errno" in at) return codeOf(at);
    at = "cause" in at ? at.cause : null;
  }
  return null;
}

export function isAbsent(error: unknown): boolean {
  return codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR";
}
