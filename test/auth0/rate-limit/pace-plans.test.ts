import { describe, expect, it } from "@jest/globals";
import { NO_RATE_LIMIT } from "../../../lambda/auth0/rate-limit/headers.ts";
import { DripBucket, type Outcome, type Scenario, simulate, WindowBucket } from "../../support/virtual-tenant.ts";

/** The plans of Auth0: the bucket's size, and what it refills in a minute. */
const PLANS = [
  [5, 50, 600],
  [10, 100, 600],
  [50, 500, 1000],
  [1200, 12_000, 8000],
] as const;
const SEEDS = [1, 2];

function usable(limit: number): number {
  return limit - Math.ceil(limit * 0.25);
}

function dripIdealMs(requests: number, limit: number, perMinute: number): number {
  return ((requests - usable(limit)) / perMinute) * 60_000;
}

function outcomes(
  scenario: Omit<Scenario, "seed" | "bucket">,
  bucket: (seed: number) => Scenario["bucket"],
): Outcome[] {
  return SEEDS.map((seed) => simulate({ ...scenario, seed, bucket: bucket(seed) }));
}

describe.each(PLANS)("a bucket of %d at %d a minute", (limit, perMinute, requests) => {
  const reserved = limit - usable(limit);
  const idealMs = dripIdealMs(requests, limit, perMinute);

  it.each([
    ["drips", {}],
    ["drips whole requests", { isWhole: true }],
    ["drips and tells when the next one comes", { reset: "next" as const }],
  ])("that %s is used to the full, with no 429 and none of the reserve", (_, options) => {
    for (const outcome of outcomes({ requests, skewMs: -12_345 }, () => new DripBucket(limit, perMinute, options))) {
      expect(outcome.refused).toBe(0);
      expect(outcome.elapsedMs).toBeLessThanOrEqual(1.03 * idealMs);
      expect(outcome.lowestRemaining).toBeGreaterThanOrEqual(reserved - 1);
    }
  });

  it("is used to the full however slow the answers are", () => {
    const scenario = { requests, latencyMs: [20, 500] as const };
    for (const outcome of outcomes(scenario, () => new DripBucket(limit, perMinute))) {
      expect(outcome.refused).toBe(0);
      expect(outcome.elapsedMs).toBeLessThanOrEqual(1.05 * idealMs);
      expect(outcome.lowestRemaining).toBeGreaterThanOrEqual(reserved);
    }
  });

  it("that is refilled in windows is used to the full, with no 429 and none of the reserve", () => {
    const windowMs = (limit / perMinute) * 60_000;
    const windows = Math.ceil(requests / usable(limit));
    const buckets = (seed: number) => new WindowBucket(limit, windowMs, { phaseMs: 377 * seed });
    for (const outcome of outcomes({ requests }, buckets)) {
      expect(outcome.refused).toBe(0);
      expect(outcome.elapsedMs).toBeLessThanOrEqual(1.05 * windows * windowMs);
      expect(outcome.lowestRemaining).toBeGreaterThanOrEqual(reserved);
      expect(outcome.kind).toBe("window");
    }
  });

  it("that is halved in the middle costs no more than one 429 a request under way", () => {
    const change = { afterAnswers: requests / 2, factor: 0.5 };
    for (const outcome of outcomes({ requests, change }, () => new DripBucket(limit, perMinute))) {
      expect(outcome.refused).toBeLessThanOrEqual(outcome.underWayAtChange);
    }
  });

  it("is used to the full when some answers have no headers", () => {
    const headers: Scenario["headers"] = (rateLimit, random) => (random() < 0.3 ? NO_RATE_LIMIT : rateLimit);
    for (const outcome of outcomes({ requests, headers }, () => new DripBucket(limit, perMinute))) {
      expect(outcome.refused).toBe(0);
      expect(outcome.elapsedMs).toBeLessThanOrEqual(1.03 * idealMs);
    }
  });

  it("is used to the full when no answer tells a reset", () => {
    const headers: Scenario["headers"] = (rateLimit) => ({ ...rateLimit, resetMs: null });
    for (const outcome of outcomes({ requests, headers }, () => new DripBucket(limit, perMinute))) {
      expect(outcome.refused).toBe(0);
      expect(outcome.elapsedMs).toBeLessThanOrEqual(1.05 * idealMs);
    }
  });
});

describe("other traffic", () => {
  it.each(PLANS.slice(1))("of 30 %% of %d at %d a minute is left what it takes", (limit, perMinute, requests) => {
    const scenario = { requests, othersPerMinute: 0.3 * perMinute };
    for (const outcome of outcomes(scenario, () => new DripBucket(limit, perMinute))) {
      expect(outcome.othersRefused).toBe(0);
      const left = usable(limit) + (perMinute * outcome.elapsedMs) / 60_000 - outcome.othersServed;
      expect(requests / left).toBeGreaterThanOrEqual(0.95);
    }
  });

  it("that takes nearly everything stops the audit nearly, but not for ever", () => {
    const scenario = { requests: 60, othersPerMinute: 95 };
    for (const outcome of outcomes(scenario, () => new DripBucket(10, 100)))
      expect(outcome.sent).toBeGreaterThanOrEqual(60);
  });
});

describe("a bucket so small that one request is all there is above the reserve", () => {
  it.each([
    ["drip", () => new DripBucket(2, 120)],
    ["window", () => new WindowBucket(2, 1000)],
  ])("is read all the same, with no 429 (%s)", (_, bucket) => {
    for (const outcome of outcomes({ requests: 50 }, bucket)) expect(outcome.refused).toBe(0);
  });
});
