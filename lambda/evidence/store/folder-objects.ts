import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { isAbsent, NO_OBJECT } from "../../disk/files.ts";
import type { ObjectKey } from "../../domain/identifiers.ts";
import { compareText } from "../../domain/order.ts";
import { isObjectKey } from "./object-key.ts";

/** Objects up to this size are read at once; larger ones are streamed. */
const IN_MEMORY_BYTES = 1024 * 1024;
/** Opening a symbolic link fails (ELOOP). Windows has no such flag. */
const READ_NO_LINK = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

/** The version of an object: SHA-256 of its bytes. */
export function etagOf(body: Uint8Array): string {
  return createHash("sha256").update(body).digest("hex");
}

/** The path of the lock of the store in `root`. */
export function lockPathOf(root: string): string {
  return join(root, `${NO_OBJECT}lock`);
}

/** The file at `path` with its version; null when there is no file. */
export async function readVersion(
  path: string,
): Promise<{ readonly body: AsyncIterable<Uint8Array>; readonly etag: string } | null> {
  const file = await open(path, READ_NO_LINK).catch((error: unknown) => {
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

/** Opens the file when it is read, so that an unread body keeps no file open. */
async function* lazily(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, READ_NO_LINK);
  yield* file.createReadStream();
}

/**
 * The keys under `root` in the order of S3, by the bytes of whole keys: the name of a folder is compared with its slash.
 * The names of one folder at a time are in memory.
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
