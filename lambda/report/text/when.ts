import type { Change } from "../../domain/change.ts";
import { runInstant, timestamp } from "../../domain/time.ts";
import type { Manifest } from "../../evidence/format/manifest.ts";
import { intervalText } from "./change.ts";

type Run = Pick<Manifest, "baseline">;

/** When a change happened, if its interval is not that of most changes: the Organization was new, or unread for a while. */
export function ownInterval(change: Change, run: Run): string | null {
  return isUsual(change, run) ? null : intervalText(change.between);
}

/** When all other changes happened, in one sentence; null when there are none. */
export function usualInterval(changes: readonly Change[], run: Run): string | null {
  const between = changes.filter((change) => isUsual(change, run)).map((change) => change.between);
  const after = between.flatMap((one) => one.after ?? []).sort()[0];
  const before = between
    .map((one) => one.before)
    .sort()
    .at(-1);
  if (after === undefined || before === undefined) return null;
  const others = between.length === changes.length ? "" : " Where a change has other times, they are shown with it.";
  return `Observed ${intervalText({ after, before })}.${others}`;
}

/** Whether the Organization was compared with its observation in the run before. */
function isUsual({ between: { after } }: Change, { baseline }: Run): boolean {
  return after !== null && baseline !== null && after >= timestamp(runInstant(baseline.runId));
}
