import { counted, grouped, moment } from "../../domain/text.ts";
import type { PresentState } from "../present-state.ts";
import { changesIn, type RunSummary } from "../recent-runs.ts";

/** Whether the last run worked, and whether every Organization was read. */
export function presentText({ newest, sweep }: PresentState): string {
  if (newest === null) return "No run is recorded.";
  const failed = newest.status === "failed" ? [`The last run failed (${runMoment(newest)}).`] : [];
  const read = sweep === null ? [] : [unreadText(sweep)];
  return [...failed, ...read].join(" ");
}

/** When the whole tenant was last read without an exception. */
export function completeText({ lastComplete }: PresentState): string {
  return lastComplete === null
    ? "No complete run of the whole tenant is listed."
    : `Last complete run: ${runMoment(lastComplete)}.`;
}

function unreadText({ organizations: { failed, requested } }: RunSummary): string {
  if (requested === 0) return "No Organization was read.";
  return failed === 0
    ? `${requested === 1 ? "The Organization was" : `All ${counted(requested, "Organization")} were`} read.`
    : `${grouped(failed)} of ${counted(requested, "Organization")} could not be read.`;
}

/** What happened after the last run over the whole tenant; null when nothing was recorded since. */
export function sinceText({ since, sweep }: PresentState): string | null {
  if (sweep === null || since.runs === 0) return null;
  const { changes, newFindings, resolved, runs, unread } = since;
  const found = `${counted(newFindings, "new finding")}, ${grouped(resolved)} resolved`;
  const left = unread === 0 ? "" : ` The newest could not read ${counted(unread, "Organization")}.`;
  return `${counted(runs, "run")} since then: ${counted(changesIn(changes), "change")}, ${found}.${left}`;
}

/** `2026-03-03 06:00 UTC` */
export function runMoment({ time }: Pick<RunSummary, "time">): string {
  return `${moment(time).slice(0, 16)} UTC`;
}
