import { hash as digestOf } from "node:crypto";
import type { ConnectionId } from "../domain/identifiers.ts";

const FIRST_SLOTS = 1 << 10;
/** Beyond this share of used slots, looking one up takes long. */
const FULLEST_SHARE = 0.6;
const WORDS_PER_SLOT = 2;
/** The first word's highest bit; the hash leaves it free. */
const SEEN_TWICE = 0x8000_0000;

/**
 * Which connections are enabled in more than one Organization of a tenant. Exact sets of 2,000,000 strings do not fit
 * into the function's memory: this one keeps 8 bytes a connection (twice that while it grows), a hash of 63 bits and
 * whether it was seen twice. Two different connections share a hash with a probability below one in a million.
 */
export class ConnectionSharing {
  #slots = new Uint32Array(FIRST_SLOTS * WORDS_PER_SLOT);
  #used = 0;

  /** Adds one Organization's connections; each connection counts once for an Organization. */
  add(connectionIds: Iterable<ConnectionId>): void {
    for (const id of new Set(connectionIds)) this.#addOne(hash(id));
  }

  isShared(connectionId: ConnectionId): boolean {
    const [high, low] = hash(connectionId);
    const at = this.#find(high, low);
    return (Number(this.#slots[at]) & SEEN_TWICE) !== 0;
  }

  #addOne([high, low]: Hash): void {
    const at = this.#find(high, low);
    if (this.#slots[at + 1] !== 0) {
      this.#slots[at] = Number(this.#slots[at]) | SEEN_TWICE;
      return;
    }
    this.#slots[at] = high;
    this.#slots[at + 1] = low;
    this.#used += 1;
    if (this.#used > (FULLEST_SHARE * this.#slots.length) / WORDS_PER_SLOT) this.#grow();
  }

  /** The index of the slot that holds the hash, or of the free one where it belongs (open addressing). */
  #find(high: number, low: number): number {
    const mask = this.#slots.length / WORDS_PER_SLOT - 1;
    let slot = low & mask;
    while (!this.#isPlaceOf(slot * WORDS_PER_SLOT, high, low)) slot = (slot + 1) & mask;
    return slot * WORDS_PER_SLOT;
  }

  #isPlaceOf(at: number, high: number, low: number): boolean {
    const isFree = this.#slots[at + 1] === 0;
    return isFree || (this.#slots[at + 1] === low && (Number(this.#slots[at]) & ~SEEN_TWICE) >>> 0 === high);
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (let from = 0; from < old.length; from += WORDS_PER_SLOT) {
      const [word, low] = [Number(old[from]), Number(old[from + 1])];
      if (low === 0) continue;
      const at = this.#find((word & ~SEEN_TWICE) >>> 0, low);
      this.#slots[at] = word;
      this.#slots[at + 1] = low;
    }
  }
}

/** Two words: 31 bits, then 32 bits of which one at least is set, for a zero marks a free slot. */
type Hash = readonly [high: number, low: number];

function hash(text: string): Hash {
  const digest = digestOf("sha1", text, "buffer");
  return [digest.readUInt32LE(0) & 0x7fff_ffff, Math.max(1, digest.readUInt32LE(4))];
}
