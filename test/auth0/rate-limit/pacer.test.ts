import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { NO_RATE_LIMIT, type RateLimit } from "../../../lambda/auth0/rate-limit/headers.ts";
import { Pacer, type Ticket } from "../../../lambda/auth0/rate-limit/pacer.ts";
import { type Bucket, DripBucket, WindowBucket } from "../../support/virtual-tenant.ts";

const START_MS = Date.UTC(2026, 2, 3, 6);

/** One thing that happens to a pacer. */
type Happening =
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
const happenings: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("time" as const), ms: fc.nat({ max: 90_000 }) }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("answer" as const), which, rateLimit: rateLimits }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("limited" as const), which, rateLimit: rateLimits }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("lost" as const), which }) },
  ),
  { maxLength: 120 },
);
const reserves = fc.constantFrom(0, 0.1, 0.25, 0.5, 0.9);

/** Lets things happen to a pacer that sends whatever it may, and looks at it each time. */
function drive(
  reserve: number,
  happening: readonly Happening[],
  look: (pacer: Pacer, nowMs: number, underWay: readonly Ticket[]) => void,
): void {
  const pacer = new Pacer(reserve);
  const underWay: Ticket[] = [];
  let nowMs = START_MS;
  const settle = () => {
    while (pacer.waitMs(nowMs) === 0) {
      const { concurrency } = pacer;
      underWay.push(pacer.send(nowMs));
      expect(underWay.length).toBeLessThanOrEqual(concurrency);
    }
    look(pacer, nowMs, underWay);
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
}

describe("whatever the answers say", () => {
  it("every wait is bounded, and infinite only while a request is under way", () => {
    fc.assert(
      fc.property(reserves, happenings, (reserve, events) => {
        drive(reserve, events, (pacer, nowMs, underWay) => {
          const waitMs = pacer.waitMs(nowMs);
          if (waitMs === Number.POSITIVE_INFINITY) expect(underWay.length).toBeGreaterThan(0);
          else expect(waitMs === 0 || (waitMs >= 1 && waitMs <= 60_000)).toBe(true);
          expect(pacer.pauseMs(nowMs)).toBeLessThanOrEqual(60_000);
        });
      }),
    );
  });

  it("the next request goes within two minutes when none is under way", () => {
    fc.assert(
      fc.property(reserves, happenings, (reserve, events) => {
        drive(reserve, events, (pacer, nowMs, underWay) => {
          if (underWay.length > 0) return;
          let laterMs = nowMs;
          while (pacer.waitMs(laterMs) > 0) {
            laterMs += pacer.waitMs(laterMs);
            expect(laterMs - nowMs).toBeLessThanOrEqual(120_000);
          }
        });
      }),
    );
  });

  it("at least one request may be under way, and no more than sockets bear", () => {
    fc.assert(
      fc.property(reserves, happenings, (reserve, events) => {
        drive(reserve, events, ({ concurrency }) => {
          expect(Number.isInteger(concurrency)).toBe(true);
          expect(concurrency).toBeGreaterThanOrEqual(1);
          expect(concurrency).toBeLessThanOrEqual(256);
        });
      }),
    );
  });

  it("takes no more at once than the newest answer shows above the reserve", () => {
    const told = fc.record({
      limit: fc.integer({ min: 1, max: 1500 }),
      left: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(reserves, happenings, told, (reserve, events, { left, limit }) => {
        let last: { pacer: Pacer; nowMs: number; underWay: readonly Ticket[] } | undefined;
        drive(reserve, events, (pacer, nowMs, underWay) => {
          last = { pacer, nowMs, underWay };
        });
        if (last === undefined) throw new Error("A pacer is always looked at.");
        const { nowMs, pacer, underWay } = last;
        for (const _ of underWay) pacer.lost();
        // However long a wait, the first request goes; its answer says what is left, and time stands still.
        let goMs = nowMs;
        while (pacer.waitMs(goMs) > 0) goMs += pacer.waitMs(goMs);
        const remaining = Math.floor(left * limit);
        const rateLimit = { ...NO_RATE_LIMIT, limit, remaining, resetMs: goMs + 30_000, serverTimeMs: goMs };
        pacer.answered(pacer.send(goMs), goMs, rateLimit);
        let sent = 0;
        while (pacer.waitMs(goMs) === 0) {
          pacer.send(goMs);
          sent += 1;
        }
        expect(sent).toBeLessThanOrEqual(Math.max(0, remaining - pacer.reserved));
      }),
    );
  });
});

describe("the reserve", () => {
  it.each([
    [0.25, 5, 2],
    [0.25, 10, 3],
    [0.25, 50, 13],
    [0.25, 1200, 300],
    [0.25, 2, 1],
    [0, 5, 0],
    [0.9, 2, 1],
    [0.9, 1, 0],
  ])("of %d of a bucket of %d is %d", (share, limit, reserved) => {
    const pacer = new Pacer(share);
    pacer.answered(pacer.send(0), 0, { ...NO_RATE_LIMIT, limit, remaining: limit });
    expect([pacer.reserved, pacer.limit, pacer.lowestRemaining]).toEqual([reserved, limit, limit]);
  });
});

describe("without headers", () => {
  it("goes carefully: one request, and a few when they are answered", () => {
    const pacer = new Pacer(0.25);
    expect(pacer.concurrency).toBe(1);
    for (let answers = 0; answers < 100; answers += 1) pacer.answered(pacer.send(0), 0, NO_RATE_LIMIT);
    expect(pacer.concurrency).toBe(4);
    expect([pacer.limit, pacer.lowestRemaining, pacer.reserved]).toEqual([null, null, 0]);
  });

  it("goes slower after a 429 that no bucket explains, and faster again bit by bit", () => {
    const pacer = new Pacer(0.25);
    for (let answers = 0; answers < 20; answers += 1) pacer.answered(pacer.send(0), 100, NO_RATE_LIMIT);
    pacer.send(1000);
    pacer.limited(NO_RATE_LIMIT, true);
    const slowMs = pacer.waitMs(1000);
    expect(slowMs).toBeGreaterThan(100);
    for (let answers = 0; answers < 400; answers += 1) pacer.answered(pacer.send(1000), 1100, NO_RATE_LIMIT);
    expect(pacer.waitMs(1100)).toBe(0);
  });
});

describe("what was learned of a bucket", () => {
  /** Ten requests, two a second. */
  function readTen(bucket: Bucket): Pacer {
    const pacer = new Pacer(0.25);
    for (let request = 1; request <= 10; request += 1) {
      const nowMs = request * 500;
      const { remaining, resetSeconds } = bucket.take(nowMs);
      const rateLimit = { ...NO_RATE_LIMIT, limit: bucket.limit, remaining, resetMs: resetSeconds * 1000 };
      pacer.answered(pacer.send(nowMs), nowMs, { ...rateLimit, serverTimeMs: nowMs });
    }
    return pacer;
  }

  it("says how much slower to go after a 429 of another limit", () => {
    const pacer = readTen(new DripBucket(20, 60));
    expect(pacer.refillKind).toBe("drip");
    pacer.send(5000);
    pacer.limited(NO_RATE_LIMIT, true);
    expect(pacer.waitMs(5000)).toBeGreaterThanOrEqual(1500);
  });

  it("is used as it stands when a window's answer tells no reset", () => {
    const pacer = readTen(new WindowBucket(20, 60_000));
    expect(pacer.refillKind).toBe("window");
    expect(pacer.waitMs(5000)).toBeGreaterThan(0);
    pacer.answered(pacer.send(9000), 9000, { ...NO_RATE_LIMIT, limit: 20, remaining: 9 });
    expect(pacer.waitMs(9000)).toBe(0);
  });
});

describe("how long reading will take", () => {
  /** After ten requests, one every half second. */
  function estimate(bucket: Bucket, requests: number): number {
    const pacer = new Pacer(0.25);
    expect(pacer.estimateMs(requests, 0)).toBe(Number.POSITIVE_INFINITY);
    for (let request = 1; request <= 10; request += 1) {
      const nowMs = request * 500;
      const { remaining, resetSeconds } = bucket.take(nowMs);
      const rateLimit = { ...NO_RATE_LIMIT, limit: bucket.limit, remaining, resetMs: resetSeconds * 1000 };
      pacer.answered(pacer.send(nowMs), nowMs, { ...rateLimit, serverTimeMs: nowMs });
    }
    return pacer.estimateMs(requests, 5000);
  }

  it("is what the bucket's refill makes of it", () => {
    const dripMs = estimate(new DripBucket(20, 60), 1000);
    expect(dripMs / 1000 / 1000).toBeGreaterThan(0.9);
    expect(dripMs / 1000 / 1000).toBeLessThan(1.5);
    const windowMs = estimate(new WindowBucket(20, 60_000), 1000);
    expect(windowMs / 60_000).toBeGreaterThan(1000 / 15 - 2);
    expect(windowMs / 60_000).toBeLessThan(1000 / 15 + 2);
    expect(estimate(new WindowBucket(20, 60_000), 3)).toBe(0);
  });

  it("is nothing for what the bucket holds already, and not told before it is known how it refills", () => {
    const pacer = new Pacer(0.25);
    pacer.answered(pacer.send(0), 0, { ...NO_RATE_LIMIT, limit: 20, remaining: 19 });
    expect(pacer.estimateMs(10, 0)).toBe(0);
    expect(pacer.estimateMs(100, 0)).toBe(Number.POSITIVE_INFINITY);
  });

  it("counts no answer of another limit", () => {
    const pacer = new Pacer(0);
    const [first, second] = [pacer.send(0), pacer.send(0)];
    pacer.answered(first, 10, { ...NO_RATE_LIMIT, limit: 20, remaining: 19 });
    pacer.answered(second, 10, { ...NO_RATE_LIMIT, limit: 10, remaining: 8 });
    expect(pacer.waitMs(10)).toBe(0);
    expect(pacer.limit).toBe(10);
  });
});
