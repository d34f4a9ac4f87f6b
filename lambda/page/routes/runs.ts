import { ALWAYS } from "../../domain/time.ts";
import { brokenLinks } from "../../evidence/query/chain-links.ts";
import { coversTenant, uncoveredPeriods, usualIntervalMs } from "../../evidence/query/coverage.ts";
import type { Answer, Asked } from "../answer.ts";
import { pageOf, textOf } from "../ask.ts";
import { runsBody } from "../html/runs.ts";

const MOST_SHOWN = 100;

/** `/runs?month=2026-03&page=1` */
export async function runs({ archive, query }: Asked): Promise<Answer> {
  const recorded = await archive.runs();
  const all = recorded.readable;
  const byMonth = Map.groupBy(all.toReversed(), ({ completedAt }) => completedAt.slice(0, 7));
  const asked = textOf(query, "month");
  const [newest] = byMonth.keys();
  const month = byMonth.has(asked) ? asked : (newest ?? "");
  const ofMonth = byMonth.get(month) ?? [];
  const pages = Math.max(1, Math.ceil(ofMonth.length / MOST_SHOWN));
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
      runs: ofMonth.slice((page - 1) * MOST_SHOWN, page * MOST_SHOWN),
      page,
      pages,
      uncovered: uncoveredPeriods(all.filter(coversTenant), ALWAYS, usualMs),
      usualMs,
      total: all.length,
      broken: brokenLinks(recorded),
    }),
  };
}
