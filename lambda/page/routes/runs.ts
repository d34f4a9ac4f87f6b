import { ALWAYS } from "../../domain/time.ts";
import { brokenLinks } from "../../evidence/query/chain-links.ts";
import { coversTenant, uncoveredPeriods, usualIntervalMs } from "../../evidence/query/coverage.ts";
import type { Answer, Asked } from "../answer.ts";
import { pageOf, textOf } from "../ask.ts";
import { dayOf, foldedRuns } from "../folded-runs.ts";
import { runsBody } from "../html/runs.ts";

const MOST_SHOWN = 100;

/** `/runs?month=2026-03&page=1`, or `/runs?day=2026-03-08&page=1` with each update by itself */
export async function runs({ archive, query }: Asked): Promise<Answer> {
  const recorded = await archive.runs();
  const all = recorded.readable;
  const byMonth = Map.groupBy(all.toReversed(), (run) => dayOf(run).slice(0, 7));
  const day = /^\d{4}-\d{2}-\d{2}$/.exec(textOf(query, "day"))?.[0] ?? null;
  const asked = day === null ? textOf(query, "month") : day.slice(0, 7);
  const [newest] = byMonth.keys();
  const month = day !== null || byMonth.has(asked) ? asked : (newest ?? "");
  const ofMonth = byMonth.get(month) ?? [];
  const rows = day === null ? foldedRuns(ofMonth) : ofMonth.filter((run) => dayOf(run) === day).map((run) => ({ run }));
  const pages = Math.max(1, Math.ceil(rows.length / MOST_SHOWN));
  const page = Math.min(pages, pageOf(query));
  const usualMs = usualIntervalMs(all);
  return {
    kind: "page",
    title: "Runs",
    current: "runs",
    body: runsBody({
      tenant: recorded.tenant,
      location: recorded.location,
      months: [...byMonth].map(([name, one]) => ({ month: name, runs: one.length })),
      month,
      day,
      rows: rows.slice((page - 1) * MOST_SHOWN, page * MOST_SHOWN),
      page,
      pages,
      uncovered: uncoveredPeriods(all.filter(coversTenant), ALWAYS, usualMs),
      usualMs,
      total: all.length,
      broken: brokenLinks(recorded),
    }),
  };
}
