import type { IndexDay } from "./read-index.ts";
import type { RunSummary } from "./recent-runs.ts";

/** What a tenant's manifests say of its state now. */
export interface PresentState {
  /** The newest run, even if it failed. */
  readonly newest: RunSummary | null;
  /** The newest run that read the whole tenant, complete or not; without one, the newest run that read anything. */
  readonly sweep: RunSummary | null;
  readonly lastComplete: RunSummary | null;
  /** What the runs after the sweep found. */
  readonly since: {
    readonly runs: number;
    readonly changes: RunSummary["severity"];
    readonly newFindings: number;
    readonly resolved: number;
    readonly unread: number;
  };
}

/** The state of the newest runs; `days` are newest first. */
export function presentState(days: readonly IndexDay[]): PresentState {
  const runs = days.flatMap((day) => day.runs.flatMap(({ summary }) => (summary === null ? [] : [summary])));
  const read = runs.filter(({ status }) => status !== "failed");
  const sweep = read.find(({ kind, scope }) => kind === "sweep" && scope === "all") ?? read.at(0) ?? null;
  const after = sweep === null ? [] : read.slice(0, read.indexOf(sweep));
  const changes = { high: 0, medium: 0, low: 0, info: 0 };
  for (const { severity } of after) {
    changes.high += severity.high;
    changes.medium += severity.medium;
    changes.low += severity.low;
    changes.info += severity.info;
  }
  const sum = (count: (run: RunSummary) => number) => after.reduce((all, run) => all + count(run), 0);
  return {
    newest: runs.at(0) ?? null,
    sweep,
    lastComplete:
      runs.find(({ kind, scope, status }) => status === "complete" && kind === "sweep" && scope === "all") ?? null,
    since: {
      runs: after.length,
      changes,
      newFindings: sum(({ findings }) => findings.new),
      resolved: sum(({ findings }) => findings.resolved),
      unread: after.at(0)?.organizations.failed ?? 0,
    },
  };
}
