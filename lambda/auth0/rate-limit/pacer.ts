import type { RateLimit } from "./headers.ts";
import { Latency } from "./latency.ts";
import { ConcurrentAnswers } from "./pace-level.ts";
import { type Asking, askAtMs, isFullOnly, riskAtMs, spreadAtMs, WINDOW_SHARE } from "./pace-moments.ts";
import { mostGained, mostOwn, type Reading, Refill, type RefillKind } from "./pace-refill.ts";
import { ServerClock } from "./server-clock.ts";

/** A request under way: what was known when it went. */
export interface Ticket {
  readonly sentMs: number;
  /** How many requests had been sent with this one. */
  readonly ordinal: number;
  /** How many were over, without those that were refused: a 429 takes nothing from the bucket. */
  readonly over: number;
  /** How many of those had been without an answer that tells whether they took anything. */
  readonly unsure: number;
}

/** No wait is longer: after it, whoever waits asks again. */
export const LONGEST_WAIT_MS = 60_000;
/** Timers have this resolution; a shorter wait could be none. */
const SHORTEST_WAIT_MS = 1;
/** A reset further away than this is not believed. */
const FARTHEST_RESET_MS = 90_000;
/** Requests under way at most, whatever rate and latency would bear: sockets are a resource too. */
const MOST_CONCURRENCY = 256;
/** While no answer ever told what is left, requests under way at most. */
const BLIND_CONCURRENCY = 4;
/** What a bucket has to spare is used up within this time, on top of what drips in. */
const BURST_MS = 3000;
/** So many more may be under way for each answer that came. */
const RAMP = 16;
/** Waiting times grow with this many vain requests at most. */
const MOST_VAIN = 6;
/** The shortest that a window is taken to be, for its requests must not all go at once. */
const SHORTEST_WINDOW_MS = 1000;
/** Between two requests at most, after 429s that the bucket does not explain. */
const LONGEST_GAP_MS = 10_000;
/** With every answer, the cushion for other traffic shrinks by this, in requests. */
const CUSHION_DECAY = 1 / 64;

/**
 * Paces requests to one rate-limit bucket: as fast as it refills, and never so fast that what the answers show falls
 * below the reserve, which belongs to the tenant's other traffic.
 *
 * It keeps a lower bound of what is left: what the newest answer said, less all that this answer may not have counted,
 * plus what has surely dripped in since. A bound that is too low costs nothing, for what was not used shows up in the
 * next answer and is used then. `Refill` finds out how the bucket refills; in a window, what is left is spread over it.
 *
 * Pure: time comes as an argument, in milliseconds since the epoch.
 */
export class Pacer {
  readonly #reserveShare: number;
  readonly #clock = new ServerClock();
  readonly #refill = new Refill();
  #reading: Reading | null = null;
  #readOrdinal = 0;
  readonly #concurrent = new ConcurrentAnswers();
  #lowestRemaining: number | null = null;
  #sent = 0;
  #underWay = 0;
  #refused = 0;
  #unsure = 0;
  #answers = 0;
  #lastSentMs = 0;
  readonly #latency = new Latency();
  /** The farthest that a reset was away: a window's length, once one was seen to begin. */
  #longestResetMs = 0;
  /** Kept above the reserve once other traffic was seen, in requests. */
  #cushion = 0;
  /** How often in a row, with nothing to spare, a request asked and found nothing refilled. */
  #vainAsks = 0;
  /** How often in a row the last request to spare was risked and found nothing refilled. */
  #vainRisks = 0;
  /** Between two requests at least, after 429s that the bucket does not explain. */
  #gapMs = 0;

  /** `reserve` is the share of the limit that belongs to others, 0 to 0.9. */
  constructor(reserve: number) {
    this.#reserveShare = reserve;
  }

  /** The bucket's size as the last answer told it; null before. */
  get limit(): number | null {
    return this.#reading?.limit ?? null;
  }

  /** The lowest that an answer showed; null before. */
  get lowestRemaining(): number | null {
    return this.#lowestRemaining;
  }

  get refillKind(): RefillKind {
    return this.#refill.kind;
  }

  /** What of the bucket is never used, in requests. */
  get reserved(): number {
    return this.#reservedOf(this.limit ?? 0);
  }

  /** One request is always usable, for a bucket of one must be read as well. */
  #reservedOf(limit: number): number {
    return Math.min(Math.ceil(limit * this.#reserveShare), Math.max(0, limit - 1));
  }

  /** How many requests may be under way, by the rate and the latency (Little's law); at least 1. */
  get concurrency(): number {
    if (this.#reading === null) return Math.min(BLIND_CONCURRENCY, 1 + Math.floor(this.#answers / 10));
    const worthIt = Math.ceil(this.#burstPerMs(this.#reading) * this.#latency.highMs) + 1;
    // It grows with the answers: a server is not overrun before it has shown that it keeps up.
    return Math.max(1, Math.min(MOST_CONCURRENCY, worthIt, RAMP * this.#answers));
  }

  /**
   * How long the next request has to wait, in milliseconds: 0 when it may go, else from 1 ms to a minute; infinite while
   * only the end of a request under way can change that.
   */
  waitMs(nowMs: number): number {
    if (this.#underWay >= this.concurrency) return Number.POSITIVE_INFINITY;
    const waitMs = Math.max(this.#lastSentMs + this.#gapMs - nowMs, this.#bucketWaitMs(nowMs));
    if (waitMs <= 0 || waitMs === Number.POSITIVE_INFINITY) return Math.max(0, waitMs);
    return Math.min(Math.max(SHORTEST_WAIT_MS, waitMs), LONGEST_WAIT_MS);
  }

  /** How long so many more requests will take, were nobody else there, in milliseconds; infinite while nothing tells. */
  estimateMs(requests: number, nowMs: number): number {
    const reading = this.#reading;
    if (reading === null) return Number.POSITIVE_INFINITY;
    const { kind, perMs } = this.#refill;
    const spare = Math.max(0, this.#leastLeft(reading, nowMs) - this.#floor);
    const missing = Math.max(0, requests - spare);
    if (missing === 0) return 0;
    return kind === "window"
      ? Math.ceil(missing / Math.max(1, reading.usable)) * this.#longestResetMs
      : missing / perMs;
  }

  /** How long the bucket forbids the next request, in milliseconds: 0 while an answer may change that any moment. */
  pauseMs(nowMs: number): number {
    return this.#underWay > 0 ? 0 : this.waitMs(nowMs);
  }

  /** A request goes. */
  send(nowMs: number): Ticket {
    const ticket = { sentMs: nowMs, ordinal: this.#sent + 1, over: this.#over, unsure: this.#unsure };
    this.#sent += 1;
    this.#underWay += 1;
    this.#lastSentMs = nowMs;
    return ticket;
  }

  /** How many requests are over, refused ones not counted. */
  get #over(): number {
    return this.#sent - this.#underWay - this.#refused;
  }

  /** Its answer came, any but a 429. */
  answered(ticket: Ticket, nowMs: number, rateLimit: RateLimit): void {
    this.#underWay -= 1;
    this.#answers += 1;
    this.#gapMs = this.#gapMs < 1 ? 0 : this.#gapMs * 0.98;
    this.#latency.observe(nowMs - ticket.sentMs);
    this.#clock.observe(ticket.sentMs, nowMs, rateLimit);
    const { limit, remaining } = rateLimit;
    this.#concurrent.add({ ordinal: this.#over - 1, limit, remaining, atMs: nowMs });
    if (limit === null || remaining === null) return;
    this.#lowestRemaining = Math.min(this.#lowestRemaining ?? limit, remaining);
    // Of two answers, the one to the later request knows more.
    if (ticket.ordinal < this.#readOrdinal) return;
    const reading: Reading = {
      limit,
      usable: limit - this.#reservedOf(limit),
      remaining: Math.min(remaining, limit),
      sentMs: ticket.sentMs,
      atMs: nowMs,
      over: ticket.over,
      unsure: ticket.unsure,
      gone: this.#sent - this.#refused,
      reset: this.#readReset(nowMs, rateLimit),
    };
    this.#concurrent.forget(ticket.over);
    this.#noticeChange(reading);
    this.#refill.observe(reading);
    this.#reading = reading;
    this.#readOrdinal = ticket.ordinal;
  }

  /** No answer came: the request may have counted or not. */
  lost(): void {
    this.#underWay -= 1;
    this.#unsure += 1;
  }

  /**
   * A 429 came: it took nothing from the bucket. The pause that follows is not the pacer's, which serves one bucket
   * alone; `startsPause` tells the first of several that were refused together.
   */
  limited({ limit, remaining }: RateLimit, startsPause: boolean): void {
    this.#underWay -= 1;
    this.#refused += 1;
    const isOwnBucket = remaining === 0 && limit === this.limit;
    if (isOwnBucket || !startsPause) return;
    // Another limit stands above the bucket, and nothing tells how high: twice as slow, and then faster bit by bit.
    const usualMs = this.#refill.perMs > 0 ? 1 / this.#refill.perMs : this.#latency.meanMs;
    this.#gapMs = Math.min(LONGEST_GAP_MS, 2 * Math.max(this.#gapMs, usualMs));
  }

  /** Zero or less when the bucket has a request to spare. */
  #bucketWaitMs(nowMs: number): number {
    const reading = this.#reading;
    if (reading === null) return 0;
    const spare = this.#leastLeft(reading, nowMs) - this.#floor;
    // Past its reset the bucket should be full, or in its next window: one request asks.
    const askMs = this.#underWay > 0 ? Number.POSITIVE_INFINITY : askAtMs(reading, this.#asking) - nowMs;
    const { kind, perMs } = this.#refill;
    if (spare < 1 && isFullOnly(reading)) return askMs;
    switch (kind) {
      case "drip":
        return spare >= 1 ? 0 : Math.min(perMs > 0 ? (1 - spare) / perMs : Number.POSITIVE_INFINITY, askMs);
      case "window":
      case "unknown":
        if (spare < 1) return askMs;
        if (spare >= 2) return kind === "window" ? spreadAtMs(reading, spare, this.#lastSentMs) - nowMs : 0;
        // The last one is used late enough to tell whether something drips in.
        return this.#underWay > 0
          ? Number.POSITIVE_INFINITY
          : Math.min((riskAtMs(reading, this.#vainRisks) ?? Number.POSITIVE_INFINITY) - nowMs, askMs);
    }
  }

  get #asking(): Asking {
    return { sent: this.#sent, lastSentMs: this.#lastSentMs, vainAsks: this.#vainAsks, dropMs: this.#refill.dropMs };
  }

  /** What is not touched: the reserve, and a cushion where others were seen. */
  get #floor(): number {
    return this.reserved + Math.ceil(this.#cushion);
  }

  /** What is surely left, if nobody else has taken anything since the newest answers. */
  #leastLeft({ atMs, limit, over, remaining, unsure }: Reading, nowMs: number): number {
    const { perMs } = this.#refill;
    // The newest request's answer counted itself; of the others that are not surely older, it does not tell.
    const uncounted = this.#sent - this.#refused - over - 1;
    const byNewest = remaining - uncounted + perMs * (nowMs - atMs);
    const pending = this.#underWay + this.#unsure - unsure;
    return Math.min(limit, Math.max(byNewest, this.#concurrent.leastLeft(limit, perMs, nowMs) - pending));
  }

  /** The rate at which what is left above the reserve should be used up. */
  #burstPerMs({ atMs, limit, remaining, reset }: Reading): number {
    const spare = Math.max(0, remaining - this.reserved);
    if (this.#refill.kind === "drip") return 3 * this.#refill.perMs + spare / BURST_MS;
    const leftMs = Math.max(SHORTEST_WINDOW_MS, (reset?.earliestMs ?? 0) - atMs);
    return limit / (WINDOW_SHARE * leftMs);
  }

  #readReset(nowMs: number, { resetMs }: RateLimit): Reading["reset"] {
    if (resetMs === null) return null;
    const latestMs = this.#clock.latest(resetMs);
    if (latestMs <= nowMs || latestMs > nowMs + FARTHEST_RESET_MS) return null;
    this.#longestResetMs = Math.max(this.#longestResetMs, latestMs - nowMs);
    return { headerMs: resetMs, earliestMs: this.#clock.earliest(resetMs), latestMs };
  }

  #noticeChange(reading: Reading): void {
    const before = this.#reading;
    if (before === null) return;
    if (before.limit !== reading.limit) {
      this.#refill.limitChanged(reading.limit / before.limit);
      this.#cushion = 0;
      return;
    }
    const isVain = mostGained(before, reading) <= 1;
    const spare = before.remaining - this.#floor;
    if (spare < 1) this.#vainAsks = isVain ? Math.min(this.#vainAsks + 1, MOST_VAIN) : 0;
    else if (spare < 2) this.#vainRisks = isVain ? Math.min(this.#vainRisks + 1, MOST_VAIN) : 0;
    const dripped = this.#refill.perMs * Math.max(0, reading.sentMs - before.atMs);
    const takenByOthers = Math.floor(before.remaining - mostOwn(before, reading) + dripped) - reading.remaining;
    // Where others are at work, the distance to the reserve grows, for they will take again before an answer shows it.
    const wanted = Math.max(this.#cushion - CUSHION_DECAY, takenByOthers > 0 ? 2 * takenByOthers + 1 : 0);
    this.#cushion = Math.max(0, Math.min(wanted, Math.floor((reading.limit - this.reserved) / 2)));
  }
}
