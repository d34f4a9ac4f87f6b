import type { FindingCounts, Summary } from "../changes/summary.ts";
import { SEVERITIES } from "../domain/change.ts";
import type { RunId, Timestamp } from "../domain/identifiers.ts";
import type { RunKind, RunStatus, ScopeKind } from "../domain/run.ts";
import type { Manifest, ManifestReference } from "../evidence/format/manifest.ts";

/** A report charts at most this many runs, its own run included. */
export const MAX_RECENT_RUNS = 30;

/** The part of a manifest that charts and the index show. Its size does not depend on the tenant. */
export interface RunSummary extends Pick<Summary, "organizations" | "connections" | "severity"> {
  readonly runId: RunId;
  readonly status: RunStatus;
  readonly kind: RunKind;
  readonly scope: ScopeKind;
  /** As people name it: see `timeOfRun`. */
  readonly time: Timestamp;
  readonly startedAt: Timestamp;
  /** Open findings by severity; all zero for a run that judged nothing. */
  readonly findings: Pick<FindingCounts, "open" | "new" | "resolved">;
  /** Whether it was judged by a policy. */
  readonly isJudged: boolean;
}

/** A manifest that does not match the reference in the manifest of the following run. */
export interface BrokenLink {
  readonly reference: ManifestReference;
  readonly problem: "missing" | "altered" | "unreadable";
}

/** A run and the runs before it, read by following the chain of manifests back. */
export interface RecentRuns {
  /** Oldest first. The last one is the run itself. At most `MAX_RECENT_RUNS`. */
  readonly runs: readonly RunSummary[];
  /** The link at which reading stopped; null when every link was valid. */
  readonly broken: BrokenLink | null;
}

export function runSummary(manifest: Manifest): RunSummary {
  const { kind, policy, runId, scope, startedAt, status, summary } = manifest;
  const { connections, organizations, severity } = summary;
  const { open, new: fresh, resolved } = summary.findings;
  return {
    runId,
    status,
    kind,
    scope,
    time: timeOfRun(manifest),
    startedAt,
    organizations,
    connections,
    severity,
    findings: { open, new: fresh, resolved },
    isJudged: policy !== null && status !== "failed",
  };
}

/** The time for which a run was scheduled; when it was started, if it had no schedule or was given another time. */
export function timeOfRun({ scheduledAt, scheduledTimeGiven, startedAt }: Manifest): Timestamp {
  return scheduledTimeGiven ? startedAt : (scheduledAt ?? startedAt);
}

/** The number of changes, all severities together. */
export function changesIn(severity: RunSummary["severity"]): number {
  return SEVERITIES.reduce((sum, one) => sum + severity[one], 0);
}

/** The last complete run among the recent ones. */
export function lastComplete({ runs }: RecentRuns): RunSummary | null {
  return runs.findLast(({ status }) => status === "complete") ?? null;
}
