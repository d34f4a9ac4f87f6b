/** What one answer says about the bucket. Times are milliseconds since the epoch by our clock. */
export interface Reading {
  readonly limit: number;
  /** How much of the limit belongs to others. */
  readonly reserved: number;
  readonly remaining: number;
  readonly sentMs: number;
  readonly atMs: number;
  /** How many of our requests the bucket had counted, this one included: at least, and at most. */
  readonly leastOwn: number;
  readonly mostOwn: number;
  /** The earliest and the latest moment that the reset can mean; null where there is none to believe. */
  readonly reset: { readonly earliestMs: number; readonly latestMs: number } | null;
}

/** The refill is measured over this long at least, and twice as long at most. */
const MEASURE_MS = 60_000;
/** Others are assumed to take less than this share of a new window before our first request in it. */
const OTHERS_SHARE = 0.2;
/** Resets that promise more than this multiple of what was measured are not believed. */
const MOST_PROMISED = 2;
/** Multiples of this number, less their whole part, are spread evenly between 0 and 1. */
const GOLDEN_RATIO = 0.618034;

/**
 * How fast a bucket of one limit refills. It is measured: what is left, plus what we took, less what was left before. A
 * refill that fills the bucket does not count, as it may be the edge of a fixed window: there, nothing is measured. Until
 * something is, the resets promise a rate: together, they narrow down the time that one request takes to be refilled.
 */
export class Refill {
  #from: Reading | null = null;
  #next: Reading | null = null;
  #last: Reading | null = null;
  #leastMs = 0;
  #mostMs = Number.POSITIVE_INFINITY;
  #isPromiseBroken = false;

  /** The refill that others leave, in requests per millisecond, too low rather than too high; 0 in a fixed window. */
  get measuredPerMs(): number {
    const [from, last] = [this.#from, this.#last];
    if (from === null || last === null || from === last) return 0;
    // Whole numbers hide nearly one request.
    const refilled = last.remaining + last.leastOwn - (from.remaining + 1) - from.mostOwn;
    return Math.max(0, refilled) / (last.atMs - from.sentMs);
  }

  /** The refill to count on, in requests per millisecond; 0 while nothing is known. */
  get perMs(): number {
    const [measured, least, most] = [this.measuredPerMs, this.#leastMs, this.#mostMs];
    if (least > most || most === Number.POSITIVE_INFINITY || (measured === 0 && this.#isPromiseBroken)) return measured;
    // Resets are whole seconds: requests at varying moments of a second narrow them down.
    const promised = 1 / (most + (most - least) * (((this.#last?.mostOwn ?? 0) * GOLDEN_RATIO) % 1));
    return measured === 0 || promised <= MOST_PROMISED * measured ? Math.max(measured, promised) : measured;
  }

  /** The bucket held less than it should: if only the promise was known, it is not believed any more. */
  distrust(): void {
    this.#isPromiseBroken ||= this.measuredPerMs === 0;
  }

  /** To be called with each reading, in the order of the requests. */
  observe(reading: Reading): void {
    const { atMs, limit, mostOwn, remaining, reserved, reset, sentMs } = reading;
    const wasFull =
      limit - remaining - (mostOwn - (this.#last?.leastOwn ?? 0)) < Math.max(1, OTHERS_SHARE * (limit - reserved));
    if (wasFull || this.#next === null) this.#from = this.#next = reading;
    else if (atMs - this.#next.atMs >= MEASURE_MS) [this.#from, this.#next] = [this.#next, reading];
    this.#last = reading;
    if (reset === null) return;
    this.#leastMs = Math.max(this.#leastMs, (reset.earliestMs - atMs) / Math.max(1, limit - remaining));
    this.#mostMs = Math.min(this.#mostMs, (reset.latestMs - sentMs) / Math.max(1, limit - remaining - 1));
  }
}
