import { createHash } from "node:crypto";
import { EvidenceError } from "../../domain/errors.ts";
import type { ObjectKey, Sha256 } from "../../domain/identifiers.ts";
import { LineSplitter } from "../../streams/line-splitter.ts";
import type { EvidenceFile } from "../format/manifest.ts";
import { altered } from "../verify/problem.ts";

/** The longest line that is read, in characters. A line of 1,000 connections has some 300,000. */
const LONGEST_LINE = 16 * 1024 * 1024;

/** What a part is compared with. */
export type PartFile = Pick<EvidenceFile, "key" | "rows" | "bytes" | "sha256" | "stored">;

/** Measures a part while its lines are read. */
export class PartMeter {
  readonly stored = new Meter();
  readonly content = new Meter();
  rows = 0;
  readonly #key: ObjectKey;

  constructor(key: ObjectKey) {
    this.#key = key;
  }

  /** Splits `content` into lines; the last ones are yielded once the part is known to be what `file` says. */
  async *lines(
    content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    file: PartFile | null,
  ): AsyncGenerator<readonly string[]> {
    const splitter = new LineSplitter();
    let held: readonly string[] = [];
    for await (const chunk of content) {
      this.content.add(chunk);
      if (file !== null && this.content.bytes > file.bytes)
        altered(this.#key, "its content is longer than the manifest says");
      yield held;
      held = splitter.push(chunk);
      this.rows += held.length;
      if (splitter.pending > LONGEST_LINE)
        throw new EvidenceError("malformed", `${this.#key}: a line is longer than ${LONGEST_LINE} characters.`);
    }
    if (file !== null) this.#compare(file);
    if (!splitter.isAtLineEnd()) throw new EvidenceError("truncated", `${this.#key}: its last line is cut off.`);
    yield held;
  }

  #compare({ key, rows, bytes, sha256, stored }: PartFile): void {
    if (!this.content.is({ bytes, sha256 })) altered(key, "its content does not match the manifest");
    if (stored !== null && !this.stored.is(stored))
      altered(key, "its content matches the manifest, but its compressed bytes do not");
    if (this.rows !== rows) altered(key, `it has ${this.rows} lines; the manifest says ${rows}`);
  }
}

/** Counts and hashes bytes. */
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

  /** Once, at the end. */
  result(): { readonly bytes: number; readonly sha256: Sha256 } {
    return { bytes: this.bytes, sha256: this.#hash.digest("hex") as Sha256 };
  }

  is({ bytes, sha256 }: { readonly bytes: number; readonly sha256: Sha256 }): boolean {
    return this.bytes === bytes && this.result().sha256 === sha256;
  }
}
