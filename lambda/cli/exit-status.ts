import { SEVERITIES, type Severity } from "../domain/change.ts";
import type { RunStatus } from "../domain/run.ts";
import { counted } from "../domain/text.ts";

/** The severities that `--fail-on` takes, worst first: information fails no one. */
export const FAIL_ON = ["high", "medium", "low"] as const;

export type FailOn = (typeof FAIL_ON)[number];

const RUN_EXIT_STATUS: Readonly<Record<RunStatus, number>> = { complete: 0, partial: 2, failed: 1 };
const FINDINGS_EXIT_STATUS = 3;

/** How a run ended, and what it left open. */
export interface EndedRun {
  readonly status: RunStatus;
  readonly open: Readonly<Record<Severity, number>>;
}

/** The exit status of `npm start`. A partial or failed run keeps its own status. `failOn` null: never 3. */
export function exitStatus(run: EndedRun, failOn: FailOn | null): number {
  if (run.status !== "complete") return RUN_EXIT_STATUS[run.status];
  return failOn !== null && openFrom(run, failOn) > 0 ? FINDINGS_EXIT_STATUS : RUN_EXIT_STATUS.complete;
}

/** Says why the exit status is 3; nothing for another one. */
export function exitReason(run: EndedRun, failOn: FailOn | null): readonly string[] {
  if (failOn === null || exitStatus(run, failOn) !== FINDINGS_EXIT_STATUS) return [];
  const which = failOn === "high" ? "high" : `${failOn} or worse`;
  return [
    `--fail-on ${failOn}: exit status 3, because of ${counted(openFrom(run, failOn), "open finding")} (${which}).`,
  ];
}

/** How many open findings are of this severity or worse. */
function openFrom({ open }: EndedRun, failOn: FailOn): number {
  const severities = SEVERITIES.slice(0, SEVERITIES.indexOf(failOn) + 1);
  return severities.reduce((sum, severity) => sum + open[severity], 0);
}
