import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { EvidenceError } from "../../domain/errors.ts";
import type { ObjectKey, OrganizationId, Sha256 } from "../../domain/identifiers.ts";
import { LineSplitter } from "../../streams/line-splitter.ts";
import { sha256 } from "../format/digest.ts";
import type { EvidenceFile } from "../format/manifest.ts";
import type { EvidenceReader } from "./port.ts";

/** Parts are gzipped NDJSON. */
export const PART_CONTENT_TYPE = "application/gzip";

export { sha256 };

/** A finished part: what a manifest says of it, and the bytes to store. */
export interface Part<Role = EvidenceFile["role"]> {
  readonly file: Omit<EvidenceFile, "role"> & { readonly role: Role };
  readonly body: Uint8Array;
}

/** Lines are compressed in blocks of about this size: each hand-over to the compressor has its price. */
const BLOCK_CHARACTERS = 64 * 1024;

/** Compresses lines as they come, so that a part costs the memory of its compressed bytes. */
export class PartWriter<Role = EvidenceFile["role"]> {
  readonly #role: Role;
  readonly #key: ObjectKey;
  readonly #gzip = createGzip();
  readonly #compressed: Promise<Uint8Array>;
  readonly #hash = createHash("sha256");
  #block = "";
  #rows = 0;
  #bytes = 0;
  #first: OrganizationId | null = null;
  #last: OrganizationId | null = null;

  constructor(role: Role, key: ObjectKey) {
    this.#role = role;
    this.#key = key;
    this.#compressed = collect(this.#gzip);
  }

  /** How much is compressed so far; the last lines may still be on their way. */
  get compressedBytes(): number {
    return this.#gzip.bytesWritten === 0 ? 0 : this.#compressedBytes;
  }

  /** Adds one line, which ends with its line feed. */
  async add(organizationId: OrganizationId, line: string): Promise<void> {
    this.#rows += 1;
    this.#first ??= organizationId;
    this.#last = organizationId;
    this.#block += line;
    if (this.#block.length >= BLOCK_CHARACTERS) await this.#compressBlock();
  }

  async #compressBlock(): Promise<void> {
    const bytes = Buffer.from(this.#block);
    this.#block = "";
    this.#bytes += bytes.length;
    this.#hash.update(bytes);
    if (!this.#gzip.write(bytes)) await new Promise((resolve) => this.#gzip.once("drain", resolve));
  }

  async finish(): Promise<Part<Role>> {
    await this.#compressBlock();
    this.#gzip.end();
    const body = await this.#compressed;
    return {
      file: {
        role: this.#role,
        key: this.#key,
        rows: this.#rows,
        bytes: this.#bytes,
        sha256: this.#hash.digest("hex") as Sha256,
        stored: { bytes: body.length, sha256: sha256(body) },
        firstOrganizationId: this.#first,
        lastOrganizationId: this.#last,
      },
      body,
    };
  }
}

/** The whole of a small body: a manifest, a state object, a compressed part. What is longer is cut after `mostBytes`. */
export async function collect(
  body: AsyncIterable<Uint8Array>,
  mostBytes = Number.POSITIVE_INFINITY,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > mostBytes) break;
  }
  return Buffer.concat(chunks);
}

/**
 * The lines of a stored part, without their line feeds, as they stream in. Throws `EvidenceError`: `missing` when there
 * is no such object, `truncated` when its gzip or its last line is cut off.
 */
export async function* readLines(store: EvidenceReader, key: ObjectKey): AsyncGenerator<string> {
  for await (const { line } of read(store, key)) yield line;
}

/**
 * The same, held against what its manifest says: throws `EvidenceError` (`altered`) once size, row count or hash turn
 * out to differ, which is known only at the end.
 */
export async function* readVerified(store: EvidenceReader, file: Omit<EvidenceFile, "role">): AsyncGenerator<string> {
  const hash = createHash("sha256");
  let bytes = 0;
  let rows = 0;
  for await (const { line } of read(store, file.key, (chunk) => {
    hash.update(chunk);
    bytes += chunk.length;
  })) {
    rows += 1;
    yield line;
  }
  if (bytes !== file.bytes || rows !== file.rows || hash.digest("hex") !== file.sha256)
    throw new EvidenceError("altered", `${file.key}: its content is not what its manifest vouches for.`);
}

/** What a stored part holds, as a manifest would say it; null when there is no such object. */
export async function describePart<Role>(
  store: EvidenceReader,
  role: Role,
  key: ObjectKey,
  organizationIdOf: (line: string) => OrganizationId,
): Promise<Part<Role>["file"] | null> {
  const hash = createHash("sha256");
  const storedHash = createHash("sha256");
  let bytes = 0;
  let storedBytes = 0;
  let rows = 0;
  let first: string | null = null;
  let last: string | null = null;
  const onContent = (chunk: Uint8Array) => {
    hash.update(chunk);
    bytes += chunk.length;
  };
  const onStored = (chunk: Uint8Array) => {
    storedHash.update(chunk);
    storedBytes += chunk.length;
  };
  try {
    for await (const { line } of read(store, key, onContent, onStored)) {
      rows += 1;
      first ??= line;
      last = line;
    }
  } catch (error) {
    if (error instanceof EvidenceError && error.code === "missing") return null;
    throw error;
  }
  return {
    role,
    key,
    rows,
    bytes,
    sha256: hash.digest("hex") as Sha256,
    stored: { bytes: storedBytes, sha256: storedHash.digest("hex") as Sha256 },
    firstOrganizationId: first === null ? null : organizationIdOf(first),
    lastOrganizationId: last === null ? null : organizationIdOf(last),
  };
}

async function* read(
  store: EvidenceReader,
  key: ObjectKey,
  onContent: (chunk: Uint8Array) => void = () => {},
  onStored: (chunk: Uint8Array) => void = () => {},
): AsyncGenerator<{ readonly line: string }> {
  const object = await store.read(key);
  if (object === null) throw new EvidenceError("missing", `${key}: it is not in ${store.location}.`);
  const splitter = new LineSplitter();
  for await (const chunk of gunzip(watched(object.body, onStored), key)) {
    onContent(chunk);
    for (const line of splitter.push(chunk)) yield { line };
  }
  if (!splitter.isAtLineEnd()) throw new EvidenceError("truncated", `${key}: its last line is cut off.`);
}

async function* watched(
  body: AsyncIterable<Uint8Array>,
  onChunk: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    onChunk(chunk);
    yield chunk;
  }
}

/** Decompresses a part as it streams in. Throws `EvidenceError` (`truncated`) when it is cut off or damaged. */
export async function* gunzip(body: AsyncIterable<Uint8Array>, key: ObjectKey): AsyncGenerator<Uint8Array> {
  const content = createGunzip();
  let broken: unknown;
  const fed = pipeline(Readable.from(body), content).catch((error: unknown) => {
    broken = error;
  });
  try {
    yield* content;
  } catch (cause) {
    await fed;
    if (isZlibError(cause))
      throw new EvidenceError("truncated", `${key}: its compressed content is cut off or damaged.`, { cause });
    throw broken ?? cause;
  }
}

function isZlibError(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && String(error.code).startsWith("Z_");
}
