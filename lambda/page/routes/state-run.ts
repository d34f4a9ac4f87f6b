import { ConfigurationError } from "../../domain/errors.ts";
import type { Manifest } from "../../evidence/format/manifest.ts";
import { type RunChoice, runUntil } from "../../evidence/query/choose-run.ts";
import type { RecordedRuns } from "../../evidence/query/recorded-runs.ts";
import { lastSnapshot } from "../archive.ts";

/** The run whose state a page shows: the chosen one, or the last. Throws `ConfigurationError`, `EvidenceError`. */
export function stateRun(runs: RecordedRuns, choice: RunChoice | null): Manifest {
  if (choice !== null) return runUntil(runs, choice, "The date");
  const last = lastSnapshot(runs);
  if (last === null) throw new ConfigurationError(`No run of ${runs.tenant} has read the tenant yet.`);
  return last;
}
