import { brokenLinks } from "../../evidence/query/chain-links.ts";
import { usualIntervalMs } from "../../evidence/query/coverage.ts";
import { countFindings } from "../../evidence/query/open-findings.ts";
import { timeOf } from "../../evidence/query/recorded-runs.ts";
import { MAX_RECENT_RUNS } from "../../report/recent-runs.ts";
import type { Answer, Asked } from "../answer.ts";
import { lastSnapshot } from "../archive.ts";
import { homeBody } from "../html/home.ts";

/** As for gaps between runs. */
const TOLERANCE = 1.5;

/** `/` */
export async function home({ archive }: Asked): Promise<Answer> {
  const runs = await archive.runs();
  const all = runs.readable;
  const last = all.at(-1);
  if (last === undefined) return { kind: "not_found", message: `No manifest in ${runs.location} can be read.` };
  const state = lastSnapshot(runs);
  const layers = state === null ? [] : runs.layersAt(state);
  const sinceMs = Math.max(0, archive.now() - timeOf(last));
  return {
    kind: "page",
    title: "Overview",
    current: "overview",
    body: homeBody({
      recent: all.slice(-MAX_RECENT_RUNS),
      last,
      state,
      findings: await countFindings(archive.reader, layers),
      sinceMs,
      isOverdue: sinceMs > TOLERANCE * usualIntervalMs(all),
      runs: all.length,
      breaks: brokenLinks(runs).length,
    }),
  };
}
