import { type Options, stringify } from "csv-stringify/sync";
import type { Change } from "../domain/change.ts";
import type { Tenant } from "../domain/identifiers.ts";
import { plain } from "../domain/text.ts";
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

/** What a spreadsheet evaluates at the beginning of a cell; in another locale, a cell also begins after `;` or `|`. */
const FORMULA = /(^|[;|,])(\s*)(?=[=+\-@\uFF0B\uFF0D\uFF1D\uFF20])/g;

/** An apostrophe precedes a formula. Control and bidirectional characters, tabs and line ends included, are replaced. */
function harmless(text: string): string {
  return plain(text).replaceAll(FORMULA, "$1$2'");
}

/** RFC 4180. Every cell is quoted, so that no separator of a locale splits it. */
export const CSV_OPTIONS: Options = {
  record_delimiter: "windows",
  quoted: true,
  quoted_empty: true,
  cast: { string: harmless, boolean: String },
};

/** The header line of changes.csv. A byte order mark precedes it: without it, Excel reads the file in an older encoding. */
export function csvHeader(): string {
  return stringify([COLUMNS.map(([name]) => name)], { ...CSV_OPTIONS, bom: true });
}

/** A change of a tenant as a line of changes.csv, with its line ending. */
export function csvRow(change: Change, tenant: Tenant): string {
  return stringify([COLUMNS.map(([, cell]) => cell(change, tenant) ?? "")], CSV_OPTIONS);
}
