import type { RateLimit } from "./headers.ts";
import { type Reading, Refill } from "./refill.ts";
import { ServerClock } from "./server-clock.ts";

/** A request under way: when it was sent, and how many of our requests the bucket will have counted at least. */
export type Ticket = Pick<Reading, "sentMs" | "leastOwn">;

/** No wait is longer, no reset is believed that is further away, and no more requests are under way. */
const MOST = { waitMs: 90_000, underWay: 256 } as const;
/** The share of the time until the reset over which requests are spread: until a refill was measured, and after. */
const SPREAD = { cautious: 0.6, measured: 0.1 } as const;
/** The gap between requests grows with a 429 that the bucket does not explain, and shrinks with each answer. */
const GAP = { perMs: 1 / 30, growth: 1.5, decay: 0.998, mostMs: 10_000 } as const;

/**
 * Paces the requests to one bucket: **what is left above the reserve, less what is under way, is spread over the time
 * until the bucket is full again, on top of what is refilled meanwhile.** Nothing goes while less than one is left.
 * Pure: time comes as an argument, in milliseconds since the epoch.
 */
export class Pacer {
  readonly #reserve: number;
  readonly #clock = new ServerClock();
  #refill: Refill | null = null;
  /** What the answers since the last reading's request said. Any of them may be the bucket's newest. */
  #recent: { readonly over: number; readonly atMs: number; readonly remaining: number }[] = [];
  #sent = 0;
  #over = 0;
  #lastSentMs = 0;
  /** How long the bucket was last found emptier; without a reset, it is probed after four times as long. */
  #inVainMs = 250;
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

  /** How long the next request waits, in milliseconds; infinite until a request under way is over. */
  waitMs(nowMs: number): number {
    if (this.underWay >= (this.#refill === null ? 1 : MOST.underWay)) return Number.POSITIVE_INFINITY;
    return Math.max(0, this.#lastSentMs + this.#gapMs - nowMs, this.#bucketWaitMs(this.#refill, nowMs));
  }

  /** How long so many more requests take, in milliseconds; infinite while no refill is known, as in a fixed window. */
  estimateMs(requests: number): number {
    return requests / (this.#refill?.perMs ?? 0);
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
  }

  /** A 429 came. `isFirst`: it is not one of several that were refused together. */
  limited({ limit, remaining }: RateLimit, isFirst: boolean): void {
    this.#over += 1;
    this.#refill?.distrust();
    if (!isFirst || (remaining === 0 && limit === this.#refill?.last.limit)) return;
    this.#gapMs = Math.min(GAP.mostMs, GAP.growth * Math.max(this.#gapMs, 1 / (this.#refill?.perMs || GAP.perMs)));
  }

  /** An answer came that is not a 429. */
  answered(ticket: Ticket, nowMs: number, { limit, remaining, resetMs, serverTimeMs }: RateLimit): void {
    this.#over += 1;
    this.#gapMs *= GAP.decay;
    this.#clock.observe(ticket.sentMs, nowMs, serverTimeMs);
    if (limit === null || remaining === null) return;
    this.#recent.push({ over: this.#over, atMs: nowMs, remaining });
    // Of two answers, the one to the later request knows more.
    if (ticket.leastOwn < (this.#refill?.last.leastOwn ?? 0)) return;
    this.#recent = this.#recent.filter(({ over }) => over >= ticket.leastOwn);
    const reserved = Math.min(Math.ceil(limit * this.#reserve), limit - 1);
    const range = this.#clock.range(resetMs ?? Number.NaN);
    const reset = range.latestMs > nowMs && range.latestMs <= nowMs + MOST.waitMs ? range : null;
    const reading = { ...ticket, limit, reserved, remaining, reset, atMs: nowMs, mostOwn: this.#sent };
    if (this.#refill?.last.limit !== limit) [this.#refill, this.#margin] = [new Refill(reading), 0];
    this.#inVainMs = Math.max(250, remaining < this.#refill.last.remaining ? nowMs - this.#refill.last.atMs : 0);
    const taken = this.#refill.observe(reading);
    this.#margin = Math.min(Math.max(this.#margin - 1 / 64, 2 * taken + Math.sign(taken)), (limit - reserved) / 4);
  }

  /** How many requests are surely left above the reserve, unless others take them. */
  #spare({ last: { leastOwn, limit, reserved }, perMs }: Refill, nowMs: number): number {
    const left = Math.min(...this.#recent.map(({ atMs, remaining }) => remaining + perMs * (nowMs - atMs)));
    const uncounted = this.#sent - (leastOwn - 1) - this.#recent.length;
    return Math.min(limit, left - uncounted) - reserved - Math.floor(this.#margin);
  }

  #bucketWaitMs(refill: Refill | null, nowMs: number): number {
    if (refill === null) return 0;
    const { last, measuredPerMs, perMs } = refill;
    const { atMs, reset } = last;
    const spare = this.#spare(refill, nowMs);
    if (spare >= 1) {
      if (reset === null) return 0;
      const fullMs = Math.max(reset.earliestMs, atMs + (reset.latestMs - atMs) / 4);
      const spreadMs = (measuredPerMs > 0 ? SPREAD.measured : SPREAD.cautious) * (fullMs - this.#lastSentMs);
      const sendPerMs = perMs + spare / Math.max(1, spreadMs);
      // Less than a hundredth of a millisecond apart is not apart, even for a clock that stands still.
      return sendPerMs > 100 ? 0 : this.#lastSentMs + 1 / sendPerMs - nowMs;
    }
    const refilledMs = perMs > 0 ? (1 - spare) / perMs : Number.POSITIVE_INFINITY;
    if (this.underWay > 0) return refilledMs;
    // At its reset, the bucket should be full: one request is the probe, unless the refill is known to be continuous.
    let probeMs: number = MOST.waitMs;
    if (reset !== null && measuredPerMs === 0) probeMs = reset.latestMs - atMs + (perMs > 0 ? 1000 : 0);
    else if (perMs === 0) probeMs = Math.min(MOST.waitMs, 4 * this.#inVainMs);
    return Math.min(refilledMs, probeMs + Math.max(atMs, this.#lastSentMs) - nowMs);
  }
}
