import type { ConnectionId } from "../domain/identifiers.ts";
import { hashOf } from "./connection-sharing.ts";

const BITS_PER_ORGANIZATION = 16;
const LEAST_BITS = 1 << 10;
const BITS_PER_BYTE = 8;

/**
 * Which connections may be enabled in more than one Organization: all that are, and one in ten of the others at most when
 * each Organization has one or two. It takes some 4 bytes an Organization, so that of 2,000,000 Organizations which share
 * little, the exact answer (`ConnectionSharing`) has to keep little.
 */
export class SharedCandidates {
  readonly #once: Uint8Array;
  readonly #twice: Uint8Array;
  readonly #mask: number;

  /** `organizations` is how many there are, about. */
  constructor(organizations: number) {
    let bits = LEAST_BITS;
    while (bits < organizations * BITS_PER_ORGANIZATION) bits *= 2;
    this.#mask = bits - 1;
    this.#once = new Uint8Array(bits / BITS_PER_BYTE);
    this.#twice = new Uint8Array(bits / BITS_PER_BYTE);
  }

  /** Adds a connection, once for each Organization that has it enabled. */
  add(connectionId: ConnectionId): void {
    const { at, bit } = this.#placeOf(connectionId);
    const isSeen = (Number(this.#once[at]) & bit) !== 0;
    const seen = isSeen ? this.#twice : this.#once;
    seen[at] = Number(seen[at]) | bit;
  }

  /** False: at most one Organization has it enabled. */
  mayBeShared(connectionId: ConnectionId): boolean {
    const { at, bit } = this.#placeOf(connectionId);
    return (Number(this.#twice[at]) & bit) !== 0;
  }

  #placeOf(connectionId: ConnectionId): { readonly at: number; readonly bit: number } {
    const [, low] = hashOf(connectionId);
    const place = (low & this.#mask) >>> 0;
    return { at: Math.floor(place / BITS_PER_BYTE), bit: 1 << (place % BITS_PER_BYTE) };
  }
}
