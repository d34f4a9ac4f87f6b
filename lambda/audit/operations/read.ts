import { actionOf } from "../../attribution/action.ts";
import { joinCoverage, type LogCoverage } from "../../attribution/coverage.ts";
import { operationsOf } from "../../attribution/log-entry.ts";
import { pseudonymizer } from "../../attribution/pseudonyms.ts";
import { LATE_LOGS_MS, LogSearch } from "../../attribution/search.ts";
import type { LogEntry } from "../../auth0/port.ts";
import type { Timestamp } from "../../domain/identifiers.ts";
import type { Operation } from "../../domain/operation.ts";
import { compareText } from "../../domain/order.ts";
import { timestamp } from "../../domain/time.ts";
import type { Manifest } from "../../evidence/format/manifest.ts";
import { operationsOfRun } from "../../evidence/query/run-lines.ts";
import type { EvidenceReader } from "../../evidence/store/port.ts";
import type { Execution } from "../../execution/port.ts";
import { renewLease } from "../lease.ts";
import type { Dependencies } from "../run.ts";
import { addSpending, NOTHING_SPENT, type Spending, spent } from "../spending.ts";
import { readLayers, unreadable } from "../state.ts";
import type { Sweep } from "../sweep.ts";
import { byOrganization, OperationSorter, type SortedRun } from "./sorted-runs.ts";

/** A step reads so many sorted runs at most: its result must stay small. */
const MOST_RUNS = 50;

/** What a run found in the tenant's logs. */
export interface FoundOperations {
  /** Sorted by Organization. */
  readonly runs: readonly SortedRun[];
  /** Null: the logs were not read. */
  readonly coverage: LogCoverage | null;
  readonly spending: Spending;
}

const NOT_READ: FoundOperations = { runs: [], coverage: null, spending: NOTHING_SPENT };

/** What a finished step of reading leaves behind. */
interface ReadLogs {
  readonly runs: readonly SortedRun[];
  readonly coverage: LogCoverage;
  /** The last entry that was read; null at the end. */
  readonly after: Pick<LogEntry, "at" | "logId"> | null;
  readonly spending: Spending;
}

/** The period of the logs that the run reads. */
interface Period {
  readonly from: Timestamp;
  readonly until: Timestamp;
}

/**
 * Reads what the tenant's logs tell of the time since the last run that read them, and takes over the operations that
 * could not be decided then. Logs that cannot be read fail no run: `coverage` says what is missing. Throws `RunFailure`
 * when the evidence or the run's state was changed.
 */
export async function readOperations(work: Sweep, execution: Execution): Promise<FoundOperations> {
  if (work.request.attribution === "off") return NOT_READ;
  const period = await execution.step<Period>("logs", () => periodOf(work));
  const steps: ReadLogs[] = [];
  for (let after: ReadLogs["after"] | undefined; after !== null; ) {
    const read: ReadLogs = await execution.step<ReadLogs>(`logs-${steps.length}`, () =>
      readSome(work, period, steps.length, after ?? null),
    );
    steps.push(read);
    after = read.after;
  }
  const coverage = steps.map((step) => step.coverage).reduce(joinCoverage);
  const spending = steps.map((step) => step.spending).reduce(addSpending);
  if (coverage.because === "logs_not_granted") return { ...NOT_READ, spending };
  return { runs: steps.flatMap((step) => step.runs), coverage, spending };
}

async function periodOf({ run, dependencies: { clock, store } }: Sweep): Promise<Period> {
  const layers = await readLayers(store, run);
  const isUpdate = run.kind === "update";
  // Updates to which nothing was hinted recorded nothing: a sweep of the whole tenant reads again what they read.
  const reading = isUpdate || run.scope === "list" ? lastWithLogs(layers, run.scope) : firstWithLogs(layers);
  const read = [reading?.logs?.until, isUpdate ? run.place?.logs : null].flatMap((until) => until ?? []);
  const last = read.sort(compareText).at(-1);
  const since = (isUpdate ? run.place?.until : layers[0]?.startedAt) ?? run.startedAt;
  const from = last === undefined ? since : timestamp(Date.parse(last) - LATE_LOGS_MS);
  return { from, until: timestamp(clock.now()) };
}

/** The oldest run of the state that read the logs: its sweep, unless the logs could not be read yet. */
function firstWithLogs(layers: readonly Manifest[]): Manifest | null {
  return layers.findLast(({ logs, scope }) => logs !== null && scope === "all") ?? null;
}

/** The newest run that read the logs. One over a list kept the operations on its own Organizations alone. */
function lastWithLogs(layers: readonly Manifest[], scope: Sweep["run"]["scope"]): Manifest | null {
  return layers.find((one) => one.logs !== null && (scope === "list" || one.scope === "all")) ?? null;
}

async function readSome(
  work: Sweep,
  { from, until }: Period,
  index: number,
  after: ReadLogs["after"],
): Promise<ReadLogs> {
  const { run, request, dependencies, wanted } = work;
  const { clock, managementApi, store } = dependencies;
  await renewLease(run, request, dependencies);
  const deadlineMs = clock.now() + request.chunk.usualMs();
  const meter = spent(managementApi);
  const sorter = new OperationSorter(store, run, `operations-${String(index).padStart(5, "0")}`, byOrganization);
  const isWanted = wantedBy(wanted);
  const isInScope = wantedBy(request.organizations);
  const layers = await readLayers(store, run);
  const before = lastWithLogs(layers, run.scope);
  const recorded = new Set<string>();
  for (const layer of layers.filter((one) => one === before || (one.logs !== null && one.completedAt >= from)))
    for await (const operation of recordedBy(store, layer)) {
      if (operation.at >= from && isSettled(operation, layer, run)) recorded.add(operation.logId);
      if (layer === before && index === 0 && isCarried(operation, layer, run) && isWanted(operation))
        await sorter.add({ ...operation, runId: run.runId });
    }
  const privately = privacyOf(request.attribution, dependencies);
  const search = new LogSearch(managementApi, { from, until, ...(after === null ? {} : { after }) });
  let last: ReadLogs["after"] = null;
  for await (const entry of search) {
    if (!recorded.has(entry.logId))
      for (const operation of operationsOf(entry, run.runId))
        if (isInScope(operation)) await sorter.add(privately(operation));
    if (sorter.runs.length < MOST_RUNS && clock.now() < deadlineMs) continue;
    last = { at: entry.at, logId: entry.logId };
    break;
  }
  await sorter.finish();
  return { runs: sorter.runs, coverage: search.coverage, after: last, spending: meter() };
}

async function* recordedBy(store: EvidenceReader, run: Manifest): AsyncGenerator<Operation> {
  try {
    yield* operationsOfRun(store, run);
  } catch (error) {
    throw unreadable(error, "The operations of an earlier run can no longer be read");
  }
}

/** A run over a list knows of its own Organizations alone what an operation led to. */
function isSettled({ effect, organizationId }: Operation, { scope }: Manifest, run: Sweep["run"]): boolean {
  return scope === "all" || run.scope === "list" || (organizationId !== null && effect !== "unknown");
}

/** What happened while a sweep was at work hints at Organizations that it may have read before, whatever it was. */
function isCarried(operation: Operation, { kind, startedAt }: Manifest, run: Sweep["run"]): boolean {
  const isSinceSweep = run.kind === "update" && kind === "sweep" && operation.at >= startedAt;
  return isUndecided(operation) || (isSinceSweep && operation.effect === "unknown");
}

/** Whether a later run can tell what it led to: its Organization had not been read, or before it only. */
function isUndecided(operation: Operation): boolean {
  const { kind } = actionOf(operation);
  return operation.effect === "unknown" && kind !== "hint" && kind !== "connection_change";
}

function wantedBy(wanted: Sweep["wanted"]): (operation: Operation) => boolean {
  if (wanted === "all") return () => true;
  const ids = new Set(wanted);
  return ({ organizationId }) => organizationId === null || ids.has(organizationId);
}

function privacyOf(
  attribution: Sweep["request"]["attribution"],
  { pseudonymKey }: Pick<Dependencies, "pseudonymKey">,
): (operation: Operation) => Operation {
  if (attribution !== "pseudonyms") return (operation) => operation;
  if (pseudonymKey === undefined) throw new TypeError("Pseudonyms need a key.");
  return pseudonymizer(pseudonymKey);
}
