import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ServerClock } from "../../../lambda/auth0/rate-limit/server-clock.ts";

describe("when a reset is due by our clock", () => {
  const latency = fc.record({ up: fc.integer({ min: 0, max: 500 }), down: fc.integer({ min: 0, max: 500 }) });

  it("lies in the range, whatever the difference between the clocks and the latencies", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e10, max: 1e10 }),
        fc.array(fc.tuple(latency, fc.integer({ min: 0, max: 5000 })), { minLength: 1, maxLength: 30 }),
        (aheadMs, answers) => {
          const clock = new ServerClock();
          let nowMs = 1_772_517_600_123;
          for (const [{ down, up }, restMs] of answers) {
            const madeMs = nowMs + up;
            clock.observe(nowMs, madeMs + down, Math.floor((madeMs + aheadMs) / 1000) * 1000);
            nowMs = madeMs + down + restMs;
          }
          const resetMs = 1_772_517_700_000;
          const { earliestMs, latestMs } = clock.range(resetMs);
          expect(earliestMs).toBeLessThanOrEqual(resetMs - 1000 - aheadMs);
          expect(latestMs).toBeGreaterThanOrEqual(resetMs - aheadMs);
        },
      ),
    );
  });

  it("is narrowed down to the second of the header by answers at every moment of a second", () => {
    const clock = new ServerClock();
    for (let nowMs = 100_000; nowMs < 101_000; nowMs += 10)
      clock.observe(nowMs, nowMs, Math.floor((nowMs + 77_770) / 1000) * 1000);
    expect(clock.range(200_000)).toEqual({ earliestMs: 121_220, latestMs: 122_230 });
  });

  it("assumes that the clocks agree when no answer has a Date", () => {
    const clock = new ServerClock();
    clock.observe(1000, 1010, null);
    expect(clock.range(60_000)).toEqual({ earliestMs: 58_990, latestMs: 60_000 });
  });

  it("follows a clock that was adjusted", () => {
    const clock = new ServerClock();
    clock.observe(100_000, 100_000, 100_000);
    clock.observe(101_000, 101_000, 501_000);
    expect(clock.range(600_000).latestMs).toBe(200_000);
  });
});
