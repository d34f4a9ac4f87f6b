/** What one answer says of the bucket, and what it leaves open. Times are milliseconds since the epoch by our clock. */
export interface Reading {
  readonly limit: number;
  /** What of it may be used: the limit without the reserve. */
  readonly usable: number;
  /** What was left, right after this request. */
  readonly remaining: number;
  readonly sentMs: number;
  readonly atMs: number;
  /** How many of our own requests were over when this one went: all that the bucket took for them shows. */
  readonly over: number;
  /** How many of those may have taken nothing, for no answer told. */
  readonly unsure: number;
  /** How many of our own requests had gone when the answer came: no other can show. */
  readonly gone: number;
  /** The reset as the server wrote it, and when that is at the earliest and at the latest; null when it is of no use. */
  readonly reset: { readonly headerMs: number; readonly earliestMs: number; readonly latestMs: number } | null;
}

/** The refill is measured over this long, and over at least this many requests. */
const MEASURE_MS = 30_000;
const LEAST_MEASURED_REQUESTS = 16;
const LONGEST_MEASURE_MS = 300_000;
/** A reading is kept to measure from this often. */
const MARK_EVERY_MS = 1000;
/** A drip that has brought less than this share of what it should have brought is none. */
const MISSED_SHARE = 0.4;
/** This many should have dripped in before their absence says anything, in requests. */
const LEAST_MISSED = 3;
/** A bucket that lacks this share of what may be used was not filled at a window's edge just now. */
const SHORT_OF_FULL = 0.2;
/** Resets agree on the time of a drop when the least that they allow is this share of the most. */
const AGREEING_SHARE = 0.5;
/** Others are taken to use so much that the whole refill is this multiple of what was seen of it. */
const OTHERS_FACTOR = 1.5;
/** What was once measured is forgotten with this half-life, for limits change. */
const HALF_LIFE_MS = 120_000;

/** How a bucket refills: drop by drop, or all of it at the edge of a window. */
export type RefillKind = "unknown" | "drip" | "window";

/**
 * Learns how a bucket refills. What is left and what we took, added up, stands still until something is refilled:
 *
 * - When that sum rises or the reset moves before the reset has come, the bucket drips; so it does when at the time of
 *   the reset the sum rises by far less than to a full bucket.
 * - When it stands still although a drip would have brought something, the bucket is refilled at a window's edge; so it
 *   is when the reset is as far away for a little that is missing as for much.
 *
 * How fast it drips is a lower bound: what others take hides a part, and the longest stretch without them shows most.
 */
export class Refill {
  #kind: RefillKind = "unknown";
  /** Ascending in time; the first is what is measured from. */
  #marks: Reading[] = [];
  #last: Reading | null = null;
  #measuredPerMs = 0;
  #measuredMs = 0;
  #mostPerMs = Number.POSITIVE_INFINITY;
  #promisedPerMs = 0;
  /** The time that one request takes to drip in, as the resets tell, were it a drip: at least, at most. */
  #leastDripMs = 0;
  #mostDripMs = Number.POSITIVE_INFINITY;

  get kind(): RefillKind {
    return this.#kind;
  }

  /** What drips in for all in a millisecond, in requests, rather too low than too high; 0 in a window or when unknown. */
  get perMs(): number {
    if (this.#kind !== "drip") return 0;
    if (this.#contradictsDrip) return this.#measuredPerMs;
    // The reset seems to promise a full bucket. What was measured says how far that may be believed: where all resets
    // agree on the rate, others may have taken what was not seen.
    const { dropMs } = this;
    const promisedPerMs =
      dropMs === null
        ? Math.min(this.#promisedPerMs, this.#mostPerMs)
        : Math.min(1 / dropMs.most, OTHERS_FACTOR * this.#mostPerMs);
    return Math.max(this.#measuredPerMs, promisedPerMs);
  }

  /** How long one request takes to drip in, at least and at most, as all resets agree; null when they do not. */
  get dropMs(): { readonly least: number; readonly most: number } | null {
    const [least, most] = [this.#leastDripMs, this.#mostDripMs];
    return least > AGREEING_SHARE * most && least <= most ? { least, most } : null;
  }

  /** Forgets what was measured; `scale` is the new limit as a share of the old one. */
  limitChanged(scale: number): void {
    this.#marks = [];
    this.#last = null;
    this.#measuredPerMs *= Math.min(1, scale);
    this.#mostPerMs = Number.POSITIVE_INFINITY;
    this.#leastDripMs = 0;
    this.#mostDripMs = Number.POSITIVE_INFINITY;
  }

  /** To be called with every answer that tells what is left, in the order of their requests. */
  observe(reading: Reading): void {
    this.#recognize(reading);
    this.#promisedPerMs = promisedPerMs(reading);
    this.#measuredPerMs *= 0.5 ** ((reading.atMs - this.#measuredMs) / HALF_LIFE_MS);
    this.#measuredMs = reading.atMs;
    this.#measure(reading);
    if (reading.remaining >= reading.limit - 1) {
      // What drips into a full bucket is lost to sight.
      this.#marks = [reading];
      this.#mostPerMs = Number.POSITIVE_INFINITY;
      return;
    }
    const last = this.#marks.at(-1);
    const isNews = last === undefined || last.reset?.headerMs !== reading.reset?.headerMs;
    if (isNews || reading.atMs - last.atMs >= MARK_EVERY_MS) this.#marks.push(reading);
    this.#forget(reading);
  }

  #measure(reading: Reading): void {
    const earlier = this.#marks.filter(({ atMs }) => atMs <= reading.sentMs);
    const from = earlier[0];
    if (from === undefined) return;
    this.#mostPerMs = Math.max(0, mostGained(from, reading) / Math.max(1, reading.sentMs - from.atMs));
    for (const mark of earlier) {
      const leastPerMs = leastGained(mark, reading) / Math.max(1, reading.atMs - mark.sentMs);
      if (leastPerMs > this.#measuredPerMs) this.#measuredPerMs = leastPerMs;
    }
  }

  #forget({ atMs, over }: Reading): void {
    for (let next = this.#marks[1]; next !== undefined; next = this.#marks[1]) {
      const elapsedMs = atMs - next.atMs;
      const isEnough = elapsedMs >= MEASURE_MS && over - next.gone >= LEAST_MEASURED_REQUESTS;
      if (!isEnough && elapsedMs < LONGEST_MEASURE_MS) return;
      this.#marks.shift();
    }
  }

  #recognize(reading: Reading): void {
    this.#compareResets(reading);
    const earlier = this.#earlierThan(reading);
    if (earlier.some((mark) => isDrip(mark, reading))) this.#kind = "drip";
    else if (earlier.some((mark) => this.#isStill(mark, reading))) this.#kind = "window";
    else if (this.#kind === "unknown" && this.#contradictsDrip) this.#kind = "window";
    this.#last = reading;
  }

  /** What was read for sure before this one: requests that were under way together may have been served in any order. */
  #earlierThan({ sentMs }: Reading): readonly Reading[] {
    const all = this.#last === null ? this.#marks : [...this.#marks, this.#last];
    return all.filter(({ atMs }) => atMs <= sentMs);
  }

  #isStill(mark: Reading, reading: Reading): boolean {
    if (mark.reset?.headerMs !== reading.reset?.headerMs) return false;
    const perMs = this.#kind === "drip" ? this.perMs : promisedPerMs(mark);
    // More than to a full bucket cannot drip in.
    const expected = Math.min(perMs * (reading.sentMs - mark.atMs), mark.limit - mark.remaining - 1);
    const leastMissed = this.#kind === "drip" ? 2 * LEAST_MISSED : LEAST_MISSED;
    return expected >= leastMissed && expected * MISSED_SHARE >= mostGained(mark, reading);
  }

  #compareResets({ atMs, limit, remaining, reset, sentMs }: Reading): void {
    if (reset === null) return;
    const missing = limit - remaining;
    this.#leastDripMs = Math.max(this.#leastDripMs, (reset.earliestMs - atMs) / missing);
    // Told in whole requests, up to one less is missing; but of a bucket that was full, just this one.
    const leastMissing = Math.max(1, missing - 1);
    this.#mostDripMs = Math.min(this.#mostDripMs, (reset.latestMs - sentMs) / leastMissing);
  }

  /** Whether the resets so far could not all be the moments when one drip fills the bucket. */
  get #contradictsDrip(): boolean {
    return this.#leastDripMs > this.#mostDripMs;
  }
}

/** Whether something was surely refilled between two readings, and not by a window's edge. */
function isDrip(from: Reading, to: Reading): boolean {
  if (from.reset !== null && to.atMs < from.reset.earliestMs) {
    // A window's reset stands still until it has come, and brings nothing before.
    return (to.reset !== null && to.reset.headerMs > from.reset.headerMs) || leastGained(from, to) >= 0;
  }
  if (leastGained(from, to) < 0 || (from.reset !== null && to.atMs >= from.reset.latestMs)) return false;
  // Of a window that began in the meantime, others can hardly have taken so much.
  return to.limit - mostOwn(from, to) - to.remaining >= SHORT_OF_FULL * to.usable;
}

/** How many of our own requests the bucket counted between two readings, at most; an answer counts its own request. */
export function mostOwn(from: Reading, to: Reading): number {
  return to.gone - (from.over + 1);
}

/** What was surely refilled between two readings: what is left is told in whole requests, so one may hide. */
function leastGained(from: Reading, to: Reading): number {
  const leastOwn = to.over + 1 - from.gone - (to.unsure - from.unsure);
  return to.remaining + leastOwn - (from.remaining + 1);
}

/** What can have been refilled between two readings, if nobody else took anything. */
export function mostGained(from: Reading, to: Reading): number {
  return to.remaining + 1 + mostOwn(from, to) - from.remaining;
}

/** The refill of a drip bucket that is full at its reset, rather too low than too high; 0 when there is no reset. */
function promisedPerMs({ limit, remaining, reset, sentMs }: Reading): number {
  return reset === null ? 0 : (limit - remaining - 1) / Math.max(1, reset.latestMs - sentMs);
}
