import type { Change, Severity } from "../domain/change.ts";
import type { Undone } from "../domain/operation.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import { changesOf, operationsOfRun } from "../evidence/query/run-lines.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import { type ChangeGroup, groupChanges } from "../report/change-groups.ts";
import { UndoneBuilder, type UndoneModel } from "../report/undone.ts";

/** A headline is written from the first changes alone. */
const MOST_CHANGES = 2_000;
/** Runs whose temporary changes are read. */
const MOST_RUNS = 200;

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
  for (const run of having.slice(-MOST_RUNS))
    for await (const operation of operationsOfRun(store, run))
      builder.add({ ...operation, undone: operation.undone.filter(({ change }) => matches(change)) });
  return { undone: builder.build(), unreadRuns: Math.max(0, having.length - MOST_RUNS) };
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
