import { hash as digestOf } from "node:crypto";
import type { ConnectionId } from "../domain/identifiers.ts";
import type { EnabledConnection } from "../domain/organization.ts";

const FIRST_SLOTS = 1 << 10;
/** Beyond this share of used slots, looking one up takes long. */
const FULLEST_SHARE = 0.6;
const WORDS_PER_SLOT = 2;
const BYTES_PER_SLOT = 8;
/** The first word's highest bits; the hash leaves them free. */
const ENABLED_TWICE = 0x8000_0000;
const MEMBERSHIP = 0x4000_0000;
const MEMBERSHIP_TWICE = 0x2000_0000;
const HASH_BITS = 0x1fff_ffff;

/** What counts of a connection that an Organization has enabled. */
type Enabled = Pick<EnabledConnection, "connectionId" | "assignMembershipOnLogin">;

/**
 * Which connections are enabled in more than one Organization of a tenant, and which have automatic membership on in more
 * than one. Exact sets of strings do not fit into the function's memory: this one keeps some 20 bytes a connection (half
 * as much again while it grows), a hash of 61 bits and what was seen of it. Two different connections of 2,000,000 share a
 * hash with a probability below one in a million.
 */
export class ConnectionSharing {
  #slots = new Uint32Array(FIRST_SLOTS * WORDS_PER_SLOT);
  #used = 0;

  /** What `shared` answered, to ask again. A last slot that is cut off is left out. */
  static of(shared: Uint8Array): ConnectionSharing {
    const sharing = new ConnectionSharing();
    const view = new DataView(shared.buffer, shared.byteOffset, shared.byteLength);
    for (let at = 0; at + BYTES_PER_SLOT <= shared.byteLength; at += BYTES_PER_SLOT) {
      const [word, low] = [view.getUint32(at, true), view.getUint32(at + BYTES_PER_SLOT / 2, true)];
      sharing.#put([word & HASH_BITS, low], word & ~HASH_BITS);
    }
    return sharing;
  }

  /** Adds one Organization's connections; each connection counts once for an Organization. */
  add(connections: Iterable<Enabled>): void {
    const membership = new Map<ConnectionId, boolean>();
    for (const { connectionId, assignMembershipOnLogin } of connections)
      membership.set(connectionId, assignMembershipOnLogin || membership.get(connectionId) === true);
    for (const [id, assigns] of membership) this.#put(hashOf(id), assigns ? MEMBERSHIP : 0);
  }

  /** Whether more than one Organization has it enabled. */
  isShared(connectionId: ConnectionId): boolean {
    return (this.#seen(connectionId) & ENABLED_TWICE) !== 0;
  }

  /** Whether it has automatic membership on in more than one Organization. */
  isMembershipShared(connectionId: ConnectionId): boolean {
    return (this.#seen(connectionId) & MEMBERSHIP_TWICE) !== 0;
  }

  /** The connections that are shared, for `of`: 8 bytes each, little-endian. */
  shared(): Uint8Array {
    const slots: number[] = [];
    for (let at = 0; at < this.#slots.length; at += WORDS_PER_SLOT)
      if ((Number(this.#slots[at]) & ENABLED_TWICE) !== 0) slots.push(at);
    const shared = new Uint8Array(slots.length * BYTES_PER_SLOT);
    const view = new DataView(shared.buffer);
    for (const [index, at] of slots.entries()) {
      view.setUint32(index * BYTES_PER_SLOT, Number(this.#slots[at]), true);
      view.setUint32(index * BYTES_PER_SLOT + BYTES_PER_SLOT / 2, Number(this.#slots[at + 1]), true);
    }
    return shared;
  }

  #seen(connectionId: ConnectionId): number {
    const [high, low] = hashOf(connectionId);
    return Number(this.#slots[this.#find(high, low)]);
  }

  #put([high, low]: Hash, seen: number): void {
    const at = this.#find(high, low);
    if (this.#slots[at + 1] !== 0) {
      const before = Number(this.#slots[at]);
      const twice = (before & seen & MEMBERSHIP) !== 0 ? MEMBERSHIP_TWICE : 0;
      this.#slots[at] = before | seen | twice | ENABLED_TWICE;
      return;
    }
    this.#slots[at] = high | seen;
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
    return isFree || (this.#slots[at + 1] === low && (Number(this.#slots[at]) & HASH_BITS) === high);
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (let from = 0; from < old.length; from += WORDS_PER_SLOT) {
      const [word, low] = [Number(old[from]), Number(old[from + 1])];
      if (low === 0) continue;
      const at = this.#find(word & HASH_BITS, low);
      this.#slots[at] = word;
      this.#slots[at + 1] = low;
    }
  }
}

/** Two words: 29 bits, then 32 bits of which one at least is set, for a zero marks a free slot. */
type Hash = readonly [high: number, low: number];

/** A hash of a connection's ID. */
export function hashOf(text: ConnectionId): Hash {
  const digest = digestOf("sha1", text, "buffer");
  return [digest.readUInt32LE(0) & HASH_BITS, Math.max(1, digest.readUInt32LE(4))];
}
