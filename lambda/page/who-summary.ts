import type { Manifest } from "../evidence/format/manifest.ts";
import { readLogs } from "../report/text/who.ts";

/** What the runs of a period say of who made the changes, from their manifests alone. */
export interface WhoSummary {
  /** Runs that read anything. */
  readonly runs: number;
  /** Those that read the tenant's logs, and those that read all of them. */
  readonly withLogs: number;
  readonly withAllLogs: number;
  /** Changes of runs with logs, by how sure it is who made them. */
  readonly attribution: Manifest["summary"]["attribution"];
  /** Temporary changes. */
  readonly undone: number;
}

/** Sums up some runs. */
export function whoSummary(all: readonly Manifest[]): WhoSummary {
  const runs = all.filter(({ status }) => status !== "failed");
  const withLogs = runs.filter(readLogs);
  const sum = (count: (summary: Manifest["summary"]) => number) =>
    withLogs.reduce((total, { summary }) => total + count(summary), 0);
  return {
    runs: runs.length,
    withLogs: withLogs.length,
    withAllLogs: withLogs.filter(({ logs }) => logs?.complete).length,
    attribution: {
      certain: sum(({ attribution }) => attribution.certain),
      likely: sum(({ attribution }) => attribution.likely),
      none: sum(({ attribution }) => attribution.none),
    },
    undone: sum(({ undone }) => undone),
  };
}
