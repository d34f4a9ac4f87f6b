import { type Options, stringify } from "csv-stringify/sync";
import type { Change } from "../domain/change.ts";
import type { Tenant } from "../domain/identifiers.ts";
import { propertyText } from "./text/change.ts";

const COLUMNS: readonly (readonly [name: string, cell: (change: Change, tenant: Tenant) => string | null])[] = [
  ["tenant", (_change, tenant) => tenant],
  ["run_id", ({ runId }) => runId],
  ["organization_id", ({ organizationId }) => organizationId],
  ["organization_name", ({ organizationName }) => organizationName],
  ["change", ({ change }) => change],
  ["connection_id", ({ connectionId }) => connectionId],
  ["connection_name", ({ connectionName }) => connectionName],
  ["strategy", ({ strategy }) => strategy],
  ["properties", ({ properties }) => properties.map(propertyText).join("; ")],
  ["severity", ({ severity }) => severity],
  ["reasons", ({ reasons }) => reasons.join(" ")],
  ["happened_after", ({ between }) => between.after],
  ["happened_before", ({ between }) => between.before],
];

/** RFC 4180. An apostrophe precedes a cell that a spreadsheet would evaluate as a formula. */
export const CSV_OPTIONS: Options = { record_delimiter: "windows", escape_formulas: true };

/** The header line of changes.csv. A byte order mark precedes it: without it, Excel reads the file in an older encoding. */
export function csvHeader(): string {
  return stringify([COLUMNS.map(([name]) => name)], { ...CSV_OPTIONS, bom: true });
}

/** A change of a tenant as a line of changes.csv, with its line ending. */
export function csvRow(change: Change, tenant: Tenant): string {
  const cells = COLUMNS.map(([, cell]) => cell(change, tenant) ?? "");
  // Some readers end a cell at a NUL. A lone surrogate has no UTF-8 encoding.
  return stringify([cells.map((cell) => cell.toWellFormed().replaceAll("\0", "\uFFFD"))], CSV_OPTIONS);
}
