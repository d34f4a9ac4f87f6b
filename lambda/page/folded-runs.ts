import { SEVERITIES, type Severity } from "../domain/change.ts";
import type { RunStatus } from "../domain/run.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import { type RunSummary, runSummary } from "../report/recent-runs.ts";

/** The updates of one day (UTC) together: there may be one every few minutes. */
export interface DayOfUpdates {
  readonly day: string;
  readonly runs: number;
  /** The worst one of the day. */
  readonly status: RunStatus;
  /** Changes and read Organizations of all of them. */
  readonly severity: Readonly<Record<Severity, number>>;
  readonly observed: number;
  /** The most Organizations that one of them could not read. */
  readonly failed: number;
}

/** A run of its own, or the updates of a day. */
export type RunRow = { readonly run: Manifest } | { readonly updates: DayOfUpdates };

/** Some runs, newest first, with the updates of each day as one row where the newest of them is. */
export function foldedRuns(newestFirst: readonly Manifest[]): readonly RunRow[] {
  const byDay = Map.groupBy(newestFirst.filter(isUpdate), dayOf);
  return newestFirst.flatMap((run): readonly RunRow[] => {
    if (!isUpdate(run)) return [{ run }];
    const day = dayOf(run);
    const alike = byDay.get(day) ?? [run];
    if (alike.length === 1) return [{ run }];
    return alike[0] === run ? [{ updates: together(day, alike) }] : [];
  });
}

/** The same for a chart, oldest first: the updates of a day are counted as one run. */
export function chartedRuns(oldestFirst: readonly Manifest[]): readonly RunSummary[] {
  const byDay = Map.groupBy(oldestFirst.filter(isUpdate), dayOf);
  return oldestFirst.flatMap((run): readonly RunSummary[] => {
    const alike = isUpdate(run) ? (byDay.get(dayOf(run)) ?? [run]) : [run];
    if (alike.at(-1) !== run) return [];
    const summary = runSummary(run);
    if (alike.length === 1) return [summary];
    const { failed, severity, status } = together(dayOf(run), alike);
    return [{ ...summary, severity, status, organizations: { ...summary.organizations, failed } }];
  });
}

/** The day (UTC) on which a run was completed. */
export function dayOf({ completedAt }: Pick<Manifest, "completedAt">): string {
  return completedAt.slice(0, 10);
}

function isUpdate({ kind }: Manifest): boolean {
  return kind === "update";
}

const WORST_FIRST: readonly RunStatus[] = ["failed", "partial", "complete"];

function together(day: string, runs: readonly Manifest[]): DayOfUpdates {
  const severity: Record<Severity, number> = { high: 0, medium: 0, low: 0, info: 0 };
  let observed = 0;
  let failed = 0;
  for (const { summary } of runs) {
    for (const one of SEVERITIES) severity[one] += summary.severity[one];
    observed += summary.organizations.observed;
    failed = Math.max(failed, summary.organizations.failed);
  }
  const status = WORST_FIRST.find((one) => runs.some((run) => run.status === one)) ?? "complete";
  return { day, runs: runs.length, status, severity, observed, failed };
}
