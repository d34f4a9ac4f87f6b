import { describe, expect, it } from "@jest/globals";
import { ALWAYS, runIdAt, timestamp } from "../../../lambda/domain/time.ts";
import { uncoveredPeriods, usualIntervalMs } from "../../../lambda/evidence/query/coverage.ts";
import { situationOf } from "../../support/situations.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FIRST_MS = Date.UTC(2026, 2, 3, 6);

/** Runs that start and are completed at these times after the first one. */
function runsAt(times: readonly number[], isScheduled = true) {
  return times.map((time) => {
    const at = timestamp(FIRST_MS + time);
    const { manifest } = situationOf("unchanged");
    const scheduledAt = isScheduled ? at : null;
    return { ...manifest, runId: runIdAt(FIRST_MS + time), scheduledAt, startedAt: at, completedAt: at };
  });
}

describe("the usual interval between runs", () => {
  it("is the median of the scheduled ones", () => {
    expect(usualIntervalMs(runsAt([0, 1, 2, 9].map((hour) => hour * HOUR_MS)))).toBe(HOUR_MS);
    expect(usualIntervalMs(runsAt([0, 7, 14, 21, 100].map((day) => day * DAY_MS)))).toBe(7 * DAY_MS);
  });

  it("is a day when no schedule is visible, and at least an hour", () => {
    expect(usualIntervalMs([])).toBe(DAY_MS);
    expect(usualIntervalMs(runsAt([0, 9 * DAY_MS]))).toBe(DAY_MS);
    expect(usualIntervalMs(runsAt([0, HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS], false))).toBe(DAY_MS);
    expect(usualIntervalMs(runsAt([0, 1_000, 2_000, 3_000]))).toBe(HOUR_MS);
  });
});

describe("the periods that no run covers", () => {
  const days = (...all: readonly number[]) => runsAt(all.map((one) => one * DAY_MS));
  const at = (dayNumber: number) => timestamp(FIRST_MS + dayNumber * DAY_MS);

  it("are those between runs that are much longer than usual", () => {
    expect(uncoveredPeriods(days(0, 1, 2.4, 4.4), ALWAYS, DAY_MS)).toEqual([{ from: at(2.4), until: at(4.4) }]);
  });

  it("include the start and the end of the range, and all of a range without a run", () => {
    const range = { fromMs: FIRST_MS - 3 * DAY_MS, toMs: FIRST_MS + 3 * DAY_MS };
    expect(uncoveredPeriods(days(0), range, DAY_MS)).toEqual([
      { from: at(-3), until: at(0) },
      { from: at(0), until: at(3) },
    ]);
    expect(uncoveredPeriods([], range, DAY_MS)).toEqual([{ from: at(-3), until: at(3) }]);
    expect(uncoveredPeriods([], ALWAYS, DAY_MS)).toEqual([]);
  });
});
