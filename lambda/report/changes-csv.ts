import type { Operation } from "../domain/operation.ts";
import { CHANGE_COLUMNS, type CsvColumn, CsvTable, type ListedChange } from "./csv.ts";
import type { Attributed } from "./operation-block.ts";

/** A change of a run, and who made it; null: it is not listed, because there are too many operations. */
export interface RunChange extends ListedChange {
  readonly who: Attributed | null;
}

/** Of several operations that may have made a change, the last one. */
const ofLast =
  (cell: (operation: Operation) => string | null) =>
  ({ who }: RunChange): string | null => {
    const last = who?.operations.at(-1);
    return last === undefined ? null : cell(last);
  };

const WHO_COLUMNS: readonly CsvColumn<RunChange>[] = [
  ["attribution", ({ who }) => who?.attribution.confidence ?? "not_listed"],
  ["because", ({ who }) => who?.attribution.because ?? null],
  ["actor_kind", ofLast(({ actor }) => actor.kind)],
  ["actor_id", ofLast(({ actor }) => actor.id)],
  ["actor_name", ofLast(({ actor }) => actor.name)],
  ["actor_email", ofLast(({ actor }) => actor.email)],
  ["client_id", ofLast(({ clientId }) => clientId)],
  ["client_name", ofLast(({ clientName }) => clientName)],
  ["ip", ofLast(({ ip }) => ip)],
  ["user_agent", ofLast(({ userAgent }) => userAgent)],
  ["channel", ofLast(({ channel }) => channel)],
  ["made_at", ofLast(({ at }) => at)],
  ["log_ids", ({ who }) => (who === null ? null : who.attribution.logIds.join(" "))],
];

/** The columns of a run's changes.csv. */
export const RUN_CHANGES_CSV = new CsvTable<RunChange>([...CHANGE_COLUMNS, ...WHO_COLUMNS]);
