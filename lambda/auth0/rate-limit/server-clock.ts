import type { RateLimit } from "./headers.ts";

/** `Date` and `X-RateLimit-Reset` are whole seconds: the one cut off, the other rounded up. */
const HEADER_RESOLUTION_MS = 1000;

/**
 * What is known of the server's clock: each answer was made between its request and its arrival, and says which second
 * it was. Together they narrow the difference between the clocks down to a latency.
 */
export class ServerClock {
  #leastOffsetMs = Number.NEGATIVE_INFINITY;
  #mostOffsetMs = Number.POSITIVE_INFINITY;

  /** An answer to a request sent at `sentMs` came at `nowMs`. Without a `Date` the clocks are taken to agree. */
  observe(sentMs: number, nowMs: number, { serverTimeMs }: Pick<RateLimit, "serverTimeMs">): void {
    const least = (serverTimeMs ?? nowMs) - nowMs;
    const most = serverTimeMs === null ? nowMs - sentMs : serverTimeMs + HEADER_RESOLUTION_MS - sentMs;
    // A clock that was set anew, or another server's, contradicts what was known: the newest answer counts.
    const contradicts = least > this.#mostOffsetMs || most < this.#leastOffsetMs;
    this.#leastOffsetMs = contradicts ? least : Math.max(this.#leastOffsetMs, least);
    this.#mostOffsetMs = contradicts ? most : Math.min(this.#mostOffsetMs, most);
  }

  /** The earliest moment by our clock that a reset, rounded up to `resetMs` by the server's, can mean. */
  earliest(resetMs: number): number {
    return resetMs - HEADER_RESOLUTION_MS - this.#mostOffsetMs;
  }

  /** The latest moment by our clock that a reset at `resetMs` by the server's can mean. */
  latest(resetMs: number): number {
    return resetMs - this.#leastOffsetMs;
  }
}
