import type { Timestamp } from "../../domain/identifiers.ts";
import { counted, duration, moment } from "../../domain/text.ts";
import type { Manifest } from "../../evidence/format/manifest.ts";
import type { Uncovered } from "../../evidence/query/coverage.ts";

const SHOWN = 20;

/** `No run covers A to B (3 days).`, for each period. */
export function uncoveredTexts(periods: readonly Uncovered[]): readonly string[] {
  const texts = periods
    .slice(0, SHOWN)
    .map((period) => `No run covers ${uncoveredText(period)}: what changed and changed back in it is unknown.`);
  const more = periods.length - SHOWN;
  return more > 0 ? [...texts, `${counted(more, "more period")} without a run: see the command runs.`] : texts;
}

/** `A to B (3 days)`. */
export function uncoveredText({ from, until }: Uncovered): string {
  return `${moment(from)} to ${moment(until)} (${between(from, until)})`;
}

/** Says which runs could not read every Organization. */
export function unreadTexts(runs: readonly Manifest[]): readonly string[] {
  const unread = runs.filter(({ summary }) => summary.organizations.failed > 0);
  const texts = unread
    .slice(0, SHOWN)
    .map(
      ({ runId, summary }) =>
        `Run ${runId} could not read ${counted(summary.organizations.failed, "Organization")}; the last known state is compared instead.`,
    );
  const more = unread.length - SHOWN;
  return more > 0
    ? [...texts, `${counted(more, "more run")} could not read every Organization: see the command runs.`]
    : texts;
}

/** The time from one instant to a later one, `3 days`. */
export function between(earlier: Timestamp, later: Timestamp): string {
  return duration(Math.max(0, Date.parse(later) - Date.parse(earlier)));
}

/** Uncovered periods as JSON. */
export function uncoveredObjects(
  periods: readonly Uncovered[],
): { readonly from: Timestamp; readonly until: Timestamp }[] {
  return periods.map(({ from, until }) => ({ from, until }));
}
