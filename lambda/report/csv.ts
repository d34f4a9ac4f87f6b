import { type Options, stringify } from "csv-stringify/sync";
import type { Change } from "../domain/change.ts";
import { propertyText } from "./text/change.ts";

const COLUMNS: readonly (readonly [name: string, cell: (change: Change) => string | null])[] = [
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
  ["after", ({ between }) => between.after],
  ["before", ({ between }) => between.before],
];

// RFC 4180. An apostrophe precedes a cell that a spreadsheet would evaluate as a formula.
const OPTIONS: Options = { record_delimiter: "windows", escape_formulas: true };

/** The header line of changes.csv. */
export function csvHeader(): string {
  return stringify([COLUMNS.map(([name]) => name)], OPTIONS);
}

/** A change as a line of changes.csv, with its line ending. */
export function csvRow(change: Change): string {
  const cells = COLUMNS.map(([, cell]) => cell(change) ?? "");
  // Some readers end a cell at a NUL. A lone surrogate has no UTF-8 encoding.
  return stringify([cells.map((cell) => cell.toWellFormed().replaceAll("\0", "\uFFFD"))], OPTIONS);
}
