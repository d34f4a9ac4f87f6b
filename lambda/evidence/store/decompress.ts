import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, gunzipSync } from "node:zlib";
import { codeOf } from "../../disk/files.ts";
import { EvidenceError } from "../../domain/errors.ts";
import type { ObjectKey } from "../../domain/identifiers.ts";
import { altered } from "../verify/problem.ts";

/** Decompresses a small part. Throws `EvidenceError`: `truncated`, or `altered` when it has more than `mostBytes`. */
export function gunzipAtOnce(compressed: Uint8Array, key: ObjectKey, mostBytes: number): Uint8Array {
  try {
    return gunzipSync(compressed, { maxOutputLength: mostBytes + 1 });
  } catch (error) {
    if (codeOf(error) === "ERR_BUFFER_TOO_LARGE") return altered(key, "its content is longer than the manifest says");
    return truncated(key, error);
  }
}

/** Decompresses a part as it streams in. Throws `EvidenceError` (`truncated`). */
export async function* gunzip(body: AsyncIterable<Uint8Array>, key: ObjectKey): AsyncGenerator<Uint8Array> {
  const content = createGunzip();
  let broken: unknown;
  const fed = pipeline(Readable.from(body), content).catch((error: unknown) => {
    broken = error;
  });
  try {
    yield* content;
  } catch (error) {
    await fed;
    if (codeOf(error).startsWith("Z_")) truncated(key, error);
    throw broken ?? error;
  }
}

function truncated(key: ObjectKey, cause: unknown): never {
  throw new EvidenceError("truncated", `${key}: its compressed content is cut off or damaged.`, { cause });
}
