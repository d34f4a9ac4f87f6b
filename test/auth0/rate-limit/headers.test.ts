import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { RateLimitPause } from "../../../lambda/auth0/rate-limit/circuit-breaker.ts";
import { NO_RATE_LIMIT, readRateLimit } from "../../../lambda/auth0/rate-limit/headers.ts";
import { ServerClock } from "../../../lambda/auth0/rate-limit/server-clock.ts";

function read(headers: Record<string, string>) {
  return readRateLimit((name) => headers[name] ?? null);
}

describe("the rate-limit headers", () => {
  it("are read", () => {
    const headers = {
      "x-ratelimit-limit": "50",
      "x-ratelimit-remaining": "49",
      "x-ratelimit-reset": "1772517600",
      date: "Tue, 03 Mar 2026 06:00:00 GMT",
      "retry-after": "3",
    };
    expect(read(headers)).toEqual({
      limit: 50,
      remaining: 49,
      resetMs: 1_772_517_600_000,
      serverTimeMs: Date.UTC(2026, 2, 3, 6),
      retryAfterMs: 3000,
    });
  });

  it("are null where they are absent or garbage", () => {
    expect(read({})).toEqual(NO_RATE_LIMIT);
    for (const text of ["", "-1", "1.5", "1e3", "0x10", "NaN", "9".repeat(13), "9".repeat(14), "soon", "5, 5"]) {
      const headers = { "x-ratelimit-limit": text, "x-ratelimit-remaining": text, "x-ratelimit-reset": text };
      expect(read({ ...headers, "retry-after": text, date: "yesterday" })).toEqual(NO_RATE_LIMIT);
    }
    expect(read({ "x-ratelimit-limit": "0" }).limit).toBeNull();
  });

  it("take a Retry-After that is a date by the server's own clock", () => {
    const date = "Tue, 03 Mar 2026 06:00:00 GMT";
    expect(read({ date, "retry-after": "Tue, 03 Mar 2026 06:00:07 GMT" }).retryAfterMs).toBe(7000);
    expect(read({ date, "retry-after": "Tue, 03 Mar 2026 05:00:00 GMT" }).retryAfterMs).toBe(0);
    expect(read({ "retry-after": "Tue, 03 Mar 2026 06:00:07 GMT" }).retryAfterMs).toBeNull();
  });
});

describe("the server's clock", () => {
  const latency = fc.record({ up: fc.integer({ min: 0, max: 500 }), down: fc.integer({ min: 0, max: 500 }) });

  it("is bounded rightly by any answers, however far it is off", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e10, max: 1e10 }),
        fc.array(fc.tuple(latency, fc.integer({ min: 0, max: 5000 })), { minLength: 1, maxLength: 30 }),
        (skewMs, answers) => {
          const clock = new ServerClock();
          let nowMs = 1_772_517_600_123;
          for (const [{ down, up }, pauseMs] of answers) {
            const answeredMs = nowMs + up;
            const serverTimeMs = Math.floor((answeredMs + skewMs) / 1000) * 1000;
            clock.observe(nowMs, answeredMs + down, { serverTimeMs });
            nowMs = answeredMs + down + pauseMs;
          }
          // A reset that is rounded up to this second means a moment in the second before it.
          const resetMs = 1_772_517_700_000;
          expect(clock.earliest(resetMs)).toBeLessThanOrEqual(resetMs - 1000 - skewMs);
          expect(clock.latest(resetMs)).toBeGreaterThanOrEqual(resetMs - skewMs);
        },
      ),
    );
  });

  it("is taken to be ours when no answer tells it", () => {
    const clock = new ServerClock();
    clock.observe(1000, 1010, { serverTimeMs: null });
    expect(clock.latest(60_000)).toBe(60_000);
    expect(clock.earliest(60_000)).toBe(58_990);
  });

  it("is learned anew when it was set", () => {
    const clock = new ServerClock();
    clock.observe(100_000, 100_000, { serverTimeMs: 100_000 });
    clock.observe(101_000, 101_000, { serverTimeMs: 501_000 });
    expect(clock.latest(600_000)).toBe(200_000);
  });
});

describe("the pause after a 429", () => {
  const retryAfter = (retryAfterMs: number) => ({ ...NO_RATE_LIMIT, retryAfterMs });

  it("forbids everything, then lets one ask, then all go", () => {
    const pause = new RateLimitPause(300_000);
    expect(pause.waitMs(0)).toBe(0);
    const before = pause.sent();
    expect(pause.limited(before, 0, retryAfter(10_000), 0)).toBe(true);
    expect([pause.waitMs(4000), pause.leftMs(4000)]).toEqual([6000, 6000]);
    expect(pause.waitMs(10_000)).toBe(0);
    const asking = pause.sent();
    expect([pause.waitMs(10_000), pause.leftMs(10_000)]).toEqual([Number.POSITIVE_INFINITY, 0]);
    pause.ended(asking, "answered");
    expect([pause.waitMs(10_000), pause.sent()]).toEqual([0, false]);
  });

  it("is one for all that were refused together", () => {
    const pause = new RateLimitPause(300_000);
    expect(pause.limited(false, 0, NO_RATE_LIMIT, 1)).toBe(true);
    expect(pause.limited(false, 900, NO_RATE_LIMIT, 1)).toBe(false);
    expect(pause.leftMs(0)).toBe(1000);
  });

  it("is not ended by what was sent before it", () => {
    const pause = new RateLimitPause(300_000);
    pause.limited(false, 0, retryAfter(10_000), 0);
    pause.ended(false, "answered");
    expect(pause.leftMs(0)).toBe(10_000);
  });

  it("lets another ask when the first one got no answer", () => {
    const pause = new RateLimitPause(300_000);
    pause.limited(false, 0, retryAfter(1000), 0);
    pause.ended(pause.sent(), "lost");
    expect(pause.waitMs(1000)).toBe(0);
    expect(pause.sent()).toBe(true);
  });

  it("grows while asking is in vain, and is short once the budget is spent", () => {
    const pause = new RateLimitPause(10_000);
    const waits: number[] = [];
    for (let nowMs = 0, asked = 0; asked < 8; asked += 1) {
      pause.limited(asked > 0 && pause.sent(), nowMs, NO_RATE_LIMIT, 1);
      waits.push(pause.leftMs(nowMs));
      nowMs += pause.leftMs(nowMs);
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 1000, 1000, 1000, 1000]);
    expect(pause.isExhausted(20_000)).toBe(true);
    pause.ended(pause.sent(), "answered");
    expect(pause.isExhausted(30_000)).toBe(false);
  });
});
