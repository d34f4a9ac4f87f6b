import { CircuitBreaker } from "../../lambda/auth0/rate-limit/circuit-breaker.ts";
import type { RateLimit } from "../../lambda/auth0/rate-limit/headers.ts";
import { Pacer, type Ticket } from "../../lambda/auth0/rate-limit/pacer.ts";
import { type Event, pop, push } from "./event-queue.ts";

/** What became of one request. */
export interface Taken {
  readonly isServed: boolean;
  /** What the bucket holds after it, fractions included. */
  readonly level: number;
  /** What the answer's headers say: whole requests, whole seconds. */
  readonly remaining: number;
  readonly resetSeconds: number;
}

/** A rate-limit bucket as a server keeps it. Times are milliseconds by the server's clock. */
export interface Bucket {
  readonly limit: number;
  /** One request. */
  take(nowMs: number): Taken;
  /** The limit and the refill change, as when a plan changes. */
  scale(nowMs: number, factor: number): void;
}

export type ResetReading = "full" | "next";

/**
 * A bucket that refills continuously, as limitd-redis does, or by a whole request each interval. Its reset is
 * when it is full again, or when the next request is added.
 */
export class ContinuousBucket implements Bucket {
  limit: number;
  #perMs: number;
  #level: number;
  #atMs = 0;
  readonly #isWhole: boolean;
  readonly #reset: ResetReading;
  constructor(
    limit: number,
    perMinute: number,
    options: { readonly isWhole?: boolean; readonly reset?: ResetReading } = {},
  ) {
    this.limit = limit;
    this.#perMs = perMinute / 60_000;
    this.#level = limit;
    this.#isWhole = options.isWhole ?? false;
    this.#reset = options.reset ?? "full";
  }
  take(nowMs: number) {
    const intervalMs = 1 / this.#perMs;
    if (this.#isWhole) {
      const added = Math.floor((nowMs - this.#atMs) / intervalMs);
      this.#level = Math.min(this.limit, this.#level + added);
      this.#atMs += added * intervalMs;
    } else {
      this.#level = Math.min(this.limit, this.#level + (nowMs - this.#atMs) * this.#perMs);
      this.#atMs = nowMs;
    }
    const isServed = this.#level >= 1;
    if (isServed) this.#level -= 1;
    const missing = this.#reset === "full" ? this.limit - this.#level : Math.min(1, this.limit - this.#level);
    return {
      isServed,
      level: this.#level,
      remaining: Math.floor(this.#level),
      resetSeconds: Math.ceil((nowMs + missing * intervalMs) / 1000),
    };
  }
  scale(_nowMs: number, factor: number) {
    this.limit = Math.floor(this.limit * factor);
    this.#perMs *= factor;
    this.#level = Math.min(this.#level, this.limit);
  }
}

/** A bucket that is refilled at the edges of windows: of the clock's, or of those that a first request opens. */
export class WindowBucket implements Bucket {
  limit: number;
  readonly #windowMs: number;
  readonly #isAnchored: boolean;
  #left: number;
  #edgeMs: number;
  constructor(
    limit: number,
    windowMs: number,
    options: { readonly phaseMs?: number; readonly isAnchored?: boolean } = {},
  ) {
    this.limit = limit;
    this.#windowMs = windowMs;
    this.#isAnchored = options.isAnchored ?? false;
    this.#left = limit;
    this.#edgeMs = options.phaseMs ?? 0;
  }
  take(nowMs: number) {
    if (nowMs >= this.#edgeMs) {
      this.#left = this.limit;
      const passed = Math.floor((nowMs - this.#edgeMs) / this.#windowMs) + 1;
      this.#edgeMs = this.#isAnchored ? nowMs + this.#windowMs : this.#edgeMs + passed * this.#windowMs;
    }
    const isServed = this.#left >= 1;
    if (isServed) this.#left -= 1;
    return { isServed, level: this.#left, remaining: this.#left, resetSeconds: Math.ceil(this.#edgeMs / 1000) };
  }
  scale(_nowMs: number, factor: number) {
    this.limit = Math.floor(this.limit * factor);
    this.#left = Math.min(this.#left, this.limit);
  }
}

/** A generator of numbers from 0 to 1 that gives the same ones for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface Scenario {
  readonly bucket: Bucket;
  readonly requests: number;
  readonly seed: number;
  readonly reserve?: number;
  /** From, to. */
  readonly latencyMs?: readonly [number, number];
  /** Requests of others per minute, at random moments: each in an interval of its own, or as they come (Poisson). */
  readonly othersPerMinute?: number;
  readonly othersCome?: "evenly" | "in_bursts";
  /** The server's clock minus ours. */
  readonly skewMs?: number;
  readonly startMs?: number;
  /** After this many answers the bucket is scaled. */
  readonly change?: { readonly afterAnswers: number; readonly factor: number };
  /** A second limit above the bucket; a request that it refuses takes nothing from the bucket. */
  readonly above?: Bucket;
  /** Changes what an answer's headers say. */
  readonly headers?: (rateLimit: RateLimit, random: () => number) => RateLimit;
}

export interface Outcome {
  readonly elapsedMs: number;
  readonly refused: number;
  readonly othersAsked: number;
  readonly othersRefused: number;
  readonly othersServed: number;
  readonly lowestRemaining: number;
  readonly mostUnderWay: number;
  readonly sent: number;
  /** Answers that had come when the bucket changed, and when that was. */
  readonly changedAtMs: number | null;
  readonly underWayAtChange: number;
  /** Each request to the bucket, in order; empty unless asked for. */
  readonly requests: readonly SimulatedRequest[];
}

export interface SimulatedRequest extends Taken {
  /** Since the start. */
  readonly atMs: number;
  readonly by: "audit" | "others";
}

/** Lets a pacer read a bucket in virtual time, with latency, other traffic and skewed clocks. */
export function simulate(scenario: Scenario, isTraced = false): Outcome {
  const random = seeded(scenario.seed);
  const pacer = new Pacer(scenario.reserve ?? 0.25);
  const breaker = new CircuitBreaker(300_000, random);
  const [least, most] = scenario.latencyMs ?? [20, 60];
  const startMs = (scenario.startMs ?? 1_772_000_000_000) + Math.floor(random() * 100_000);
  const skewMs = scenario.skewMs ?? 0;
  const { bucket } = scenario;
  let nowMs = startMs;
  const events: Event[] = [];
  let order = 0;
  const at = (atMs: number, run: () => void) => push(events, { atMs, order: order++, run });
  const requests: SimulatedRequest[] = [];
  const result = {
    refused: 0,
    othersAsked: 0,
    othersRefused: 0,
    othersServed: 0,
    lowestRemaining: bucket.limit,
    mostUnderWay: 0,
    sent: 0,
    changedAtMs: null as number | null,
    underWayAtChange: 0,
  };
  let waiting = scenario.requests;
  let done = 0;
  let underWay = 0;
  let alarmMs = Number.POSITIVE_INFINITY;
  let endMs = startMs;

  const pump = () => {
    while (waiting > 0) {
      const waitMs = Math.max(breaker.waitMs(nowMs), pacer.waitMs(nowMs));
      if (waitMs > 0) {
        if (waitMs === Number.POSITIVE_INFINITY) return;
        // Timers are whole milliseconds.
        const wakeMs = nowMs + Math.ceil(waitMs);
        if (wakeMs < alarmMs || alarmMs <= nowMs) {
          alarmMs = wakeMs;
          at(wakeMs, pump);
        }
        return;
      }
      waiting -= 1;
      underWay += 1;
      result.sent += 1;
      result.mostUnderWay = Math.max(result.mostUnderWay, underWay);
      send(pacer.send(nowMs), breaker.send());
    }
  };
  const send = (ticket: Ticket, isProbe: boolean) => {
    const latencyMs = least + (most - least) * random();
    at(nowMs + latencyMs * random(), () => {
      const serverMs = nowMs + skewMs;
      const { above } = scenario;
      const upper = above?.take(serverMs);
      const taken = upper?.isServed === false ? upper : bucket.take(serverMs);
      const { isServed, remaining, resetSeconds } = taken;
      if (isServed) result.lowestRemaining = Math.min(result.lowestRemaining, remaining);
      if (isTraced) requests.push({ ...taken, atMs: nowMs - startMs, by: "audit" });
      const answered: RateLimit = {
        limit: upper?.isServed === false ? (above?.limit ?? 0) : bucket.limit,
        remaining,
        resetMs: resetSeconds * 1000,
        serverTimeMs: Math.floor(serverMs / 1000) * 1000,
        retryAfterMs: null,
      };
      const rateLimit = scenario.headers?.(answered, random) ?? answered;
      at(Math.max(nowMs, ticket.sentMs + latencyMs), () => {
        underWay -= 1;
        if (isServed) {
          breaker.over(isProbe, true);
          pacer.answered(ticket, nowMs, rateLimit);
          done += 1;
          endMs = nowMs;
          if (done === scenario.change?.afterAnswers) {
            result.changedAtMs = nowMs - startMs;
            result.underWayAtChange = underWay;
            bucket.scale(nowMs + skewMs, scenario.change.factor);
          }
        } else {
          result.refused += 1;
          waiting += 1;
          pacer.limited(rateLimit, breaker.limited(isProbe, nowMs, rateLimit));
        }
        pump();
      });
    });
  };
  if (scenario.othersPerMinute !== undefined) {
    const meanMs = 60_000 / scenario.othersPerMinute;
    let intervals = 0;
    const moment = () => {
      if (scenario.othersCome === "in_bursts") return nowMs - meanMs * Math.log(1 - random());
      intervals += 1;
      return startMs + meanMs * (intervals - 1 + random());
    };
    const next = () => {
      result.othersAsked += 1;
      const taken = bucket.take(nowMs + skewMs);
      if (isTraced) requests.push({ ...taken, atMs: nowMs - startMs, by: "others" });
      if (taken.isServed) result.othersServed += 1;
      else result.othersRefused += 1;
      at(moment(), next);
    };
    at(moment(), next);
  }
  pump();
  for (let steps = 0; done < scenario.requests; steps += 1) {
    const event = pop(events);
    if (event === undefined || steps > 50 * scenario.requests + 1_000_000) throw new Error("The pacer waits forever.");
    nowMs = event.atMs;
    if (alarmMs <= nowMs) alarmMs = Number.POSITIVE_INFINITY;
    event.run();
  }
  return { ...result, elapsedMs: endMs - startMs, requests };
}
