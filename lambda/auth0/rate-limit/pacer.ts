import type { RateLimit } from "./headers.ts";
import { type Reading, Refill } from "./refill.ts";
import { ServerClock } from "./server-clock.ts";

/** A request under way: when it was sent, and how many of our requests the bucket has counted then, itself included. */
export type Ticket = Pick<Reading, "sentMs" | "leastOwn">;

/** No wait is longer, and no reset is believed that is further away. */
const LONGEST_MS = 90_000;
const MOST_UNDER_WAY = 256;
/** The share of the time until the reset over which requests are spread: until a refill was measured, and after. */
const SPREAD = { cautious: 0.6, measured: 0.1 } as const;
/** When to probe a bucket that is used up and has no reset: at first, then after this multiple of the time in vain. */
const PROBE = { firstMs: 1000, factor: 4 } as const;
/** The gap between requests grows with a 429 that the bucket does not explain, and shrinks with each answer. */
const GAP = { firstMs: 30, growth: 1.5, decay: 0.998, mostMs: 10_000 } as const;

/**
 * Paces the requests to one bucket: **what is left above the reserve, less what is under way, is spread over the time
 * until the bucket is full again, on top of what is refilled meanwhile.** Nothing goes while less than one is left.
 * Pure: time comes as an argument, in milliseconds since the epoch.
 */
export class Pacer {
  readonly #reserve: number;
  readonly #clock = new ServerClock();
  #refill = new Refill();
  #reading: Reading | null = null;
  /** The answers since the request of `#reading` was sent: any of them may be the last that the bucket gave. */
  #recent: { readonly over: number; readonly atMs: number; readonly remaining: number | null }[] = [];
  #sent = 0;
  #over = 0;
  #lastSentMs = 0;
  /** How fast a fixed window is used. */
  #windowPerMs = 0;
  #inVainMs = 0;
  #gapMs = 0;
  /** Kept for others besides the reserve while they are at work: they take again before an answer shows it. */
  #margin = 0;

  /** `reserve` is the share of the limit that belongs to others, 0 to 0.9; one request is always usable. */
  constructor(reserve: number) {
    this.#reserve = reserve;
  }

  /** How many requests have been sent and are not over. */
  get underWay(): number {
    return this.#sent - this.#over;
  }

  /** How long the next request waits, in milliseconds: 90 s at most; infinite until a request under way is over. */
  waitMs(nowMs: number): number {
    if (this.underWay >= (this.#reading === null ? 1 : MOST_UNDER_WAY)) return Number.POSITIVE_INFINITY;
    return Math.max(0, this.#lastSentMs + this.#gapMs - nowMs, this.#bucketWaitMs(this.#reading, nowMs));
  }

  /** How long so many more requests take, in milliseconds; infinite while no answer has said what is left. */
  estimateMs(requests: number): number {
    return requests / (this.#refill.measuredPerMs || this.#windowPerMs);
  }

  /** A request goes. */
  send(nowMs: number): Ticket {
    this.#sent += 1;
    this.#lastSentMs = nowMs;
    return { sentMs: nowMs, leastOwn: this.#over + 1 };
  }

  /** No answer came: the bucket may have counted the request or not. */
  lost(): void {
    this.#over += 1;
    this.#recent.push({ over: this.#over, atMs: 0, remaining: null });
  }

  /** A 429 came. `isFirst`: it is not one of several that were refused together. */
  limited({ limit, remaining }: RateLimit, isFirst: boolean): void {
    this.#over += 1;
    this.#refill.distrust();
    if (!isFirst || (remaining === 0 && limit === this.#reading?.limit)) return;
    const usualMs = this.#refill.perMs > 0 ? 1 / this.#refill.perMs : GAP.firstMs;
    this.#gapMs = Math.min(GAP.mostMs, GAP.growth * Math.max(this.#gapMs, usualMs));
  }

  /** An answer came that is not a 429. */
  answered(ticket: Ticket, nowMs: number, { limit, remaining, resetMs, serverTimeMs }: RateLimit): void {
    this.#over += 1;
    this.#recent.push({ over: this.#over, atMs: nowMs, remaining: limit === null ? null : remaining });
    this.#gapMs *= GAP.decay;
    this.#clock.observe(ticket.sentMs, nowMs, serverTimeMs);
    if (limit === null || remaining === null) return;
    const before = this.#reading;
    // Of two answers, the one to the later request knows more.
    if (before !== null && ticket.leastOwn < before.leastOwn) return;
    this.#recent = this.#recent.filter(({ over }) => over >= ticket.leastOwn);
    const reserved = Math.min(Math.ceil(limit * this.#reserve), limit - 1);
    const range = this.#clock.range(resetMs ?? Number.NaN);
    const reset = range.latestMs > nowMs && range.latestMs <= nowMs + LONGEST_MS ? range : null;
    const windowPerMs = reset === null ? 0 : (limit - reserved) / (reset.latestMs - nowMs);
    this.#windowPerMs = Math.min(this.#windowPerMs || windowPerMs, windowPerMs || this.#windowPerMs);
    this.#reading = { ...ticket, limit, reserved, remaining, reset, atMs: nowMs, mostOwn: this.#sent };
    if (before?.limit !== limit) [this.#refill, this.#margin] = [new Refill(), 0];
    else {
      if (remaining < reserved) this.#refill.distrust();
      this.#inVainMs = remaining < before.remaining ? nowMs - before.atMs : 0;
      const refilled = this.#refill.perMs * Math.max(0, ticket.sentMs - before.atMs);
      const taken = Math.floor(before.remaining - (this.#sent - before.leastOwn) + refilled) - remaining;
      this.#margin = Math.min(Math.max(this.#margin - 1 / 64, taken > 0 ? 2 * taken + 1 : 0), (limit - reserved) / 4);
    }
    this.#refill.observe(this.#reading);
  }

  /** How many requests are surely left above the reserve, unless others take them. */
  #spare({ limit, reserved }: Reading, nowMs: number): number {
    const { perMs } = this.#refill;
    const known = this.#recent.flatMap(({ atMs, remaining }) =>
      remaining === null ? [] : remaining + perMs * (nowMs - atMs),
    );
    const uncounted = this.underWay + this.#recent.length - known.length;
    return Math.min(limit, Math.min(...known) - uncounted) - reserved - Math.floor(this.#margin);
  }

  #bucketWaitMs(reading: Reading | null, nowMs: number): number {
    if (reading === null) return 0;
    const { atMs, reset } = reading;
    const { measuredPerMs, perMs } = this.#refill;
    const spare = this.#spare(reading, nowMs);
    if (spare >= 1) {
      if (reset === null) return 0;
      const fullMs = Math.max(reset.earliestMs, atMs + (reset.latestMs - atMs) / 4);
      const spreadMs = (fullMs - this.#lastSentMs) * (measuredPerMs > 0 ? SPREAD.measured : SPREAD.cautious);
      return this.#lastSentMs + 1 / (perMs + spare / Math.max(1, spreadMs)) - nowMs;
    }
    const refilledMs = perMs > 0 ? (1 - spare) / perMs : Number.POSITIVE_INFINITY;
    if (this.underWay > 0) return refilledMs;
    // At its reset, the bucket should be full: one request is the probe, unless the refill is known to be continuous.
    let probeMs = LONGEST_MS;
    if (measuredPerMs === 0 && reset !== null) probeMs = reset.latestMs - atMs + (perMs > 0 ? 1000 : 0);
    else if (measuredPerMs === 0) probeMs = Math.max(PROBE.firstMs, PROBE.factor * this.#inVainMs);
    return Math.min(refilledMs, Math.min(LONGEST_MS, probeMs) + Math.max(atMs, this.#lastSentMs) - nowMs);
  }
}
