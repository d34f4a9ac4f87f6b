import { describe, expect, it } from "@jest/globals";
import { EMPTY_SUMMARY } from "../../lambda/changes/summary.ts";
import { timestamp } from "../../lambda/domain/time.ts";
import type { Manifest } from "../../lambda/evidence/format/manifest.ts";
import { chartedRuns, foldedRuns } from "../../lambda/page/folded-runs.ts";
import { whoSummary } from "../../lambda/page/who-summary.ts";
import { readEvidence } from "../support/audit-harness.ts";
import { auditDemoDays } from "../support/demo-days.ts";
import { memoryEvidenceStore } from "../support/memory-evidence-store.ts";

const START_MS = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

const store = memoryEvidenceStore();
await auditDemoDays(store, 1);
const key = [...store.objects.keys()].find((one) => one.startsWith("v1/manifests/")) ?? "";
const runId = /(\d{8}T\d{6}Z)\.json$/.exec(key)?.[1] ?? "";
const { manifest } = await readEvidence(store, runId as Manifest["runId"]);

/** A run that was completed some minutes after the start of the year. */
function runAt(minute: number, kind: Manifest["kind"], other: Partial<Manifest> = {}): Manifest {
  return { ...manifest, kind, completedAt: timestamp(START_MS + minute * MINUTE_MS), ...other };
}

describe("a list of runs", () => {
  it("has one row a day for a year of updates every five minutes, and each sweep", () => {
    const all: Manifest[] = [];
    for (let minute = 0; minute < 365 * DAY_MINUTES; minute += 5)
      all.push(runAt(minute, minute % DAY_MINUTES === 360 ? "sweep" : "update"));
    const rows = foldedRuns(all.toReversed());
    expect(rows).toHaveLength(2 * 365);
    expect(rows.map((row) => ("updates" in row ? row.updates.runs : 1)).reduce((sum, one) => sum + one)).toBe(
      all.length,
    );
    const [newest, second] = rows;
    expect(newest).toMatchObject({ updates: { day: "2026-12-31", runs: 287 } });
    expect(second).toMatchObject({ run: { kind: "sweep", completedAt: "2026-12-31T06:00:00.000Z" } });
    expect(chartedRuns(all)).toHaveLength(2 * 365);
  });

  it("shows a single update of a day as a run, and the worst status of several", () => {
    const severity = { high: 1, medium: 0, low: 2, info: 0 };
    const organizations = { requested: 3, observed: 2, failed: 1, deleted: 0 };
    const changed = { summary: { ...EMPTY_SUMMARY, organizations, severity } };
    const runs = [
      runAt(5, "update"),
      runAt(DAY_MINUTES + 5, "update", changed),
      runAt(DAY_MINUTES + 10, "update", { ...changed, status: "partial" }),
    ];
    const [day, single] = foldedRuns(runs.toReversed());
    expect(day).toEqual({
      updates: {
        day: "2026-01-02",
        runs: 2,
        status: "partial",
        severity: { high: 2, medium: 0, low: 4, info: 0 },
        observed: 4,
        failed: 1,
      },
    });
    expect(single).toEqual({ run: runs[0] });
    expect(chartedRuns(runs).map((one) => one.severity.high)).toEqual([0, 2]);
  });
});

describe("who made the changes of some runs", () => {
  it("is counted in runs that read the logs alone, and never in a failed run", () => {
    const logs = { from: manifest.startedAt, until: manifest.completedAt, complete: true, because: null, entries: 1 };
    const summary = { ...EMPTY_SUMMARY, attribution: { certain: 2, likely: 1, none: 1 }, undone: 3 };
    const denied = { ...logs, complete: false, because: "logs_not_granted" };
    const runs = [
      runAt(0, "sweep", { logs, summary }),
      runAt(5, "sweep", { logs: { ...logs, complete: false, because: "logs_expired" }, summary }),
      runAt(10, "sweep", { logs: denied, summary }),
      runAt(15, "sweep", { logs: null, summary }),
      runAt(20, "sweep", { status: "failed", logs, summary }),
    ];
    expect(whoSummary(runs)).toEqual({
      runs: 4,
      withLogs: 2,
      withAllLogs: 1,
      attribution: { certain: 4, likely: 2, none: 2 },
      undone: 6,
    });
  });
});
