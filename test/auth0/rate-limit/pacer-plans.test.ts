import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { NO_RATE_LIMIT } from "../../support/rate-limits.ts";
import { ContinuousBucket, type Outcome, type Scenario, simulate, WindowBucket } from "../../support/virtual-tenant.ts";

/** Auth0's plans: the bucket's size, what it refills in a minute, and how many requests to send. */
const PLANS = [
  [5, 50, 600],
  [10, 100, 600],
  [50, 500, 1000],
  [1200, 12_000, 8000],
] as const;
const SEEDS = [1, 2];

function usable(limit: number, reserve = 0.25): number {
  return Math.max(1, limit - Math.ceil(limit * reserve));
}

function idealMs(requests: number, limit: number, perMinute: number, reserve = 0.25): number {
  return ((requests - usable(limit, reserve)) / perMinute) * 60_000;
}

function outcomes(
  scenario: Omit<Scenario, "seed" | "bucket">,
  bucket: (seed: number) => Scenario["bucket"],
): Outcome[] {
  return SEEDS.map((seed) => simulate({ ...scenario, seed, bucket: bucket(seed) }));
}

describe("alone in a bucket that refills continuously", () => {
  it("never gets a 429 and never takes from the reserve, whatever the bucket, the latency and the clocks", () => {
    const buckets = fc.record({
      limit: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 1500 })),
      fullAfterMs: fc.integer({ min: 2000, max: 60_000 }),
      isWhole: fc.boolean(),
    });
    const latencies = fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 0, max: 400 }));
    const reserves = fc.constantFrom(0, 0.1, 0.25, 0.5, 0.9);
    const skews = fc.integer({ min: -1e7, max: 1e7 });
    fc.assert(
      fc.property(buckets, latencies, reserves, skews, fc.nat(), (bucket, [least, extra], reserve, skewMs, seed) => {
        const { limit, fullAfterMs, isWhole } = bucket;
        const { lowestRemaining, refused } = simulate({
          bucket: new ContinuousBucket(limit, (limit / fullAfterMs) * 60_000, { isWhole }),
          requests: Math.min(400, 3 * limit + 50),
          reserve,
          latencyMs: [least, least + extra],
          skewMs,
          seed,
        });
        expect(refused).toBe(0);
        // A bucket that adds whole requests may be one behind at any moment.
        expect(lowestRemaining).toBeGreaterThanOrEqual(limit - usable(limit, reserve) - (isWhole ? 1 : 0));
      }),
      { numRuns: 100 },
    );
  });
});

describe.each(PLANS)("a bucket of %d at %d a minute", (limit, perMinute, requests) => {
  const reserved = limit - usable(limit);
  const ideal = idealMs(requests, limit, perMinute);

  it.each([
    ["refills continuously", {}],
    ["adds whole requests", { isWhole: true }],
    ["says when the next request is added", { reset: "next" as const }],
    ["adds whole requests and says when the next one comes", { isWhole: true, reset: "next" as const }],
  ])("that %s is used to the full, with no 429 and without the reserve", (_, options) => {
    for (const outcome of outcomes(
      { requests, skewMs: -12_345 },
      () => new ContinuousBucket(limit, perMinute, options),
    )) {
      expect(outcome.refused).toBe(0);
      expect(outcome.elapsedMs).toBeLessThanOrEqual(1.05 * ideal);
      expect(outcome.lowestRemaining).toBeGreaterThanOrEqual(reserved - 1);
    }
  });

  it("is used to the full when answers are slow", () => {
    const scenario = { requests, latencyMs: [20, 500] as const };
    for (const outcome of outcomes(scenario, () => new ContinuousBucket(limit, perMinute))) {
      expect(outcome.refused).toBe(0);
      expect(outcome.elapsedMs).toBeLessThanOrEqual(1.05 * ideal);
      expect(outcome.lowestRemaining).toBeGreaterThanOrEqual(reserved);
    }
  });

  it("with a fixed window is used to the full, with no 429 and without the reserve", () => {
    const windowMs = (limit / perMinute) * 60_000;
    const windows = Math.ceil(requests / usable(limit));
    const buckets = (seed: number) => new WindowBucket(limit, windowMs, { phaseMs: 377 * seed });
    for (const outcome of outcomes({ requests }, buckets)) {
      expect(outcome.refused).toBe(0);
      expect(outcome.elapsedMs).toBeLessThanOrEqual(1.05 * windows * windowMs);
      expect(outcome.lowestRemaining).toBeGreaterThanOrEqual(reserved);
    }
  });

  it("that is halved costs at most one 429 for each request under way", () => {
    const change = { afterAnswers: requests / 2, factor: 0.5 };
    for (const outcome of outcomes({ requests, change }, () => new ContinuousBucket(limit, perMinute)))
      expect(outcome.refused).toBeLessThanOrEqual(outcome.underWayAtChange);
  });

  it.each<[string, NonNullable<Scenario["headers"]>]>([
    ["some answers have no headers", (rateLimit, random) => (random() < 0.3 ? NO_RATE_LIMIT : rateLimit)],
    ["no answer has a reset", (rateLimit) => ({ ...rateLimit, resetMs: null })],
    ["some resets are absurd", (rateLimit, random) => (random() < 0.3 ? { ...rateLimit, resetMs: 9e15 } : rateLimit)],
    ["no answer has a date", (rateLimit) => ({ ...rateLimit, serverTimeMs: null })],
  ])("is used without a 429, and nearly to the full, when %s", (_, headers) => {
    const scenario = { requests, headers };
    for (const outcome of outcomes(scenario, () => new ContinuousBucket(limit, perMinute))) {
      expect(outcome.refused).toBe(0);
      expect(outcome.elapsedMs).toBeLessThanOrEqual((limit > 5 ? 1.05 : 1.25) * ideal);
    }
  });
});

describe("other traffic", () => {
  it.each(PLANS)("of 30 %% of a bucket of %d at %d a minute is not refused", (limit, perMinute, requests) => {
    const scenario = { requests, othersPerMinute: 0.3 * perMinute };
    for (const outcome of outcomes(scenario, () => new ContinuousBucket(limit, perMinute))) {
      expect(outcome.othersRefused).toBe(0);
      const left = usable(limit) + (perMinute * outcome.elapsedMs) / 60_000 - outcome.othersServed;
      expect(requests / left).toBeGreaterThanOrEqual(0.95);
    }
  });

  it("that takes nearly everything slows the audit down, but does not stop it", () => {
    const scenario = { requests: 60, othersPerMinute: 95 };
    for (const outcome of outcomes(scenario, () => new ContinuousBucket(10, 100)))
      expect(outcome.sent).toBeGreaterThanOrEqual(60);
  });
});

describe("a bucket of which hardly anything may be used", () => {
  it.each([
    ["a bucket of 2 at 2 a second", 2, 120, 0.25],
    ["a bucket of 1 at 1 a second", 1, 60, 0.25],
    ["a reserve of 0.9 of 5", 5, 50, 0.9],
    ["a reserve of 0.9 of 10", 10, 100, 0.9],
    ["a reserve of 0.9 of 50", 50, 500, 0.9],
  ])("takes at most twice the ideal time, with no 429: %s", (_, limit, perMinute, reserve) => {
    for (const outcome of outcomes({ requests: 200, reserve }, () => new ContinuousBucket(limit, perMinute))) {
      expect(outcome.refused).toBe(0);
      expect(outcome.elapsedMs).toBeLessThanOrEqual(2 * idealMs(200, limit, perMinute, reserve));
    }
  });

  it("gets no 429 in a fixed window", () => {
    for (const outcome of outcomes({ requests: 50 }, () => new WindowBucket(2, 1000))) expect(outcome.refused).toBe(0);
  });
});

describe("a second limit above the bucket", () => {
  it("is found, and hardly ever hit again", () => {
    const scenario = { requests: 2000, above: new ContinuousBucket(10, 600) };
    const outcome = simulate({ ...scenario, bucket: new ContinuousBucket(50, 1000), seed: 1 });
    expect(outcome.refused).toBeLessThanOrEqual(0.02 * outcome.sent);
    expect(outcome.elapsedMs).toBeLessThanOrEqual(1.3 * (2000 / 600) * 60_000);
  });
});
