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
const MEASURE_MS = 45_000;
/** Multiples of this number, less their whole part, are spread evenly between 0 and 1. */
const GOLDEN_RATIO = 0.618034;

/**
 * How fast a bucket of one limit refills. It is measured: what is left, plus what we took, less what was left before. A
 * refill that fills the bucket does not count, as it may be the edge of a fixed window: there, nothing is measured. Until
 * something is, the resets promise a rate: together, they narrow down the time that one request takes to be refilled.
 */
export class Refill {
  /** The last reading. */
  last: Reading;
  #from: Reading;
  #next: Reading;
  #leastMs = 0;
  #mostMs = Number.POSITIVE_INFINITY;
  #isPromiseBroken = false;

  constructor(first: Reading) {
    this.#from = this.#next = this.last = first;
  }

  /** The refill that others leave, in requests per millisecond, too low rather than too high; 0 in a fixed window. */
  get measuredPerMs(): number {
    // Whole numbers hide nearly one request.
    const refilled = this.last.remaining + this.last.leastOwn - (this.#from.remaining + 1) - this.#from.mostOwn;
    return refilled <= 0 ? 0 : refilled / (this.last.atMs - this.#from.sentMs);
  }

  /** The refill to count on, in requests per millisecond; 0 while nothing is known. */
  get perMs(): number {
    const [measured, least, most] = [this.measuredPerMs, this.#leastMs, this.#mostMs];
    if (least > most || most === Number.POSITIVE_INFINITY || (measured === 0 && this.#isPromiseBroken)) return measured;
    // Resets are whole seconds: requests at varying moments of a second narrow them down.
    const promised = 1 / (most + (most - least) * ((this.last.mostOwn * GOLDEN_RATIO) % 1));
    return measured === 0 || promised <= 2 * measured ? Math.max(measured, promised) : measured;
  }

  /** The bucket held less than it should: if only the promise was known, it is not believed any more. */
  distrust(): void {
    this.#isPromiseBroken ||= this.measuredPerMs === 0;
  }

  /** To be called with each reading, the first included. Returns how many requests others took at least. */
  observe(reading: Reading): number {
    const { atMs, limit, mostOwn, remaining, reserved, reset, sentMs } = reading;
    if (remaining < reserved) this.distrust();
    const [before, missing] = [this.last, limit - remaining];
    const kept = before.remaining - (mostOwn - before.leastOwn) + this.perMs * Math.max(0, sentMs - before.atMs);
    // A bucket may be full after a window's edge although others took up to a fifth of it before we noticed.
    if (missing - (mostOwn - before.leastOwn) < Math.max(1, (limit - reserved) / 5)) this.#from = this.#next = reading;
    else if (atMs - this.#next.atMs >= MEASURE_MS) [this.#from, this.#next] = [this.#next, reading];
    this.last = reading;
    if (reset !== null) {
      this.#leastMs = Math.max(this.#leastMs, (reset.earliestMs - atMs) / Math.max(1, missing));
      this.#mostMs = Math.min(this.#mostMs, (reset.latestMs - sentMs) / Math.max(1, missing - 1));
    }
    return Math.max(0, Math.floor(kept) - remaining);
  }
}
