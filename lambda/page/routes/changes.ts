import { type Change, SEVERITIES, type Severity } from "../../domain/change.ts";
import type { InstantRange } from "../../domain/time.ts";
import type { Manifest } from "../../evidence/format/manifest.ts";
import { coversTenant, uncoveredPeriods, usualIntervalMs } from "../../evidence/query/coverage.ts";
import { changesOf } from "../../evidence/query/run-lines.ts";
import type { EvidenceReader } from "../../evidence/store/port.ts";
import { changesIn } from "../../report/recent-runs.ts";
import { inOrder } from "../../streams/in-order.ts";
import type { Answer, Asked } from "../answer.ts";
import { oneOf, pageOf, periodOf, textOf } from "../ask.ts";
import { authored } from "../authored.ts";
import { isAsked, temporaryChanges } from "../happened.ts";
import { changesBody } from "../html/changes.ts";
import { whoSummary } from "../who-summary.ts";

const MOST_SHOWN = 100;
const READ_AHEAD_RUNS = 8;
/** Changes of one run that are read before they are asked for. */
const MOST_IN_MEMORY = 1_000;

/** `/changes?since=DATE&until=DATE&severity=high&organization=NAME&page=1` */
export async function changes({ archive, query, signal }: Asked): Promise<Answer> {
  const recorded = await archive.runs();
  const range: InstantRange = periodOf(query);
  const severity = oneOf(query, "severity", SEVERITIES);
  const organization = textOf(query, "organization");
  const page = pageOf(query);
  const all = recorded.within(range);
  const filter = { severity, organization };
  const found: Found[] = [];
  const { skipped, toRead } = runsToRead(all.toReversed(), filter, (page - 1) * MOST_SHOWN);
  let left = skipped;
  search: for await (const { changes: inRun, run } of inOrder(
    toRead,
    (run) => readAhead(archive.reader, run),
    READ_AHEAD_RUNS,
  ))
    for await (const change of inRun) {
      signal.throwIfAborted();
      if (!isAsked(change, filter)) continue;
      if (left > 0) left -= 1;
      else if (found.push({ change, run }) > MOST_SHOWN) break search;
    }
  const total = organization === "" ? all.reduce((sum, run) => sum + countIn(run, severity), 0) : null;
  return {
    kind: "page",
    title: "Changes",
    current: "changes",
    body: changesBody({
      since: textOf(query, "since"),
      until: textOf(query, "until"),
      severity,
      organization,
      page,
      // They are on the first page alone.
      temporary: await temporaryChanges(archive.reader, page === 1 ? all : [], (change) => isAsked(change, filter)),
      who: whoSummary(all),
      changes: await authored(archive.reader, found.slice(0, MOST_SHOWN)),
      hasMore: found.length > MOST_SHOWN,
      total,
      runs: all.length,
      unreadRuns: all.filter(({ status }) => status !== "complete").length,
      uncovered: uncoveredPeriods(all.filter(coversTenant), range, usualIntervalMs(recorded.readable)),
    }),
  };
}

interface Found {
  readonly change: Change;
  readonly run: Manifest;
}

interface Filter {
  readonly severity: Severity | null;
  readonly organization: string;
}

/** The runs that have what is asked for. What a manifest counts need not be read to be left out. */
function runsToRead(newestFirst: readonly Manifest[], { organization, severity }: Filter, skipped: number) {
  const having = newestFirst.filter((run) => countIn(run, severity) > 0);
  if (organization !== "") return { toRead: having, skipped };
  let left = skipped;
  let first = 0;
  for (const run of having) {
    if (countIn(run, severity) > left) break;
    left -= countIn(run, severity);
    first += 1;
  }
  return { toRead: having.slice(first), skipped: left };
}

interface ReadRun {
  readonly run: Manifest;
  readonly changes: readonly Change[] | AsyncIterable<Change>;
}

/** The changes of a run: in memory when they are few, so that the next runs are read at the same time; else a stream. */
async function readAhead(store: EvidenceReader, run: Manifest): Promise<ReadRun> {
  const changes = changesOf(store, run);
  return { run, changes: countIn(run, null) <= MOST_IN_MEMORY ? await Array.fromAsync(changes) : changes };
}

function countIn({ summary }: Manifest, severity: Severity | null): number {
  return severity === null ? changesIn(summary.severity) : summary.severity[severity];
}
