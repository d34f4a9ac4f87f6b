import type { Stats } from "node:fs";
import { link as hardLink, lstat, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  codeOf,
  isAbsent,
  linkBetween,
  makeFolderOf,
  NO_ROOM,
  removeLeftovers,
  syncEntry,
  writeTemporary,
} from "../../disk/files.ts";
import { EvidenceStoreError, type EvidenceStoreErrorCode } from "../../domain/errors.ts";
import { FolderLock } from "./folder-lock.ts";
import { etagOf, lockPathOf, readVersion, walk } from "./folder-objects.ts";
import { checkKey } from "./object-key.ts";
import type { EvidenceStore } from "./port.ts";

export interface FolderEvidenceStoreOptions {
  /** Gives a file a second name. Default: the system's hard link, which some file systems do not have. */
  readonly link?: (existing: string, added: string) => Promise<void>;
}

type Place<Result> = (temporary: string, path: string) => Promise<Result>;

/**
 * The evidence store in a folder, with keys as paths; its files are for their owner alone. An object appears whole or not at all, with any number of concurrent
 * writers, and when a process dies or the power fails. The version of an object is the SHA-256 of its bytes. The folder
 * also contains an empty file, the lock.
 */
export function folderEvidenceStore(
  folder: string,
  { link = hardLink }: FolderEvidenceStoreOptions = {},
): EvidenceStore {
  const root = resolve(folder);
  /** A link inside the store could lead out of it. The store's own folder may be a link: its owner chose it. */
  const pathOf = async (key: string) => {
    checkKey(key);
    const path = join(root, ...key.split("/"));
    const link = await linkBetween(root, path);
    if (link === null) return path;
    throw new EvidenceStoreError("invalid_location", `${link} is a symbolic link; replace it with a folder.`);
  };

  const lock = new FolderLock(lockPathOf(root));
  let cleaned: Promise<void> | null = null;

  /** Writes a temporary file, which `place` moves to its path. */
  async function write<Result>(key: string, body: Uint8Array, place: Place<Result>) {
    return guarded(`${folder}/${key} could not be written`, "write", async () => {
      const path = await pathOf(key);
      await makeFolderOf(path);
      cleaned ??= removeLeftovers(root, Date.now());
      await cleaned;
      const temporary = await writeTemporary(root, body);
      try {
        const result = await place(temporary, path);
        await syncEntry(path);
        return result;
      } finally {
        await rm(temporary, { force: true });
      }
    });
  }

  async function placeNew(temporary: string, path: string): Promise<"created" | "exists"> {
    try {
      // A hard link never replaces a file.
      await link(temporary, path);
      return "created";
    } catch (error) {
      if (codeOf(error) === "EEXIST") return existing(path);
      if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(codeOf(error))) throw error;
    }
    return lock.exclusively(async () => {
      if ((await statusOf(path)) !== null) return existing(path);
      await rename(temporary, path);
      return "created";
    });
  }

  return {
    location: folder,

    create: (key, body) => write(key, body, placeNew),

    replace: async (key, body, _contentType, condition) => {
      const version = etagOf(body);
      if (condition?.ifMatch === null) return (await write(key, body, placeNew)) === "created" ? version : null;
      return write(key, body, (temporary, path) =>
        lock.exclusively(async () => {
          if (condition !== undefined && (await readVersion(path))?.etag !== condition.ifMatch) return null;
          await rename(temporary, path);
          return version;
        }),
      );
    },

    exists: (key) =>
      guarded(
        `${folder}/${key} could not be read`,
        "read",
        async () => (await statusOf(await pathOf(key)))?.isFile() ?? false,
      ),

    read: (key) => {
      const what = `${folder}/${key} could not be read`;
      return guarded(what, "read", async () => {
        const version = await readVersion(await pathOf(key));
        return version && { ...version, body: guardedIteration(what, version.body) };
      });
    },

    list: (prefix, startAfter = "") =>
      guardedIteration(`${folder}/${prefix} could not be listed`, walk(root, prefix, startAfter)),
  };
}

/** Null when there is nothing at `path`. */
async function statusOf(path: string): Promise<Stats | null> {
  try {
    return await lstat(path);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

async function existing(path: string): Promise<"exists"> {
  if ((await lstat(path)).isFile()) return "exists";
  throw new EvidenceStoreError("invalid_location", `${path} is not a file; remove it: the object needs its place.`);
}

async function guarded<Result>(what: string, doing: Doing, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw storeError(what, doing, error);
  }
}

async function* guardedIteration<Item>(
  what: string,
  items: AsyncIterable<Item>,
): AsyncGenerator<Item, void, undefined> {
  try {
    yield* items;
  } catch (error) {
    throw storeError(what, "read", error);
  }
}

type Doing = "read" | "write";

function storeError(what: string, doing: Doing, error: unknown): EvidenceStoreError {
  if (error instanceof EvidenceStoreError) return error;
  const [code, advice] = explain(codeOf(error), doing);
  return new EvidenceStoreError(code, `${what} (${codeOf(error)}); ${advice}.`, { cause: error });
}

function explain(systemCode: string, doing: Doing): readonly [EvidenceStoreErrorCode, string] {
  if (NO_ROOM.includes(systemCode)) return ["unreachable", "make room on the disk and try again"];
  switch (systemCode) {
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return ["forbidden", `let this user ${doing} it, or choose another folder`];
    case "ENOTDIR":
    case "EEXIST":
      return ["invalid_location", "a file is where a folder must be; choose another folder"];
    case "ENAMETOOLONG":
      return ["invalid_location", "choose another folder"];
    case "ELOOP":
      return ["invalid_location", "it is a symbolic link; remove it"];
    case "ENOENT":
      return ["not_found", "it was removed meanwhile; try again"];
    default:
      return ["unreachable", "check the disk and try again"];
  }
}
