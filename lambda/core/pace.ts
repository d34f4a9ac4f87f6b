import type { RateLimit } from "./rate-limit.ts";

/** When the next request may go. */
export type Admission = { readonly kind: "go" } | { readonly kind: "wait"; readonly untilMs: number };

/** A request under way: what was known when it went. */
export interface Ticket {
  readonly sentMs: number;
  /** How many requests had been sent with this one. */
  readonly ordinal: number;
  /** How many others were under way: an answer cannot tell whether it counts them. */
  readonly beside: number;
}

/** What the newest answer said of the bucket. */
interface Reading {
  readonly remaining: number;
  readonly atMs: number;
  readonly ticket: Ticket;
}

/** No wait is longer, whatever the headers say: after it, one request asks again. */
export const LONGEST_WAIT_MS = 60_000;
/** A reset further away than this is not believed. */
const FARTHEST_RESET_MS = 90_000;
/** The headers' times are whole seconds. */
const HEADER_RESOLUTION_MS = 1000;
/** Requests under way at most, whatever rate and latency would bear: sockets are a resource too. */
const MOST_CONCURRENCY = 256;
/** Without headers, requests under way at most. */
const BLIND_CONCURRENCY = 8;
/** The refill is measured over at least this many requests and at most this long. */
const LEAST_MEASURED_REQUESTS = 4;
const LONGEST_MEASURE_MS = 60_000;
/** The rate that is relied on, of the rate that was measured: what is not used shows up as remaining, and is used then. */
const CAUTION = 0.9;

/**
 * Paces requests to one rate-limit bucket: as fast as it refills, and never so fast that what the answers show falls
 * below the reserve, which belongs to the tenant's other traffic.
 *
 * It keeps a lower bound of what is left: what the newest answer said, less all that it may not have counted, plus what
 * has dripped in since at a rate that is measured and then relied on with caution. A bound that is too low costs
 * nothing, for what was not used shows up in the next answer and goes out at once. Whether the bucket drips or is
 * refilled at a window's edge is found out from how the reset moves and whether anything drips in at all.
 *
 * Pure: time comes as an argument, in milliseconds since the epoch.
 */
export class Pacer {
  readonly #reserveShare: number;
  #limit: number | null = null;
  #lowestRemaining: number | null = null;
  #reading: Reading | null = null;
  #sent = 0;
  #underWay = 0;
  #answers = 0;
  #pausedUntilMs = 0;
  /** After a pause, and before the first answer, one request goes ahead and asks. */
  #isProbing = true;
  #latencyMs = 0;
  #bucket: "unknown" | "drip" | "window" = "unknown";
  #reset: number | null = null;
  /** The server's clock is at least this much ahead of ours, and at most that much. */
  #leastOffsetMs = Number.NEGATIVE_INFINITY;
  #mostOffsetMs = Number.POSITIVE_INFINITY;
  #measureFrom: Reading | null = null;
  #measured: { readonly perMs: number; readonly atMs: number } | null = null;
  /** Kept above the reserve once other traffic was seen, in requests. */
  #cushion = 0;
  #blindConcurrency = 1;

  /** `reserve` is the share of the limit that belongs to others, 0 to 0.9. */
  constructor(reserve: number) {
    this.#reserveShare = reserve;
  }

  /** What is never used, in requests. At least one request is always usable: a bucket of one would never be read. */
  get reserved(): number {
    const limit = this.#limit ?? 0;
    return Math.min(Math.ceil(limit * this.#reserveShare), Math.max(0, limit - 1));
  }

  /** The bucket's size as the last answer told it. */
  get limit(): number | null {
    return this.#limit;
  }

  /** The lowest that an answer showed. */
  get lowestRemaining(): number | null {
    return this.#lowestRemaining;
  }

  /** How many requests per millisecond drip in for us, as far as it was measured; null before. */
  get refillPerMs(): number | null {
    return this.#measured?.perMs ?? null;
  }

  /** How many requests may be under way at `nowMs`, by the rate and the latency (Little's law); at least 1. */
  concurrency(nowMs: number): number {
    if (this.#isProbing) return 1;
    if (this.#reading === null) return this.#blindConcurrency;
    const sustained = Math.ceil(2 * (this.#dripPerMs(nowMs) * this.#latencyMs)) + 1;
    const usable = Math.floor(this.#lowerBound(nowMs) - this.#floor()) + this.#underWay;
    return Math.max(1, Math.min(MOST_CONCURRENCY, Math.max(sustained, usable)));
  }

  /** Whether a request may go at `nowMs`, or when to ask again: `untilMs` is past `nowMs`, by a minute at most. */
  admit(nowMs: number): Admission {
    if (nowMs < this.#pausedUntilMs) return wait(nowMs, this.#pausedUntilMs);
    if (this.#underWay >= this.concurrency(nowMs)) return wait(nowMs, nowMs + LONGEST_WAIT_MS);
    if (this.#isProbing || this.#reading === null) return { kind: "go" };
    const missing = this.#floor() + 1 - this.#lowerBound(nowMs);
    if (missing <= 0) return { kind: "go" };
    const refilledMs = this.#resetLatestMs();
    if (refilledMs !== null && refilledMs <= nowMs && this.#reading.atMs < refilledMs) {
      // Full again, or past the edge, if nobody else took it: one request asks.
      return this.#underWay === 0 ? { kind: "go" } : wait(nowMs, nowMs + LONGEST_WAIT_MS);
    }
    const perMs = this.#dripPerMs(nowMs);
    const drippedMs = perMs > 0 ? nowMs + missing / perMs : Number.POSITIVE_INFINITY;
    const askAgainMs = this.#reading.atMs + LONGEST_WAIT_MS;
    if (nowMs >= askAgainMs && this.#underWay === 0) return { kind: "go" };
    return wait(nowMs, Math.min(drippedMs, refilledMs ?? Number.POSITIVE_INFINITY, askAgainMs));
  }

  /** A request goes. */
  send(nowMs: number): Ticket {
    const ticket = { sentMs: nowMs, ordinal: this.#sent + 1, beside: this.#underWay };
    this.#sent += 1;
    this.#underWay += 1;
    return ticket;
  }

  /** Its answer came (any but 429). */
  answered(ticket: Ticket, nowMs: number, rateLimit: RateLimit): void {
    this.#underWay -= 1;
    this.#isProbing = false;
    this.#answers += 1;
    const latencyMs = nowMs - ticket.sentMs;
    this.#latencyMs = this.#answers === 1 ? latencyMs : this.#latencyMs + (latencyMs - this.#latencyMs) / 8;
    this.#readClock(ticket, nowMs, rateLimit);
    const { limit, remaining } = rateLimit;
    if (limit === null || remaining === null) {
      if (this.#answers % 10 === 0) this.#blindConcurrency = Math.min(BLIND_CONCURRENCY, this.#blindConcurrency + 1);
      return;
    }
    this.#readLimit(limit);
    this.#lowestRemaining = Math.min(this.#lowestRemaining ?? remaining, remaining);
    // An answer to an earlier request says what was left before: only the newest counts.
    if (this.#reading !== null && ticket.ordinal < this.#reading.ticket.ordinal) return;
    const reading = { remaining: Math.min(remaining, limit), atMs: nowMs, ticket };
    this.#noticeOthers(reading);
    this.#recognizeBucket(reading, rateLimit.resetMs);
    this.#reading = reading;
    this.#measure(reading);
  }

  /** No answer came: the request may have counted or not. */
  lost(): void {
    this.#underWay -= 1;
  }

  /** A 429 came: everything pauses until `untilMs`; then one request goes ahead. */
  limited(untilMs: number): void {
    this.#underWay -= 1;
    this.pause(untilMs);
    this.#blindConcurrency = Math.max(1, Math.floor(this.#blindConcurrency / 2));
    this.#measureFrom = null;
  }

  /** Pauses until `untilMs`; then one request goes ahead and asks. */
  pause(untilMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, untilMs);
    this.#isProbing = true;
  }

  /** The lowest that `remaining` may be shown. */
  #floor(): number {
    return this.reserved + this.#cushion;
  }

  #lowerBound(nowMs: number): number {
    if (this.#reading === null) return 0;
    const { remaining, atMs, ticket } = this.#reading;
    const uncounted = ticket.beside + (this.#sent - ticket.ordinal);
    return Math.min(this.#limit ?? remaining, remaining - uncounted + this.#dripPerMs(nowMs) * (nowMs - atMs));
  }

  /** What surely drips in, in requests per millisecond. */
  #dripPerMs(_nowMs: number): number {
    if (this.#bucket === "window") return 0;
    if (this.#measured !== null) return this.#measured.perMs * CAUTION;
    const resetMs = this.#resetLatestMs();
    if (this.#reading === null || this.#limit === null || resetMs === null) return 0;
    const missing = this.#limit - this.#reading.remaining;
    return missing / Math.max(HEADER_RESOLUTION_MS, resetMs - this.#reading.atMs);
  }

  /** The latest moment by our clock at which the server's reset can be; null when there is none to believe. */
  #resetLatestMs(): number | null {
    if (this.#reset === null || !Number.isFinite(this.#leastOffsetMs)) return null;
    const resetMs = this.#reset - this.#leastOffsetMs;
    return this.#reading !== null && resetMs > this.#reading.atMs + FARTHEST_RESET_MS ? null : resetMs;
  }

  #readClock(ticket: Ticket, nowMs: number, { serverTimeMs }: RateLimit): void {
    // Without a Date the clocks are taken to agree.
    const server = serverTimeMs ?? nowMs;
    const least = server - nowMs;
    const most = server + (serverTimeMs === null ? 0 : HEADER_RESOLUTION_MS) - ticket.sentMs;
    // A clock that was set anew contradicts what was known: then only the newest answer counts.
    const contradicts = least > this.#mostOffsetMs || most < this.#leastOffsetMs;
    this.#leastOffsetMs = contradicts ? least : Math.max(this.#leastOffsetMs, least);
    this.#mostOffsetMs = contradicts ? most : Math.min(this.#mostOffsetMs, most);
  }

  #readLimit(limit: number): void {
    if (this.#limit === limit) return;
    this.#limit = limit;
    this.#cushion = Math.min(this.#cushion, this.#mostCushion());
    this.#measured = null;
    this.#measureFrom = null;
    this.#bucket = "unknown";
  }

  #mostCushion(): number {
    return Math.floor(((this.#limit ?? 0) - this.reserved) / 2);
  }

  /** Less is left than our own requests explain: others are at work, and the distance to the reserve grows. */
  #noticeOthers({ remaining, ticket }: Reading): void {
    if (this.#reading === null) return;
    const before = this.#reading;
    const ours = before.ticket.beside + (ticket.ordinal - before.ticket.ordinal);
    const dripped = this.#dripPerMs(ticket.sentMs) * Math.max(0, ticket.sentMs - before.atMs);
    const taken = Math.floor(before.remaining - ours + dripped) - remaining;
    const wanted = taken > 0 ? 2 * taken : this.#cushion - 1 / 64;
    this.#cushion = Math.min(this.#mostCushion(), Math.max(0, wanted, taken > 0 ? this.#cushion : 0));
  }

  /** A drip bucket's reset moves on while it is used; a window's stands still until it has passed. */
  #recognizeBucket({ atMs, remaining }: Reading, resetMs: number | null): void {
    const before = this.#reading;
    if (resetMs !== null && this.#reset !== null && before !== null) {
      const isBeforeReset = atMs + this.#mostOffsetMs < this.#reset;
      if (resetMs > this.#reset && isBeforeReset) this.#bucket = "drip";
      else if (resetMs > this.#reset && this.#bucket === "window" && remaining < before.remaining) {
        // The edge has passed and brought nothing: it may be no window after all.
        this.#bucket = "unknown";
      }
    }
    this.#reset = resetMs;
  }

  #measure(reading: Reading): void {
    const from = this.#measureFrom;
    const isFull = reading.remaining >= (this.#limit ?? 0) - 1;
    if (from === null || isFull) {
      // What drips into a full bucket is not seen.
      this.#measureFrom = reading;
      return;
    }
    const spentRequests = reading.ticket.ordinal - from.ticket.ordinal;
    const elapsedMs = reading.atMs - from.atMs;
    const gained = spentRequests + reading.remaining - from.remaining;
    const unsure = from.ticket.beside + reading.ticket.beside + 1;
    if (elapsedMs <= 0 || spentRequests < LEAST_MEASURED_REQUESTS) return;
    if (gained <= 0) {
      this.#noticeWindow(elapsedMs, from);
      return;
    }
    if (gained <= 2 * unsure) return;
    if (this.#bucket !== "window") this.#measured = { perMs: (gained - unsure) / elapsedMs, atMs: reading.atMs };
    if (elapsedMs > LONGEST_MEASURE_MS) this.#measureFrom = reading;
  }

  #noticeWindow(elapsedMs: number, from: Reading): void {
    const expected = this.#dripPerMs(from.atMs) * elapsedMs;
    if (this.#bucket === "unknown" && expected >= 2) this.#bucket = "window";
  }
}

function wait(nowMs: number, untilMs: number): Admission {
  // Never zero: who waits comes back later than now.
  return { kind: "wait", untilMs: Math.min(Math.max(untilMs, nowMs + 1), nowMs + LONGEST_WAIT_MS) };
}
