import { type Change, SEVERITIES, type Severity } from "../../domain/change.ts";
import type { InstantRange } from "../../domain/time.ts";
import type { Manifest } from "../../evidence/format/manifest.ts";
import { coversTenant, uncoveredPeriods, usualIntervalMs } from "../../evidence/query/coverage.ts";
import { changesOf } from "../../evidence/query/run-lines.ts";
import { changesIn } from "../../report/recent-runs.ts";
import type { Answer, Asked } from "../answer.ts";
import { oneOf, pageOf, periodOf, textOf } from "../ask.ts";
import { changesBody } from "../html/changes.ts";

const MOST_SHOWN = 100;

/** `/changes?since=DATE&until=DATE&severity=high&organization=NAME&page=1` */
export async function changes({ archive, query, signal }: Asked): Promise<Answer> {
  const recorded = await archive.runs();
  const range: InstantRange = periodOf(query);
  const severity = oneOf(query, "severity", SEVERITIES);
  const organization = textOf(query, "organization");
  const page = pageOf(query);
  const all = recorded.within(range);
  const filter = { severity, organization };
  const found: Change[] = [];
  let left = (page - 1) * MOST_SHOWN;
  const newestFirst = all.toReversed().filter((run) => countIn(run, severity) > 0);
  search: for (const run of newestFirst) {
    // A whole page back: what the manifest counts need not be read.
    if (organization === "" && left >= countIn(run, severity)) {
      left -= countIn(run, severity);
      continue;
    }
    for await (const change of changesOf(archive.reader, run)) {
      signal.throwIfAborted();
      if (!matches(change, filter)) continue;
      if (left > 0) left -= 1;
      else if (found.push(change) > MOST_SHOWN) break search;
    }
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
      changes: found.slice(0, MOST_SHOWN),
      hasMore: found.length > MOST_SHOWN,
      total,
      runs: all.length,
      unreadRuns: all.filter(({ status }) => status !== "complete").length,
      uncovered: uncoveredPeriods(all.filter(coversTenant), range, usualIntervalMs(recorded.readable)),
    }),
  };
}

interface Filter {
  readonly severity: Severity | null;
  readonly organization: string;
}

function matches(change: Change, { organization, severity }: Filter): boolean {
  return (
    (severity === null || change.severity === severity) &&
    (organization === "" || change.organizationId === organization || change.organizationName === organization)
  );
}

function countIn({ summary }: Manifest, severity: Severity | null): number {
  return severity === null ? changesIn(summary.severity) : summary.severity[severity];
}
