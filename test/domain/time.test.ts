import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  ALWAYS,
  isRunIn,
  parseInstant,
  parseRunId,
  runDay,
  runIdAt,
  runInstant,
  timestamp,
} from "../../lambda/domain/time.ts";

describe("an instant", () => {
  it.each([
    ["2026-03-03T06:00:00Z", "2026-03-03T06:00:00.000Z"],
    ["2026-03-03T06:00Z", "2026-03-03T06:00:00.000Z"],
    ["2026-03-03T08:00:00.5+02:00", "2026-03-03T06:00:00.500Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
  ])("is read from %s", (text, expected) => {
    const instant = parseInstant(text);
    expect(instant === null ? null : timestamp(instant)).toBe(expected);
  });

  it.each([
    "",
    "yesterday",
    "2026-03-03",
    "2026-03-03T06:00:00",
    "2026-02-30T06:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-03-03T25:00:00Z",
    "1969-12-31T23:59:59Z",
    "9999-12-31T23:59:59-01:00",
    "2026-03-03T06:00:00Z\n",
  ])("is not read from %j", (text) => {
    expect(parseInstant(text)).toBeNull();
  });
});

describe("a run's ID", () => {
  it("names the second and the day", () => {
    const runId = runIdAt(Date.UTC(2026, 2, 3, 6, 0, 7, 999));
    expect(runId).toBe("20260303T060007Z");
    expect(runDay(runId)).toBe("2026-03-03");
  });

  it("is read back as the instant that it names", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) / 1000 }), (seconds) => {
        const runId = parseRunId(runIdAt(seconds * 1000));
        expect(runId === null ? null : runInstant(runId)).toBe(seconds * 1000);
      }),
    );
  });

  it.each(["", "20260303T060000", "20260230T060000Z", "20260303T256060Z", "../../etc"])("is not %j", (text) => {
    expect(parseRunId(text)).toBeNull();
  });
});

describe("a range of instants", () => {
  it("holds the runs between its ends, both included", () => {
    const [early, run, late] = [0, 1000, 2000].map((milliseconds) => ({ runId: runIdAt(milliseconds), milliseconds }));
    if (early === undefined || run === undefined || late === undefined) throw new Error("There are three.");
    const range = { fromMs: run.milliseconds, toMs: run.milliseconds };
    expect([early, run, late].map(({ runId }) => isRunIn(runId, range))).toEqual([false, true, false]);
    expect([early, run, late].every(({ runId }) => isRunIn(runId, ALWAYS))).toBe(true);
  });
});
