import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Domain, RunId, Timestamp } from "../../lambda/domain/identifiers.ts";
import { tenantOf } from "../../lambda/domain/tenant.ts";
import { chartDays } from "../../lambda/report/chart-days.ts";
import { renderIndex } from "../../lambda/report/html/index-page.ts";
import { presentState } from "../../lambda/report/present-state.ts";
import { indexDays } from "../../lambda/report/read-index.ts";
import { changesIn, type RunSummary } from "../../lambda/report/recent-runs.ts";
import { completeText, presentText, sinceText } from "../../lambda/report/text/present-state.ts";
import { chain } from "../support/situations.ts";

const TENANT = tenantOf("acme.eu.auth0.com" as Domain);
const [FIRST] = chain(1);
if (FIRST === undefined) throw new Error("There is no run.");

const run = (time: string, other: Partial<RunSummary> = {}): RunSummary => {
  const at = `${time}:00.000Z` as Timestamp;
  const runId = at.replaceAll(/[-:]|\.\d+/g, "") as RunId;
  const severity = { high: 0, medium: 0, low: 0, info: 0 };
  return { ...FIRST, runId, time: at, startedAt: at, status: "complete", severity, ...other };
};

const update = (time: string, other: Partial<RunSummary> = {}) =>
  run(time, { kind: "update", organizations: { requested: 1, observed: 1, failed: 0, deleted: 0 }, ...other });
const days = (...runs: readonly RunSummary[]) => indexDays(runs.map((summary) => ({ runId: summary.runId, summary })));
const unread = (failed: number) => ({ requested: 10, observed: 10 - failed, failed, deleted: 0 });
const high = (count: number) => ({ high: count, medium: 0, low: 0, info: 0 });

describe("the present state", () => {
  it("is that of the last sweep, and what was found since", () => {
    const state = presentState(
      days(
        run("2026-03-01T06:00"),
        run("2026-03-02T06:00", { status: "partial", organizations: unread(2) }),
        update("2026-03-02T07:00", { severity: high(3), findings: { open: high(1), new: 2, resolved: 1 } }),
        update("2026-03-02T08:00", { organizations: unread(1) }),
      ),
    );
    expect(presentText(state)).toBe("2 of 10 Organizations could not be read.");
    expect(completeText(state)).toBe("Last complete run: 2026-03-01 06:00 UTC.");
    expect(sinceText(state)).toBe(
      "2 runs since then: 3 changes, 2 new findings, 1 resolved. The newest could not read 1 Organization.",
    );
  });

  it("says that the last run failed, and what the run before it read", () => {
    const state = presentState(days(run("2026-03-01T06:00"), run("2026-03-02T06:00", { status: "failed" })));
    expect(presentText(state)).toBe("The last run failed (2026-03-02 06:00 UTC). All 400 Organizations were read.");
    expect(sinceText(state)).toBeNull();
  });

  it("of a tenant without runs says so", () => {
    expect(presentText(presentState([]))).toBe("No run is recorded.");
    expect(completeText(presentState([]))).toBe("No complete run of the whole tenant is listed.");
  });
});

describe("the index", () => {
  it("folds the updates of a day and lists only those with something to say", () => {
    const quiet = Array.from({ length: 11 }, (_, index) =>
      update(`2026-03-02T${String(7 + index).padStart(2, "0")}:00`),
    );
    const page = renderIndex(
      TENANT,
      days(run("2026-03-02T06:00"), ...quiet, update("2026-03-02T20:00", { severity: high(3) })),
    );
    expect(page).toContain("<summary>12 updates, 3 changes</summary>");
    expect(page.match(/href="dt=/g)).toHaveLength(2);
    expect(page).toContain("changes: 3 high");
  });

  it("counts runs that are not listed", () => {
    const runs = [{ runId: run("2026-03-02T06:00").runId, summary: run("2026-03-02T06:00") }];
    expect(renderIndex(TENANT, indexDays(runs, new Map([["2026-03-02", 289]])))).toContain("288 more runs not listed");
  });

  it("shows no zeros for a failed run", () => {
    const page = renderIndex(TENANT, days(run("2026-03-02T06:00", { status: "failed" })));
    const [, body = ""] = page.split("<tbody>\n").slice(-1)[0]?.split("2026-03-02 06:00") ?? [];
    expect(body).not.toMatch(/>0</);
    expect(body.match(/>–</g)).toHaveLength(7);
  });
});

describe("the days of a chart", () => {
  it("have a gap for each day without a run, and mark failed runs", () => {
    const charted = chartDays([
      run("2026-03-01T06:00", { severity: high(2) }),
      run("2026-03-04T06:00", { status: "failed" }),
      update("2026-03-04T07:00", { severity: high(1), organizations: unread(3) }),
    ]);
    expect(charted.map(({ day, runs, failed }) => [day, runs, failed])).toEqual([
      ["2026-03-01", 1, 0],
      ["2026-03-02", 0, 0],
      ["2026-03-03", 0, 0],
      ["2026-03-04", 2, 1],
    ]);
    expect(charted.at(-1)?.counts).toMatchObject({ high: 1, unread: 3 });
  });

  it("are at most 30, in a row, and have all changes of the runs in them", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 90 }), { minLength: 1 }), (offsets) => {
        const runs = offsets
          .toSorted((left, right) => left - right)
          .map((offset) =>
            run(new Date(Date.UTC(2026, 0, 1 + offset, 6)).toISOString().slice(0, 16), { severity: high(offset) }),
          );
        const charted = chartDays(runs);
        expect(charted.length).toBeLessThanOrEqual(30);
        const dates = charted.map(({ day }) => Date.parse(day));
        expect(dates.slice(1).every((date, index) => date - (dates[index] ?? 0) === 86_400_000)).toBe(true);
        const first = charted[0]?.day ?? "";
        const expected = runs
          .filter(({ time }) => time >= first)
          .reduce((sum, one) => sum + changesIn(one.severity), 0);
        expect(charted.reduce((sum, { counts }) => sum + counts.high, 0)).toBe(expected);
      }),
    );
  });
});
