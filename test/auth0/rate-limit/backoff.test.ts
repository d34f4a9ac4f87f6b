import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { backOffMs, limitedWaitMs } from "../../../lambda/auth0/rate-limit/backoff.ts";
import { NO_RATE_LIMIT, type RateLimit } from "../../../lambda/auth0/rate-limit/headers.ts";

const random = fc.double({ min: 0, max: 1, noNaN: true });
const time = fc.integer({ min: -1e12, max: 1e15 });
const rateLimits = fc.record<RateLimit>({
  limit: fc.constant(null),
  remaining: fc.constant(null),
  resetMs: fc.option(time),
  serverTimeMs: fc.option(time),
  retryAfterMs: fc.option(time),
});

describe("backing off", () => {
  it("doubles, with jitter, up to a minute", () => {
    expect([1, 2, 3, 4].map((failures) => backOffMs(failures, 1))).toEqual([500, 1000, 2000, 4000]);
    expect([1, 2, 3, 4].map((failures) => backOffMs(failures, 0))).toEqual([250, 500, 1000, 2000]);
    expect(backOffMs(1000, 1)).toBe(60_000);
  });

  it("is always some time, and never more than a minute", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), random, (failures, chance) => {
        const waitMs = backOffMs(failures, chance);
        expect(waitMs).toBeGreaterThan(0);
        expect(waitMs).toBeLessThanOrEqual(60_000);
      }),
    );
  });
});

describe("waiting after a 429", () => {
  it("is always some time, and bounded, whatever the headers say", () => {
    fc.assert(
      fc.property(rateLimits, time, fc.integer({ min: 1, max: 1e6 }), random, (rateLimit, nowMs, limited, chance) => {
        const waitMs = limitedWaitMs(rateLimit, nowMs, limited, chance);
        expect(waitMs).toBeGreaterThan(0);
        expect(waitMs).toBeLessThanOrEqual(90_250);
      }),
    );
  });

  it("believes Retry-After before the reset, and the server's clock before ours", () => {
    const told = { ...NO_RATE_LIMIT, resetMs: 1_000_000, serverTimeMs: 990_000 };
    expect(limitedWaitMs(told, 0, 1, 0)).toBe(10_000);
    expect(limitedWaitMs({ ...told, serverTimeMs: null }, 995_000, 1, 0)).toBe(5000);
    expect(limitedWaitMs({ ...told, retryAfterMs: 3000 }, 0, 1, 0)).toBe(3000);
    expect(limitedWaitMs({ ...told, retryAfterMs: 900_000 }, 0, 1, 0)).toBe(10_000);
  });

  it("waits longer when the server's word did not help", () => {
    const soon = { ...NO_RATE_LIMIT, retryAfterMs: 0 };
    expect([1, 2, 3, 4, 20].map((limited) => limitedWaitMs(soon, 0, limited, 1))).toEqual([
      250, 1000, 2000, 4000, 60_000,
    ]);
  });
});
