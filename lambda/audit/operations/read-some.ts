import type { LogCoverage } from "../../attribution/coverage.ts";
import { operationsOf } from "../../attribution/log-entry.ts";
import { pseudonymizer } from "../../attribution/pseudonyms.ts";
import { LogSearch } from "../../attribution/search.ts";
import type { LogEntry } from "../../auth0/port.ts";
import type { Operation } from "../../domain/operation.ts";
import { renewLease } from "../lease.ts";
import type { Dependencies } from "../run.ts";
import { type Spending, spent } from "../spending.ts";
import { readLayers } from "../state.ts";
import type { Sweep } from "../work.ts";
import { olderRuns } from "./older-runs.ts";
import { type Period, runsBefore } from "./period.ts";
import { isSinceSweep, isUndecided, RecordedCursor, recordedOperations } from "./recorded.ts";
import { byOrganization, byTime, OperationSorter, type SortedRun } from "./sorted-runs.ts";

/** A step reads so many sorted runs at most: its result must stay small. */
const MOST_RUNS = 50;

/** What a finished step of reading leaves behind. */
export interface ReadLogs {
  readonly runs: readonly SortedRun[];
  readonly coverage: LogCoverage;
  /** The last entry that was read; null at the end. */
  readonly after: Pick<LogEntry, "at" | "logId"> | null;
  readonly spending: Spending;
}

/** One period of the logs, and what the steps that read it are called. */
export interface Reading {
  readonly name: string;
  readonly period: Period;
  /** Whether it begins with what earlier runs hand on. */
  readonly takesOver: boolean;
}

/** Reads the logs until the step has taken long enough. Throws `RunFailure` (`evidence_unreadable`). */
export async function readSome(
  work: Sweep,
  { name, period: { from, until }, takesOver }: Reading,
  index: number,
  after: ReadLogs["after"],
): Promise<ReadLogs> {
  const { run, request, dependencies, wanted } = work;
  const { clock, managementApi, store } = dependencies;
  await renewLease(run, request, dependencies);
  const deadlineMs = clock.now() + request.chunk.usualMs();
  const meter = spent(managementApi);
  const sorter = new OperationSorter(store, run, `${name}-${String(index).padStart(5, "0")}`, byOrganization);
  const privately = await privacyOf(request.attribution, dependencies);
  const layers = await readLayers(store, run);
  const before = runsBefore(layers, run, from);
  const isWanted = wantedBy(wanted);
  if (takesOver && index === 0)
    for await (const recorded of recordedOperations(store, before))
      if (isWanted(recorded.operation) && (isUndecided(recorded) || isSinceSweep(recorded, run)))
        await sorter.add({ ...handedOn(recorded.operation, privately), runId: run.runId });
  const isInScope = wantedBy(request.organizations);
  const older = await olderRuns(store, layers, from);
  const recorded = new RecordedCursor(recordedOperations(store, [...before, ...older]));
  const search = new LogSearch(managementApi, { from, until, ...(after === null ? {} : { after }) });
  let last: ReadLogs["after"] = null;
  for await (const entry of search) {
    for (const operation of eachOnce(operationsOf(entry, run.runId)))
      if (isInScope(operation) && !(await recorded.has(operation))) await sorter.add(privately(operation));
    if (sorter.runs.length < MOST_RUNS && clock.now() < deadlineMs) continue;
    last = { at: entry.at, logId: entry.logId };
    break;
  }
  await recorded.close();
  await sorter.finish();
  return { runs: sorter.runs, coverage: search.coverage, after: last, spending: meter() };
}

/** A log entry may name an Organization twice. */
function eachOnce(operations: readonly Operation[]): readonly Operation[] {
  if (operations.length < 2) return operations;
  const byId = new Map(operations.map((one) => [one.organizationId, one]));
  return [...byId.values()].sort(byTime);
}

/** What an earlier run recorded in full is not handed on in full where this run keeps pseudonyms. */
function handedOn(operation: Operation, privately: (operation: Operation) => Operation): Operation {
  const { actor, ip } = operation;
  const isPseudonym = (value: string | null) => value === null || /^[0-9a-f]{64}$/.test(value);
  const isPrivate = [actor.id, actor.name, actor.email, ip].every(isPseudonym);
  return { ...(isPrivate ? operation : privately(operation)), effect: "unknown", undone: [] };
}

function wantedBy(wanted: Sweep["wanted"]): (operation: Operation) => boolean {
  if (wanted === "all") return () => true;
  const ids = new Set(wanted);
  return ({ organizationId }) => organizationId === null || ids.has(organizationId);
}

async function privacyOf(
  attribution: Sweep["request"]["attribution"],
  { pseudonymKey }: Pick<Dependencies, "pseudonymKey">,
): Promise<(operation: Operation) => Operation> {
  if (attribution !== "pseudonyms") return (operation) => operation;
  if (pseudonymKey === undefined) throw new TypeError("Pseudonyms need a key.");
  return pseudonymizer(await pseudonymKey());
}
