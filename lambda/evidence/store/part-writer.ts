import { createHash } from "node:crypto";
import { createGzip } from "node:zlib";
import type { ObjectKey, OrganizationId, Sha256 } from "../../domain/identifiers.ts";
import { collect } from "../../streams/collect.ts";
import { sha256 } from "../format/digest.ts";
import type { EvidenceFile } from "../format/manifest.ts";

/** Parts are gzipped NDJSON. */
export const PART_CONTENT_TYPE = "application/gzip";

/** A finished part: what a manifest says of it, and the bytes to store. */
export interface Part<Role = EvidenceFile["role"]> {
  readonly file: Omit<EvidenceFile, "role"> & { readonly role: Role };
  readonly body: Uint8Array;
}

/** Lines are compressed in blocks of about this size, because each call of the compressor has a cost. */
const BLOCK_CHARACTERS = 64 * 1024;

/** Compresses lines as they come, so that a part takes the memory of its compressed bytes. */
export class PartWriter<Role = EvidenceFile["role"]> {
  readonly #role: Role;
  readonly #key: ObjectKey;
  readonly #gzip = createGzip();
  readonly #compressed: Promise<Uint8Array>;
  readonly #hash = createHash("sha256");
  #block = "";
  #rows = 0;
  #bytes = 0;
  #compressedBytes = 0;
  #first: OrganizationId | null = null;
  #last: OrganizationId | null = null;

  constructor(role: Role, key: ObjectKey) {
    this.#role = role;
    this.#key = key;
    this.#compressed = collect(this.#measured());
  }

  /** The size of the part so far, in compressed bytes; the last lines may still be on their way. */
  get compressedBytes(): number {
    return this.#compressedBytes;
  }

  /** Adds one line, which ends with its line feed. `organizationId` is null in parts that are not sorted by it. */
  async add(organizationId: OrganizationId | null, line: string): Promise<void> {
    this.#rows += 1;
    this.#first ??= organizationId;
    this.#last = organizationId ?? this.#last;
    this.#block += line;
    if (this.#block.length >= BLOCK_CHARACTERS) await this.#compressBlock();
  }

  async *#measured(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#gzip) {
      this.#compressedBytes += chunk.length;
      yield chunk;
    }
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
