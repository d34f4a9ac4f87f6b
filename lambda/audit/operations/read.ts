import { joinCoverage, type LogCoverage } from "../../attribution/coverage.ts";
import type { Timestamp } from "../../domain/identifiers.ts";
import { timestamp } from "../../domain/time.ts";
import type { Execution } from "../../execution/port.ts";
import { addSpending, NOTHING_SPENT, type Spending } from "../spending.ts";
import type { Sweep } from "../work.ts";
import { continued, type Period, periodOf } from "./period.ts";
import { type Reading, type ReadLogs, readSome } from "./read-some.ts";
import type { SortedRun } from "./sorted-runs.ts";

/** What a run found in the tenant's logs. */
export interface FoundOperations {
  /** Sorted by Organization. */
  readonly runs: readonly SortedRun[];
  /** Null: the logs were not read. */
  readonly coverage: LogCoverage | null;
  /** Operations before it were handed on by earlier runs; null: the logs were not read. */
  readonly readFrom: Timestamp | null;
  readonly spending: Spending;
}

const NOT_READ: FoundOperations = { runs: [], coverage: null, readFrom: null, spending: NOTHING_SPENT };

/**
 * Reads what the tenant's logs tell of the time since the last run that read them, and takes over the operations that
 * could not be decided then. Logs that cannot be read fail no run: `coverage` says what is missing. Throws `RunFailure`
 * when the evidence or the run's state was changed.
 */
export async function readOperations(work: Sweep, execution: Execution): Promise<FoundOperations> {
  if (work.request.attribution === "off") return NOT_READ;
  // An update that becomes a sweep reads them twice.
  const name = work.run.kind === "update" ? "hinting-logs" : "logs";
  const period = await execution.step<Period>(name, () => periodOf(work));
  const { runs, spending, ...read } = await readPeriod(work, { name, period, takesOver: true }, execution);
  const coverage = continued(read.coverage, period);
  if (coverage.because === "logs_not_granted") return { ...NOT_READ, spending };
  return { runs, coverage, readFrom: period.from, spending };
}

/**
 * An update reads the logs before the Organizations that they name: this reads what came in the meantime, without which
 * no change could be attributed for certain. Where it cannot be read, it is left to the next run. Throws `RunFailure`.
 */
export async function readRest(work: Sweep, found: FoundOperations, execution: Execution): Promise<FoundOperations> {
  const { clock } = work.dependencies;
  const { coverage } = found;
  if (coverage === null || !coverage.complete) return found;
  const from = timestamp(Date.parse(coverage.until) + 1);
  const name = "rest-of-logs";
  const period = await execution.step<Period>(name, async () => ({ from, until: timestamp(clock.now()), known: null }));
  if (period.until < from) return found;
  const { runs, ...rest } = await readPeriod(work, { name, period, takesOver: false }, execution);
  const spending = addSpending(found.spending, rest.spending);
  if (!rest.coverage.complete) return { ...found, spending };
  const { entries, until } = rest.coverage;
  const both = { ...coverage, until, entries: coverage.entries + entries };
  return { ...found, runs: [...found.runs, ...runs], coverage: both, spending };
}

async function readPeriod(work: Sweep, reading: Reading, execution: Execution): Promise<Omit<ReadLogs, "after">> {
  const steps: ReadLogs[] = [];
  for (let after: ReadLogs["after"] | undefined; after !== null; ) {
    const read: ReadLogs = await execution.step<ReadLogs>(`${reading.name}-${steps.length}`, () =>
      readSome(work, reading, steps.length, after ?? null),
    );
    steps.push(read);
    after = read.after;
  }
  return {
    runs: steps.flatMap((step) => step.runs),
    coverage: steps.map((step) => step.coverage).reduce(joinCoverage),
    spending: steps.map((step) => step.spending).reduce(addSpending),
  };
}
