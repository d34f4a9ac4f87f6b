import * as v from "valibot";
import { SEVERITIES } from "../domain/change.ts";
import type { RunId } from "../domain/identifiers.ts";
import { count, runId, timestamp } from "../evidence/format/values.ts";
import type { RunSummary } from "./recent-runs.ts";

/** The index lists at most this many runs: more than a year of daily runs. */
export const MAX_INDEX_RUNS = 400;
const INDEX_VERSION = "1.0";

/** A run in the index. `summary` is null when this version cannot read the run's manifest. */
export interface IndexRun {
  readonly runId: RunId;
  readonly summary: RunSummary | null;
}

const indexSchema = v.object({
  index_version: v.literal(INDEX_VERSION),
  runs: v.array(
    v.object({
      run_id: runId.schema,
      status: v.picklist(["complete", "partial", "failed"]),
      started_at: timestamp.schema,
      organizations: v.object(v.entriesFromList(["requested", "observed", "failed", "deleted"], count.schema)),
      connections: count.schema,
      severity: v.object(v.entriesFromList(SEVERITIES, count.schema)),
    }),
  ),
});

/** The content of index.json, newest run first. Runs without a summary are left out. */
export function encodeIndex(runs: readonly IndexRun[]): string {
  const summaries = runs.flatMap(({ summary }) => (summary === null ? [] : [summary]));
  const stored = summaries.map(({ runId, status, startedAt, organizations, connections, severity }) => ({
    run_id: runId,
    status,
    started_at: startedAt,
    organizations,
    connections,
    severity: Object.fromEntries(SEVERITIES.map((one) => [one, severity[one]])),
  }));
  return `${JSON.stringify({ index_version: INDEX_VERSION, runs: stored }, null, 1)}\n`;
}

/** Reads index.json, newest run first. The file is derived, so invalid content is read as an empty index. */
export function decodeIndex(text: string): readonly RunSummary[] {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), indexSchema), text);
  if (!result.success) return [];
  return result.output.runs.map(({ run_id: runId, started_at: startedAt, ...rest }) => ({ runId, startedAt, ...rest }));
}
