import type { Summary } from "../changes/summary.ts";
import { SEVERITIES } from "../domain/change.ts";
import type { RunId, Timestamp } from "../domain/identifiers.ts";
import type { RunStatus } from "../domain/run.ts";
import type { Manifest, ManifestReference } from "../evidence/format/manifest.ts";

/** A report charts at most this many runs, its own run included. */
export const MAX_RECENT_RUNS = 30;

/** The part of a manifest that charts and the index show. Its size does not depend on the tenant. */
export interface RunSummary extends Pick<Summary, "organizations" | "connections" | "severity"> {
  readonly runId: RunId;
  readonly status: RunStatus;
  readonly startedAt: Timestamp;
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

export function runSummary({ runId, status, startedAt, summary }: Manifest): RunSummary {
  const { organizations, connections, severity } = summary;
  return { runId, status, startedAt, organizations, connections, severity };
}

/** The number of changes, all severities together. */
export function changesIn(severity: RunSummary["severity"]): number {
  return SEVERITIES.reduce((sum, one) => sum + severity[one], 0);
}

/** The last complete run among the recent ones. */
export function lastComplete({ runs }: RecentRuns): RunSummary | null {
  return runs.findLast(({ status }) => status === "complete") ?? null;
}
