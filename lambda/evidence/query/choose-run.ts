import { ConfigurationError } from "../../domain/errors.ts";
import type { RunId } from "../../domain/identifiers.ts";
import { moment } from "../../domain/text.ts";
import { ALWAYS, type InstantRange, timestamp } from "../../domain/time.ts";
import type { Manifest } from "../format/manifest.ts";
import type { RecordedRuns } from "./recorded-runs.ts";

const DAY_MS = 86_400_000;

/** Which run is asked for: one by its ID, or one by a day or an instant. */
export type RunChoice =
  | { readonly kind: "run"; readonly runId: RunId }
  | { readonly kind: "time"; readonly range: InstantRange };

/** The chosen run, or the last one with a snapshot up to the chosen time. Throws `ConfigurationError`, `EvidenceError`. */
export function runUntil(runs: RecordedRuns, choice: RunChoice, option: string): Manifest {
  if (choice.kind === "run") return withSnapshot(runs.named(choice.runId, option), option);
  const until = { fromMs: Number.NEGATIVE_INFINITY, toMs: choice.range.toMs };
  const last = runs.last(until);
  if (last !== null) return last;
  throw new ConfigurationError(
    `${option}: no run of ${runs.tenant} with a snapshot was completed by ${moment(timestamp(until.toMs))}. ${nearestRuns(runs, until)}`,
  );
}

/** The chosen run, or the last one with a snapshot on the chosen day. Throws `ConfigurationError`, `EvidenceError`. */
export function runOnDay(runs: RecordedRuns, choice: RunChoice, option: string): Manifest {
  if (choice.kind === "run") return withSnapshot(runs.named(choice.runId, option), option);
  const { fromMs, toMs } = choice.range;
  const day = { fromMs: Math.floor(fromMs / DAY_MS) * DAY_MS, toMs };
  const last = runs.last(day);
  if (last !== null) return last;
  throw noRun(runs, day, option);
}

/** The newest run with a snapshot. Throws `ConfigurationError`, `EvidenceError`. */
export function newestRun(runs: RecordedRuns, option: string): Manifest {
  const run = runs.last(ALWAYS);
  if (run === null) throw noRun(runs, ALWAYS, option);
  return run;
}

/** The instant that a choice asks about, in milliseconds since the epoch; null for a run by its ID. */
export function askedMs(choice: RunChoice): number | null {
  return choice.kind === "run" ? null : choice.range.toMs;
}

/** The error that no run with a snapshot is in a period, with the nearest runs. */
export function noRun(runs: RecordedRuns, range: InstantRange, option: string): ConfigurationError {
  return new ConfigurationError(
    `${option}: no run in the period (${periodText(range)}) of ${runs.tenant} has a snapshot. ${nearestRuns(runs, range)}`,
  );
}

function withSnapshot(run: Manifest, option: string): Manifest {
  if (run.status !== "failed") return run;
  throw new ConfigurationError(
    `${option}: run ${run.runId} failed and has no snapshot; name another run, or read its report with npm run report.`,
  );
}

function periodText({ fromMs, toMs }: InstantRange): string {
  if (!Number.isFinite(fromMs) && !Number.isFinite(toMs)) return "all of time";
  if (!Number.isFinite(fromMs)) return `until ${moment(timestamp(toMs))}`;
  if (!Number.isFinite(toMs)) return `since ${moment(timestamp(fromMs))}`;
  return `${moment(timestamp(fromMs))} to ${moment(timestamp(toMs))}`;
}

const NAMED_RUNS = 5;

/** Names the runs in a period, and the ones next to it, with the time when each was completed. */
export function nearestRuns(runs: RecordedRuns, range: InstantRange): string {
  const near = runs.around(range).slice(-NAMED_RUNS);
  if (near.length === 0) return `${runs.location} has no run of this tenant.`;
  const texts = near.map(
    ({ completedAt, runId, status }) =>
      `${runId} (${status === "failed" ? "failed" : "completed"} ${moment(completedAt)})`,
  );
  return `The nearest runs: ${texts.join(", ")}.`;
}
