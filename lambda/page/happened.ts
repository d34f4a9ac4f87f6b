import type { Change, Severity } from "../domain/change.ts";
import type { Operation, Undone } from "../domain/operation.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import { changesOf, operationsOfRun } from "../evidence/query/run-lines.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import { type ChangeGroup, groupChanges } from "../report/change-groups.ts";
import { UndoneBuilder, type UndoneModel } from "../report/undone.ts";
import { inOrder } from "../streams/in-order.ts";

/** A headline is written from the first changes alone. */
const MOST_CHANGES = 2_000;
/** Runs whose temporary changes are read. */
const MOST_RUNS = 200;
const READ_AHEAD_RUNS = 8;
/** Operations of one run that are read before they are asked for. */
const MOST_IN_MEMORY = 2_000;

/** Operations of one run that a page reads to show who made its changes. */
export const MOST_OPERATIONS = 50_000;

/** What one run recorded, as its headline needs it. */
export interface Happened {
  readonly groups: readonly ChangeGroup[];
  /** Absent when there are too many operations to read. */
  readonly undone?: UndoneModel;
}

/** How many operations a run stored. */
export function operationRows({ files }: Pick<Manifest, "files">): number {
  return files.reduce((sum, { role, rows }) => sum + (role === "operations" ? rows : 0), 0);
}

/** Reads what happened in a run. Throws `EvidenceError`. */
export async function happenedIn(store: EvidenceReader, run: Manifest): Promise<Happened> {
  const changes: Change[] = [];
  for await (const change of changesOf(store, run)) if (changes.push(change) === MOST_CHANGES) break;
  const groups = groupChanges(changes);
  if (operationRows(run) > MOST_OPERATIONS) return { groups };
  return { groups, undone: (await temporaryChanges(store, [run], () => true)).undone };
}

/** What came and went in some runs. */
export interface TemporaryChanges {
  readonly undone: UndoneModel;
  /** Runs with temporary changes that were not read, because there are too many. */
  readonly unreadRuns: number;
}

/** Reads the temporary changes of some runs, oldest first, that match; of the newest runs. Throws `EvidenceError`. */
export async function temporaryChanges(
  store: EvidenceReader,
  runs: readonly Manifest[],
  matches: (change: Undone["change"]) => boolean,
): Promise<TemporaryChanges> {
  const having = runs.filter(({ summary }) => summary.undone > 0);
  const builder = new UndoneBuilder();
  const read = having.slice(-MOST_RUNS);
  for await (const operations of inOrder(read, (run) => readAhead(store, run), READ_AHEAD_RUNS))
    for await (const operation of operations)
      builder.add({ ...operation, undone: operation.undone.filter(({ change }) => matches(change)) });
  return { undone: builder.build(), unreadRuns: Math.max(0, having.length - MOST_RUNS) };
}

/** The operations of a run: in memory when they are few, so that the next runs are read at the same time; else a stream. */
async function readAhead(
  store: EvidenceReader,
  run: Manifest,
): Promise<readonly Operation[] | AsyncIterable<Operation>> {
  const operations = operationsOfRun(store, run);
  return operationRows(run) <= MOST_IN_MEMORY ? Array.fromAsync(operations) : operations;
}

/** Whether a change is of a severity and of an Organization, by its name or ID; null and empty: any. */
export function isAsked(
  change: Pick<Change, "severity" | "organizationId" | "organizationName">,
  { organization, severity }: { readonly severity: Severity | null; readonly organization: string },
): boolean {
  return (
    (severity === null || change.severity === severity) &&
    (organization === "" || change.organizationId === organization || change.organizationName === organization)
  );
}
