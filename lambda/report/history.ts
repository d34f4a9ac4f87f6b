import * as v from "valibot";
import type { Summary } from "../changes/summary.ts";
import type { Severity } from "../domain/change.ts";
import { SEVERITIES } from "../domain/change.ts";
import type { RunId, Timestamp } from "../domain/identifiers.ts";
import type { RunStatus } from "../domain/run.ts";
import type { Manifest, ManifestReference } from "../evidence/format/manifest.ts";
import { count, runId, timestamp } from "../evidence/format/values.ts";

/** A report's picture shows so many runs, its own included. */
export const HISTORY_RUNS = 30;
/** The index lists so many runs: more than a year of daily ones. */
export const INDEX_RUNS = 400;

/** One run in a line: what its manifest says of it, in bounded size. */
export interface HistoryEntry {
  readonly runId: RunId;
  readonly status: RunStatus;
  readonly startedAt: Timestamp;
  readonly organizations: Summary["organizations"];
  readonly connections: number;
  readonly severity: Readonly<Record<Severity, number>>;
}

/** A link of the chain that does not hold: the manifest that the run after it names. */
export interface BrokenLink {
  readonly reference: ManifestReference;
  readonly problem: "missing" | "altered" | "unreadable";
}

/** The runs up to one run, as its chain of manifests tells them. */
export interface History {
  /** Oldest first; the last one is the run itself. At most `HISTORY_RUNS`. */
  readonly runs: readonly HistoryEntry[];
  /** Where the chain broke off before that; null when every link held. */
  readonly broken: BrokenLink | null;
}

/** What the index says of one run; `entry` is null where this version cannot read the run's manifest. */
export interface IndexRun {
  readonly runId: RunId;
  readonly entry: HistoryEntry | null;
}

export function historyEntry({ runId, status, startedAt, summary }: Manifest): HistoryEntry {
  const { organizations, connections, severity } = summary;
  return { runId, status, startedAt, organizations, connections, severity };
}

/** Changes of a run, of whatever severity. */
export function changesIn(severity: HistoryEntry["severity"]): number {
  return SEVERITIES.reduce((sum, one) => sum + severity[one], 0);
}

const INDEX_VERSION = "1.0";

const indexSchema = v.looseObject({
  index_version: v.literal(INDEX_VERSION),
  runs: v.array(
    v.looseObject({
      run_id: runId.schema,
      status: v.picklist(["complete", "partial", "failed"]),
      started_at: timestamp.schema,
      organizations: v.object(v.entriesFromList(["requested", "observed", "failed", "deleted"], count.schema)),
      connections: count.schema,
      severity: v.object(v.entriesFromList(SEVERITIES, count.schema)),
    }),
  ),
});

/** The runs of the index for programs, and for the next index: newest first. Unreadable ones are left out. */
export function encodeIndex(runs: readonly IndexRun[]): string {
  const readable = runs.flatMap(({ entry }) => (entry === null ? [] : [entry]));
  const stored = readable.map(({ runId, status, startedAt, organizations, connections, severity }) => ({
    run_id: runId,
    status,
    started_at: startedAt,
    organizations,
    connections,
    severity: Object.fromEntries(SEVERITIES.map((one) => [one, severity[one]])),
  }));
  return `${JSON.stringify({ index_version: INDEX_VERSION, runs: stored }, null, 1)}\n`;
}

/** Reads a stored index, newest first. It is derived and may be anything: what is not sound is no entry at all. */
export function decodeIndex(text: string): readonly HistoryEntry[] {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), indexSchema), text);
  if (!result.success) return [];
  return result.output.runs.map((stored) => ({
    runId: stored.run_id,
    status: stored.status,
    startedAt: stored.started_at,
    organizations: stored.organizations,
    connections: stored.connections,
    severity: stored.severity,
  }));
}
