import { type Options, stringify } from "csv-stringify/sync";
import type { Change } from "../domain/change.ts";
import type { Tenant } from "../domain/identifiers.ts";
import { plain } from "../domain/text.ts";
import { propertyText } from "./text/change.ts";

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

/** The columns of a CSV file, rendered row by row. */
export class CsvTable<Row> {
  readonly #columns: readonly CsvColumn<Row>[];

  constructor(columns: readonly CsvColumn<Row>[]) {
    this.#columns = columns;
  }

  /** The header line. A byte order mark precedes it: without it, Excel reads the file in an older encoding. */
  header(): string {
    return stringify([this.#columns.map(([name]) => name)], { ...CSV_OPTIONS, bom: true });
  }

  /** One line, with its line ending. */
  row(row: Row): string {
    return stringify([this.#columns.map(([, cell]) => cell(row) ?? "")], CSV_OPTIONS);
  }
}

/** A column's name, and its cell in a row; null is an empty cell. */
export type CsvColumn<Row> = readonly [name: string, cell: (row: Row) => string | null];

/** A change and its tenant. */
export interface ListedChange {
  readonly change: Change;
  readonly tenant: Tenant;
}

/** What a list of changes shows of each. */
export const CHANGE_COLUMNS: readonly CsvColumn<ListedChange>[] = [
  ["tenant", ({ tenant }) => tenant],
  ["run_id", ({ change }) => change.runId],
  ["organization_id", ({ change }) => change.organizationId],
  ["organization_name", ({ change }) => change.organizationName],
  ["change", ({ change }) => change.change],
  ["connection_id", ({ change }) => change.connectionId],
  ["connection_name", ({ change }) => change.connectionName],
  ["strategy", ({ change }) => change.strategy],
  ["properties", ({ change }) => change.properties.map(propertyText).join("; ")],
  ["severity", ({ change }) => change.severity],
  ["reasons", ({ change }) => change.reasons.join(" ")],
  ["happened_after", ({ change }) => change.between.after],
  ["happened_before", ({ change }) => change.between.before],
];

const CHANGES_CSV = new CsvTable(CHANGE_COLUMNS);

/** The header line of a list of changes. */
export function csvHeader(): string {
  return CHANGES_CSV.header();
}

/** A change of a tenant as a line of a list of changes, with its line ending. */
export function csvRow(change: Change, tenant: Tenant): string {
  return CHANGES_CSV.row({ change, tenant });
}
