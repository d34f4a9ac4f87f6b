import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { RateLimit } from "../../../lambda/auth0/rate-limit/headers.ts";
import { Pacer, type Ticket } from "../../../lambda/auth0/rate-limit/pacer.ts";
import { NO_RATE_LIMIT } from "../../support/rate-limits.ts";
import { type Bucket, ContinuousBucket, WindowBucket } from "../../support/virtual-tenant.ts";

const START_MS = Date.UTC(2026, 2, 3, 6);

/** One event in the life of a pacer; `which` chooses one of the requests under way. */
type Event =
  | { readonly kind: "time"; readonly ms: number }
  | { readonly kind: "answer" | "limited"; readonly which: number; readonly rateLimit: RateLimit }
  | { readonly kind: "lost"; readonly which: number };

const which = fc.nat({ max: 1000 });
const serverMs = fc.integer({ min: START_MS - 100_000, max: START_MS + 1_000_000 });
const rateLimits: fc.Arbitrary<RateLimit> = fc.record({
  limit: fc.option(fc.oneof(fc.constantFrom(2, 5, 10, 50, 1200), fc.integer({ min: 1, max: 3000 }))),
  remaining: fc.option(fc.nat({ max: 3000 })),
  resetMs: fc.option(fc.oneof(serverMs, fc.integer({ min: 0, max: 1e15 }))),
  serverTimeMs: fc.option(serverMs),
  retryAfterMs: fc.constant(null),
});
const events: fc.Arbitrary<readonly Event[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("time" as const), ms: fc.nat({ max: 90_000 }) }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("answer" as const), which, rateLimit: rateLimits }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("limited" as const), which, rateLimit: rateLimits }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("lost" as const), which }) },
  ),
  { maxLength: 120 },
);
const reserves = fc.constantFrom(0, 0.1, 0.25, 0.5, 0.9);

interface Driven {
  readonly pacer: Pacer;
  readonly nowMs: number;
  readonly underWay: readonly Ticket[];
}

/** Runs a pacer that sends all it may through the events, and calls `check` after each. Returns the end. */
function drive(reserve: number, happening: readonly Event[], check: (driven: Driven) => void = () => {}): Driven {
  const pacer = new Pacer(reserve);
  const underWay: Ticket[] = [];
  let nowMs = START_MS;
  const settle = () => {
    while (pacer.waitMs(nowMs) === 0) underWay.push(pacer.send(nowMs));
    check({ pacer, nowMs, underWay });
  };
  settle();
  for (const event of happening) {
    if (event.kind === "time") nowMs += event.ms;
    else {
      const [ticket] = underWay.splice(event.which % Math.max(1, underWay.length), 1);
      if (ticket === undefined) continue;
      if (event.kind === "answer") pacer.answered(ticket, nowMs, event.rateLimit);
      else if (event.kind === "limited") pacer.limited(event.rateLimit, true);
      else pacer.lost();
    }
    settle();
  }
  return { pacer, nowMs, underWay };
}

describe("whatever the answers say", () => {
  it("a wait is at most 90 seconds, and infinite only while a request is under way", () => {
    fc.assert(
      fc.property(reserves, events, (reserve, happening) => {
        drive(reserve, happening, ({ pacer, nowMs, underWay }) => {
          const waitMs = pacer.waitMs(nowMs);
          if (waitMs === Number.POSITIVE_INFINITY) expect(underWay.length).toBeGreaterThan(0);
          else if (underWay.length === 0) expect(waitMs).toBeLessThanOrEqual(90_000);
          expect(waitMs).toBeGreaterThanOrEqual(0);
        });
      }),
    );
  });

  it("the next request goes within two minutes when none is under way", () => {
    fc.assert(
      fc.property(reserves, events, (reserve, happening) => {
        drive(reserve, happening, ({ pacer, nowMs, underWay }) => {
          if (underWay.length > 0) return;
          let laterMs = nowMs;
          while (pacer.waitMs(laterMs) > 0) {
            laterMs += Math.ceil(pacer.waitMs(laterMs));
            expect(laterMs - nowMs).toBeLessThanOrEqual(120_000);
          }
        });
      }),
    );
  });

  it("at most 256 requests are under way, and one until an answer says what is left", () => {
    fc.assert(
      fc.property(reserves, events, (reserve, happening) => {
        let isInformed = false;
        drive(reserve, happening, ({ underWay }) => {
          isInformed ||= happening.some((event) => event.kind === "answer");
          expect(underWay.length).toBeLessThanOrEqual(isInformed ? 256 : 1);
        });
      }),
    );
  });

  it("no more requests go at once than the newest answer says are left above the reserve", () => {
    const left = fc.record({
      limit: fc.integer({ min: 1, max: 1500 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(reserves, events, left, (reserve, happening, { limit, share }) => {
        const { nowMs, pacer, underWay } = drive(reserve, happening);
        for (const _ of underWay) pacer.lost();
        let goMs = nowMs;
        while (pacer.waitMs(goMs) > 0) goMs += Math.ceil(pacer.waitMs(goMs));
        const remaining = Math.floor(share * limit);
        const rateLimit = { ...NO_RATE_LIMIT, limit, remaining, resetMs: goMs + 30_000, serverTimeMs: goMs };
        pacer.answered(pacer.send(goMs), goMs, rateLimit);
        let sent = 0;
        for (; pacer.waitMs(goMs) === 0; sent += 1) pacer.send(goMs);
        const reserved = Math.min(Math.ceil(limit * reserve), limit - 1);
        expect(sent).toBeLessThanOrEqual(Math.max(0, remaining - reserved));
      }),
    );
  });
});

describe("a clock that stands still", () => {
  it("does not hold back requests that are less than a hundredth of a millisecond apart", () => {
    const pacer = new Pacer(0);
    const rateLimit = { ...NO_RATE_LIMIT, limit: 100_000, serverTimeMs: START_MS, resetMs: START_MS + 1000 };
    for (let remaining = 99_999; remaining > 99_900; remaining -= 1) {
      expect(pacer.waitMs(START_MS)).toBe(0);
      pacer.answered(pacer.send(START_MS), START_MS, { ...rateLimit, remaining });
    }
  });
});

describe("a 429 that the bucket does not explain", () => {
  it("slows requests down, and each answer lets them go a little faster", () => {
    const pacer = new Pacer(0.25);
    const plenty = { ...NO_RATE_LIMIT, limit: 1000, remaining: 900 };
    pacer.answered(pacer.send(0), 100, plenty);
    expect(pacer.waitMs(1000)).toBe(0);
    for (let count = 0; count < 10; count += 1) {
      pacer.send(1000);
      pacer.limited({ ...NO_RATE_LIMIT, limit: 20, remaining: 0 }, true);
    }
    const slowMs = pacer.waitMs(1000);
    expect(slowMs).toBeGreaterThan(1000);
    pacer.answered(pacer.send(9000), 9000, plenty);
    expect(pacer.waitMs(9000)).toBeLessThan(slowMs);
    expect(pacer.waitMs(9000)).toBeGreaterThan(0.9 * slowMs);
  });

  it("counts once when several requests are refused together, and never waits longer than 10 seconds", () => {
    const [one, many] = [new Pacer(0.25), new Pacer(0.25)];
    for (const pacer of [one, many]) pacer.answered(pacer.send(0), 0, { ...NO_RATE_LIMIT, limit: 100, remaining: 99 });
    for (let count = 0; count < 50; count += 1) {
      many.send(0);
      many.limited(NO_RATE_LIMIT, count === 0);
    }
    one.send(0);
    one.limited(NO_RATE_LIMIT, true);
    expect(many.waitMs(0)).toBe(one.waitMs(0));
    for (let count = 0; count < 50; count += 1) {
      one.send(0);
      one.limited(NO_RATE_LIMIT, true);
    }
    expect(one.waitMs(0)).toBe(10_000);
  });

  it("does not slow down what the bucket itself refused", () => {
    const pacer = new Pacer(0.25);
    pacer.answered(pacer.send(0), 0, { ...NO_RATE_LIMIT, limit: 100, remaining: 99 });
    pacer.send(0);
    pacer.limited({ ...NO_RATE_LIMIT, limit: 100, remaining: 0 }, true);
    expect(pacer.waitMs(0)).toBe(0);
  });
});

describe("how long so many more requests take", () => {
  /** After twenty requests, one every half second. */
  function afterTwenty(bucket: Bucket): Pacer {
    const pacer = new Pacer(0.25);
    for (let nowMs = 500; nowMs <= 10_000; nowMs += 500) {
      const { remaining, resetSeconds } = bucket.take(nowMs);
      const rateLimit = { ...NO_RATE_LIMIT, limit: bucket.limit, remaining, resetMs: resetSeconds * 1000 };
      pacer.answered(pacer.send(nowMs), nowMs, { ...rateLimit, serverTimeMs: nowMs });
    }
    return pacer;
  }

  it("is known to a factor of two after a few answers of a bucket that refills continuously", () => {
    const estimateMs = afterTwenty(new ContinuousBucket(20, 60)).estimateMs(1000);
    expect(estimateMs).toBeGreaterThan(500_000);
    expect(estimateMs).toBeLessThan(2_000_000);
  });

  it("is unknown in a bucket with a fixed window", () => {
    expect(afterTwenty(new WindowBucket(20, 60_000)).estimateMs(1000)).toBe(Number.POSITIVE_INFINITY);
  });

  it("is unknown while no answer says what is left", () => {
    expect(new Pacer(0.25).estimateMs(10)).toBe(Number.POSITIVE_INFINITY);
  });
});
