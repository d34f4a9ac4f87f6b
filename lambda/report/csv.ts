import { type Options, stringify } from "csv-stringify/sync";
import type { Change } from "../domain/change.ts";
import { propertyText } from "./text/change.ts";

const COLUMNS = [
  "run_id",
  "organization_id",
  "organization_name",
  "change",
  "connection_id",
  "connection_name",
  "strategy",
  "properties",
  "severity",
  "reasons",
  "after",
  "before",
] as const;

// RFC 4180. An apostrophe precedes a cell that a spreadsheet would evaluate as a formula.
const OPTIONS: Options = { record_delimiter: "windows", escape_formulas: true };

/** The header line of changes.csv. */
export function csvHeader(): string {
  return stringify([COLUMNS], OPTIONS);
}

/** A change as a line of changes.csv, with its line ending. */
export function csvRow(change: Change): string {
  const cells = [
    change.runId,
    change.organizationId,
    change.organizationName,
    change.change,
    change.connectionId,
    change.connectionName,
    change.strategy,
    change.properties.map(propertyText).join("; "),
    change.severity,
    change.reasons.join(" "),
    change.between.after,
    change.between.before,
  ];
  // Some readers end a cell at a NUL. A lone surrogate has no UTF-8 encoding.
  return stringify([cells.map((cell) => (cell ?? "").toWellFormed().replaceAll("\0", "\uFFFD"))], OPTIONS);
}
