import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { backoffMs, rateLimitedMs } from "../../../lambda/auth0/rate-limit/backoff.ts";
import type { RateLimit } from "../../../lambda/auth0/rate-limit/headers.ts";
import { NO_RATE_LIMIT } from "../../support/rate-limits.ts";

const random = fc.double({ min: 0, max: 1, noNaN: true });
const failures = fc.integer({ min: 1, max: 1e6 });
const time = fc.integer({ min: -1e12, max: 1e15 });
const rateLimits = fc.record<RateLimit>({
  limit: fc.constant(null),
  remaining: fc.constant(null),
  resetMs: fc.option(time),
  serverTimeMs: fc.option(time),
  retryAfterMs: fc.option(time),
});

describe("backoff", () => {
  it("doubles, with jitter, up to 90 seconds", () => {
    expect([1, 2, 3, 4].map((count) => backoffMs(count, 1))).toEqual([500, 1000, 2000, 4000]);
    expect([1, 2, 3, 4].map((count) => backoffMs(count, 0))).toEqual([250, 500, 1000, 2000]);
    expect(backoffMs(1000, 1)).toBe(90_000);
  });

  it("is always some time, and never more than 90 seconds", () => {
    fc.assert(
      fc.property(failures, random, (count, chance) => {
        expect(backoffMs(count, chance)).toBeGreaterThan(0);
        expect(backoffMs(count, chance)).toBeLessThanOrEqual(90_000);
      }),
    );
  });
});

describe("the wait after a 429", () => {
  it("is some time and bounded, whatever the headers say", () => {
    fc.assert(
      fc.property(rateLimits, time, failures, random, (rateLimit, nowMs, count, chance) => {
        const waitMs = rateLimitedMs(rateLimit, nowMs, count, chance);
        expect(waitMs).toBeGreaterThan(0);
        expect(waitMs).toBeLessThanOrEqual(90_250);
      }),
    );
  });

  it("prefers Retry-After to the reset, and the server's clock to ours", () => {
    const limited = { ...NO_RATE_LIMIT, resetMs: 1_000_000, serverTimeMs: 990_000 };
    expect(rateLimitedMs(limited, 0, 1, 0)).toBe(10_000);
    expect(rateLimitedMs({ ...limited, serverTimeMs: null }, 995_000, 1, 0)).toBe(5000);
    expect(rateLimitedMs({ ...limited, retryAfterMs: 3000 }, 0, 1, 0)).toBe(3000);
    expect(rateLimitedMs({ ...limited, retryAfterMs: 900_000 }, 0, 1, 0)).toBe(10_000);
  });

  it("backs off where what the server asked for did not help", () => {
    const soon = { ...NO_RATE_LIMIT, retryAfterMs: 0 };
    expect([1, 2, 3, 4, 20].map((count) => rateLimitedMs(soon, 0, count, 1))).toEqual([250, 1000, 2000, 4000, 90_000]);
  });
});
