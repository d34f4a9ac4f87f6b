import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { EvidenceError } from "../../domain/errors.ts";
import { LineSplitter } from "../../streams/line-splitter.ts";
import { readAhead } from "../../streams/read-ahead.ts";
import type { EvidenceFile } from "../format/manifest.ts";
import { altered } from "../verify/finding.ts";
import { collect, gunzip, sha256 } from "./parts.ts";
import type { EvidenceReader } from "./port.ts";

/** A part up to this size, uncompressed, is decompressed at once, which is several times as fast; longer ones stream. */
const AT_ONCE_BYTES = 8 * 1024 * 1024;
/** Parts that are fetched while others are worked on. */
const READ_AHEAD_PARTS = 8;

/** A part whose bytes are on their way: fetched when it is small, opened when it is worked on when it is not. */
export interface FetchedPart {
  readonly file: EvidenceFile;
  /** Null when there is no such object. */
  readonly body: () => Promise<AsyncIterable<Uint8Array> | null>;
}

/** The parts in their order, their bytes fetched ahead. Throws `EvidenceStoreError`. */
export function fetchParts(store: EvidenceReader, files: readonly EvidenceFile[]): AsyncGenerator<FetchedPart> {
  return readAhead(files, READ_AHEAD_PARTS, async (file): Promise<FetchedPart> => {
    const open = async () => (await store.read(file.key))?.body ?? null;
    if (file.bytes > AT_ONCE_BYTES) return { file, body: open };
    const object = await open();
    const bytes = object === null ? null : await collectAtMost(object, file.stored?.bytes ?? 2 * AT_ONCE_BYTES);
    return { file, body: async () => (bytes === null ? null : once(bytes)) };
  });
}

/** What is longer than it should be ends one byte later: that is enough to tell. */
async function collectAtMost(object: AsyncIterable<Uint8Array>, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of object) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > most) break;
  }
  return Buffer.concat(chunks).subarray(0, most + 1);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/**
 * The lines of a part, some at a time, held against what its manifest says of it: its stored bytes where the manifest
 * tells them, and its content. Throws `EvidenceError` (`missing`, `truncated`, `altered`); for a part that streams,
 * that is known at its end only. Never takes more memory or disk than the manifest says that the part needs.
 */
export async function* checkedLines({ file, body }: FetchedPart): AsyncGenerator<readonly string[]> {
  const object = await body();
  if (object === null) throw new EvidenceError("missing", `${file.key}: it is not there.`);
  const content = file.bytes > AT_ONCE_BYTES ? streamed(object, file) : atOnce(await collect(object), file);
  const splitter = new LineSplitter();
  let rows = 0;
  for await (const chunk of content) {
    const lines = splitter.push(chunk);
    rows += lines.length;
    yield lines;
  }
  if (!splitter.isAtLineEnd()) throw new EvidenceError("truncated", `${file.key}: its last line is cut off.`);
  if (rows !== file.rows) altered(file.key, `it has ${rows} lines, and its manifest says ${file.rows}`);
}

async function* atOnce(compressed: Uint8Array, file: EvidenceFile): AsyncGenerator<Uint8Array> {
  if (file.stored !== null && compressed.length > file.stored.bytes)
    altered(file.key, "it is longer than what was written");
  const content = inflate(compressed, file);
  checkContent(file, content.length, sha256(content));
  checkStored(file, compressed.length, sha256(compressed));
  yield content;
}

function inflate(compressed: Uint8Array, file: EvidenceFile): Buffer {
  try {
    return gunzipSync(compressed, { maxOutputLength: file.bytes + 1 });
  } catch (cause) {
    const isTooMuch = cause instanceof Error && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE";
    if (isTooMuch) return altered(file.key, "it holds more than its manifest says");
    throw new EvidenceError("truncated", `${file.key}: its compressed content is cut off or damaged.`, { cause });
  }
}

async function* streamed(object: AsyncIterable<Uint8Array>, file: EvidenceFile): AsyncGenerator<Uint8Array> {
  const stored = new Meter();
  const content = new Meter();
  for await (const chunk of gunzip(stored.watch(object), file.key)) {
    content.add(chunk);
    if (content.bytes > file.bytes) altered(file.key, "it holds more than its manifest says");
    yield chunk;
  }
  checkContent(file, content.bytes, content.digest());
  checkStored(file, stored.bytes, stored.digest());
}

class Meter {
  readonly #hash = createHash("sha256");
  bytes = 0;

  add(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.bytes += chunk.length;
  }

  async *watch(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.add(chunk);
      yield chunk;
    }
  }

  digest(): string {
    return this.#hash.digest("hex");
  }
}

function checkContent(file: EvidenceFile, bytes: number, digest: string): void {
  if (bytes !== file.bytes || digest !== file.sha256)
    altered(file.key, "its content is not what its manifest vouches for");
}

function checkStored({ key, stored }: EvidenceFile, bytes: number, digest: string): void {
  if (stored !== null && (bytes !== stored.bytes || digest !== stored.sha256))
    altered(key, "its compressed bytes are not those that were written, though what they hold is");
}
