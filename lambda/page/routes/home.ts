import { timestamp } from "../../domain/time.ts";
import { brokenLinks } from "../../evidence/query/chain-links.ts";
import { usualIntervalMs } from "../../evidence/query/coverage.ts";
import { countFindings } from "../../evidence/query/open-findings.ts";
import { timeOf } from "../../evidence/query/recorded-runs.ts";
import { presentState } from "../../report/present-state.ts";
import { runSummary } from "../../report/recent-runs.ts";
import type { Answer, Asked } from "../answer.ts";
import { lastSnapshot } from "../archive.ts";
import { chartedRuns, foldedRuns } from "../folded-runs.ts";
import { happenedIn } from "../happened.ts";
import { homeBody } from "../html/home.ts";
import { whoSummary } from "../who-summary.ts";

/** As for gaps between runs. */
const TOLERANCE = 1.5;
const DAY_MS = 86_400_000;
/** What the overview sums up. */
const PERIOD_DAYS = 30;
/** The overview looks for the last sweep in so many runs. */
const MOST_RUNS = 3_000;

/** `/` */
export async function home({ archive }: Asked): Promise<Answer> {
  const runs = await archive.runs();
  const all = runs.readable;
  const last = all.at(-1);
  if (last === undefined) return { kind: "not_found", message: `No manifest in ${runs.location} can be read.` };
  const state = lastSnapshot(runs);
  const layers = state === null ? [] : runs.layersAt(state);
  const sinceMs = Math.max(0, archive.now() - timeOf(last));
  // Updates say nothing of the Organizations that they do not read.
  const lastSweep = all.findLast(({ kind }) => kind === "sweep") ?? last;
  const newestFirst = all.slice(-MOST_RUNS).toReversed();
  const present = newestFirst.map((run) => ({ runId: run.runId, summary: runSummary(run) }));
  const fromMs = timeOf(last) - PERIOD_DAYS * DAY_MS;
  const ofPeriod = all.filter((run) => timeOf(run) >= fromMs);
  const updates = ofPeriod.filter(({ kind }) => kind === "update");
  return {
    kind: "page",
    title: "Overview",
    current: "overview",
    body: homeBody({
      charted: chartedRuns(ofPeriod),
      rows: foldedRuns(newestFirst),
      last,
      happened: await happenedIn(archive.reader, last),
      present: presentState([{ day: "", runs: present, unlisted: 0 }]),
      who: whoSummary(ofPeriod),
      since: timestamp(fromMs).slice(0, 10),
      costly: lastSweep,
      updates: { runs: updates.length, requests: updates.reduce((sum, { usage }) => sum + usage.requests, 0) },
      findings: await countFindings(archive.reader, layers),
      sinceMs,
      isOverdue: archive.now() - timeOf(lastSweep) > TOLERANCE * usualIntervalMs(all),
      runs: all.length,
      breaks: brokenLinks(runs).length,
    }),
  };
}
