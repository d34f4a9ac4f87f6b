import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type ChunkBounds, planChunk, type SweepState } from "../../lambda/audit/chunk-plan.ts";

const BOUNDS: ChunkBounds = {
  usualMs: 600_000,
  longestMs: 825_000,
  usualOrganizations: 20_000,
  mostOrganizations: 20_000,
  operations: 2,
};
const START: SweepState = { organizationsLeft: 1_000, operationsLeft: 2_900, last: null, isFirst: false };
/** What a chunk of ten minutes does at so many reads a minute. */
const atPace = (perMinute: number) => ({ organizations: 10 * perMinute, elapsedMs: 600_000 });

describe("a chunk", () => {
  it("is a usual one while the pace is not known, and while usual ones suffice", () => {
    const usual = { organizations: 20_000, deadlineMs: 600_000 };
    expect(planChunk(BOUNDS, START)).toMatchObject(usual);
    expect(
      planChunk(BOUNDS, { ...START, organizationsLeft: 1_000_000, last: atPace(100), isFirst: true }),
    ).toMatchObject(usual);
    expect(planChunk(BOUNDS, { ...START, last: { organizations: 0, elapsedMs: 5 }, isFirst: true })).toMatchObject(
      usual,
    );
  });

  it("is longer where the tenant needs it: 1,900,000 Organizations at 100 a minute", () => {
    const { deadlineMs } = planChunk(BOUNDS, {
      ...START,
      organizationsLeft: 1_900_000,
      last: atPace(100),
      isFirst: true,
    });
    expect(deadlineMs).toBeGreaterThan(600_000);
    expect(deadlineMs).toBeLessThanOrEqual(825_000);
  });

  it("holds more Organizations where small ones would be too many", () => {
    const local = { ...BOUNDS, usualOrganizations: 200, operations: 1 };
    expect(planChunk(local, { ...START, organizationsLeft: 2_000_000 }).organizations).toBe(690);
  });
});

describe("a tenant is refused, with the figures and what would help,", () => {
  it("when the pace of the first chunk shows that the execution cannot hold it", () => {
    const state = { ...START, organizationsLeft: 2_000_000, last: atPace(50), isFirst: true };
    expect(() => planChunk(BOUNDS, state)).toThrow(expect.objectContaining({ code: "too_many_organizations" }));
  });

  it("when there are more than the chunks that are left can hold", () => {
    expect(() => planChunk(BOUNDS, { ...START, organizationsLeft: 100_000, operationsLeft: 8 })).toThrow(
      "100,000 Organizations are left to read, and one execution holds 4 more chunks of 20,000",
    );
    expect(() => planChunk(BOUNDS, { ...START, operationsLeft: 1 })).toThrow("too large");
  });

  it("but not for one slow chunk later on", () => {
    const state = { ...START, organizationsLeft: 1_900_000, last: atPace(5), isFirst: false };
    expect(planChunk(BOUNDS, state).deadlineMs).toBe(825_000);
  });
});

it("chunks that do as planned end within the operations, at any pace and size", () => {
  const tenants = fc.record({
    total: fc.integer({ min: 1, max: 2_000_000 }),
    perMinute: fc.integer({ min: 20, max: 12_000 }),
  });
  fc.assert(
    fc.property(tenants, ({ perMinute, total }) => {
      let state: SweepState = { ...START, organizationsLeft: total };
      for (let chunk = 0; state.organizationsLeft > 0; chunk += 1) {
        let plan: ReturnType<typeof planChunk>;
        try {
          plan = planChunk(BOUNDS, { ...state, isFirst: chunk === 1 });
        } catch {
          expect(chunk).toBe(1);
          return;
        }
        const read = Math.ceil(
          Math.min(plan.organizations, state.organizationsLeft, (plan.deadlineMs * perMinute) / 60_000),
        );
        const last = { organizations: read, elapsedMs: (read / perMinute) * 60_000 };
        state = {
          ...state,
          last,
          organizationsLeft: state.organizationsLeft - read,
          operationsLeft: state.operationsLeft - 2,
        };
      }
      expect(state.operationsLeft).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 50 },
  );
});
