import { SEVERITIES, type Severity } from "../domain/change.ts";
import { timestamp } from "../domain/time.ts";
import type { RunSummary } from "./recent-runs.ts";

const DAY_MS = 86_400_000;
/** A chart shows at most this many days, the last ones. */
const MAX_DAYS = 30;

/** What the runs of one day (UTC) found. A day without a run is there too. */
export interface ChartDay {
  /** `YYYY-MM-DD` */
  readonly day: string;
  readonly runs: number;
  readonly failed: number;
  /** Changes of all runs by severity, and the most Organizations that one run could not read. */
  readonly counts: Readonly<Record<Severity | "unread", number>>;
}

/** The days of some runs, which are oldest first, from the first to the last without a gap; at most `MAX_DAYS`. */
export function chartDays(runs: readonly RunSummary[]): readonly ChartDay[] {
  const byDay = Map.groupBy(runs, dayOf);
  const days = [...byDay.keys()].sort();
  const [first, last] = [days.at(0), days.at(-1)];
  if (first === undefined || last === undefined) return [];
  const length = Math.min(MAX_DAYS, (Date.parse(last) - Date.parse(first)) / DAY_MS + 1);
  return Array.from({ length }, (_, index) => {
    const day = timestamp(Date.parse(last) - (length - 1 - index) * DAY_MS).slice(0, 10);
    return chartDay(day, byDay.get(day) ?? []);
  });
}

function chartDay(day: string, runs: readonly RunSummary[]): ChartDay {
  const counts: Record<Severity | "unread", number> = { high: 0, medium: 0, low: 0, info: 0, unread: 0 };
  for (const { organizations, severity } of runs) {
    for (const one of SEVERITIES) counts[one] += severity[one];
    counts.unread = Math.max(counts.unread, organizations.failed);
  }
  return { day, runs: runs.length, failed: runs.filter(({ status }) => status === "failed").length, counts };
}

function dayOf({ time }: RunSummary): string {
  return time.slice(0, 10);
}
