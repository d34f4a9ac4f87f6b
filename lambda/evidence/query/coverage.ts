import type { Timestamp } from "../../domain/identifiers.ts";
import { type InstantRange, timestamp } from "../../domain/time.ts";
import { type Manifest, readsWholeTenant } from "../format/manifest.ts";
import { timeOf } from "./recorded-runs.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Fewer intervals do not show a schedule. */
const LEAST_INTERVALS = 3;
/** Runs start and end a little earlier or later than usual. */
const TOLERANCE = 1.5;

/** A period that no run covers: what happened in it and was undone in it is unknown. */
export interface Uncovered {
  readonly from: Timestamp;
  readonly until: Timestamp;
}

/** Whether a run read the list of the whole tenant. */
export function coversTenant(manifest: Manifest): boolean {
  return readsWholeTenant(manifest) && manifest.status !== "failed";
}

/** The usual interval between runs: the median of the scheduled ones, at least an hour; a day without a schedule. */
export function usualIntervalMs(runs: readonly Manifest[]): number {
  const scheduled = runs.filter((run) => run.scheduledAt !== null && !run.scheduledTimeGiven && readsWholeTenant(run));
  const starts = scheduled.map(({ startedAt }) => Date.parse(startedAt));
  const intervals = starts.slice(1).map((start, index) => start - (starts[index] ?? start));
  const median = intervals.sort((left, right) => left - right)[Math.floor(intervals.length / 2)];
  return median === undefined || intervals.length < LEAST_INTERVALS ? DAY_MS : Math.max(HOUR_MS, median);
}

/** The periods in a range that are much longer than usual without a run. `covering` are its runs, oldest first. */
export function uncoveredPeriods(
  covering: readonly Manifest[],
  { fromMs, toMs }: InstantRange,
  usualMs: number,
): readonly Uncovered[] {
  const uncovered: Uncovered[] = [];
  let lastMs = fromMs;
  const check = (endMs: number, untilMs: number) => {
    if (Number.isFinite(lastMs) && Number.isFinite(endMs) && endMs - lastMs > TOLERANCE * usualMs)
      uncovered.push({ from: timestamp(lastMs), until: timestamp(Math.max(lastMs, untilMs)) });
    lastMs = endMs;
  };
  for (const run of covering) check(timeOf(run), Date.parse(run.startedAt));
  check(toMs, toMs);
  return uncovered;
}
