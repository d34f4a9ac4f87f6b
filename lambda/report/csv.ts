import { type Options, stringify } from "csv-stringify/sync";
import type { Change } from "../domain/change.ts";
import { propertyText } from "./wording.ts";

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

// RFC 4180; a cell that a spreadsheet would run as a formula is led by an apostrophe.
const OPTIONS: Options = { record_delimiter: "windows", escape_formulas: true };

/** The first line. */
export function csvHeader(): string {
  return stringify([COLUMNS], OPTIONS);
}

/** One change, with its line end. */
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
  // A NUL ends a cell in some readers; a lone surrogate cannot be written at all.
  return stringify([cells.map((cell) => (cell ?? "").toWellFormed().replaceAll("\0", "\uFFFD"))], OPTIONS);
}
