/** `Date` is cut to whole seconds, `X-RateLimit-Reset` is rounded up to them. */
const RESOLUTION_MS = 1000;

/** How far the server's clock is ahead: each answer was made between its request and its arrival, in the second of `Date`. */
export class ServerClock {
  #aheadMs = { least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY };

  /** An answer to a request sent at `sentMs` came at `nowMs`. Without a `Date`, the clocks are assumed to agree. */
  observe(sentMs: number, nowMs: number, serverTimeMs: number | null): void {
    const least = (serverTimeMs ?? nowMs) - nowMs;
    const most = (serverTimeMs === null ? nowMs : serverTimeMs + RESOLUTION_MS) - sentMs;
    const known = this.#aheadMs;
    // A clock that was adjusted contradicts what was known: the newest answer counts.
    const isAdjusted = least > known.most || most < known.least;
    this.#aheadMs = isAdjusted
      ? { least, most }
      : { least: Math.max(least, known.least), most: Math.min(most, known.most) };
  }

  /** The earliest and the latest moment by our clock that a reset, rounded up to `resetMs` by the server's, can mean. */
  range(resetMs: number): { readonly earliestMs: number; readonly latestMs: number } {
    return { earliestMs: resetMs - RESOLUTION_MS - this.#aheadMs.most, latestMs: resetMs - this.#aheadMs.least };
  }
}
