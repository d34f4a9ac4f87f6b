import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type BucketOptions, DemoBucket } from "../../lambda/demo/bucket.ts";

const AT = Date.UTC(2026, 2, 3);
const options: fc.Arbitrary<BucketOptions> = fc.record({
  kind: fc.constantFrom("drip" as const, "window" as const),
  limit: fc.integer({ min: 1, max: 1200 }),
  perSecond: fc.double({ min: 0.1, max: 500, noNaN: true }),
  reset: fc.constantFrom("full" as const, "next" as const),
});

describe("a bucket of the demo tenant", () => {
  it("allows a burst of its size and then refuses, taking nothing", () => {
    const bucket = new DemoBucket({ kind: "drip", limit: 3, perSecond: 1 }, AT);
    const states = Array.from({ length: 5 }, () => bucket.take(AT));
    expect(states.map(({ isAllowed }) => isAllowed)).toEqual([true, true, true, false, false]);
    expect(states.map(({ remaining }) => remaining)).toEqual([2, 1, 0, 0, 0]);
  });

  it("refills continuously, and reports when it is full again", () => {
    const bucket = new DemoBucket({ kind: "drip", limit: 5, perSecond: 50 / 60 }, AT);
    for (let taken = 0; taken < 5; taken += 1) bucket.take(AT);
    expect(bucket.take(AT + 1000)).toMatchObject({ isAllowed: false, resetSeconds: AT / 1000 + 6 });
    expect(bucket.take(AT + 1200)).toMatchObject({ isAllowed: true, remaining: 0 });
    expect(bucket.take(AT + 60_000)).toMatchObject({ isAllowed: true, remaining: 4 });
  });

  it("reports when the next request is added, when reset is next", () => {
    const bucket = new DemoBucket({ kind: "drip", limit: 5, perSecond: 0.1, reset: "next" }, AT);
    expect(bucket.take(AT)).toMatchObject({ remaining: 4, resetSeconds: AT / 1000 + 10 });
    expect(bucket.take(AT + 4000)).toMatchObject({ remaining: 3, resetSeconds: AT / 1000 + 10 });
  });

  it("is refilled at the end of a window, and reports when that is", () => {
    const bucket = new DemoBucket({ kind: "window", limit: 2, perSecond: 0.2 }, AT);
    expect(bucket.take(AT + 3000)).toMatchObject({ remaining: 1, resetSeconds: AT / 1000 + 10 });
    bucket.take(AT + 3000);
    expect(bucket.take(AT + 9999).isAllowed).toBe(false);
    expect(bucket.take(AT + 10_000)).toMatchObject({ isAllowed: true, remaining: 1, resetSeconds: AT / 1000 + 20 });
    expect(bucket.take(AT + 35_000).resetSeconds).toBe(AT / 1000 + 40);
  });

  it("can change its size and refill", () => {
    const bucket = new DemoBucket({ kind: "drip", limit: 10, perSecond: 1 }, AT);
    bucket.change({ kind: "drip", limit: 4, perSecond: 2 }, AT);
    expect(bucket.take(AT)).toMatchObject({ limit: 4, remaining: 3 });
  });

  it("never allows more than its size and its refill together", () => {
    fc.assert(
      fc.property(options, fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 200 }), (made, gaps) => {
        const bucket = new DemoBucket(made, AT);
        let nowMs = AT;
        let allowed = 0;
        for (const gap of gaps) {
          nowMs += gap;
          const state = bucket.take(nowMs);
          if (state.isAllowed) allowed += 1;
          expect(state.remaining).toBeGreaterThanOrEqual(0);
          expect(state.remaining).toBeLessThan(made.limit);
          expect(state.resetSeconds * 1000).toBeGreaterThanOrEqual(nowMs);
        }
        const refilled = ((nowMs - AT) / 1000) * made.perSecond;
        expect(allowed).toBeLessThanOrEqual(made.limit + refilled + 1e-6);
      }),
    );
  });
});
