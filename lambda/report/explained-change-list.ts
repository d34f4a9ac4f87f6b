import { plain } from "../domain/text.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import { changeList, MARKDOWN_COLUMNS, markdownCells, markdownStart } from "./change-list.ts";
import { RUN_CHANGES_CSV, type RunChange } from "./changes-csv.ts";
import { markdown } from "./escape-markdown.ts";
import { type List, type ListFormat, type ListFrame, markdownRow } from "./list.ts";
import { hasAuthor, whoText } from "./text/who.ts";

/** A recorded change, and who made it. */
export interface ExplainedChange extends RunChange {
  /** What its run read of the tenant's logs. */
  readonly logs: Manifest["logs"];
}

/** Renders a list of changes with who made them. */
export function explainedChangeList(format: Exclude<ListFormat, "json">, frame: ListFrame): List<ExplainedChange> {
  const plainList = changeList(format, frame);
  const list = { ...plainList, row: ({ change }: ExplainedChange, index: number) => plainList.row(change, index) };
  switch (format) {
    case "table":
      return { ...list, row: (one, index) => `${plainList.row(one.change, index)}${tableAuthor(one)}` };
    case "md":
      return {
        ...list,
        start: () => markdownStart(frame, [...MARKDOWN_COLUMNS, "Who"]),
        row: (one) => markdownRow(...markdownCells(one.change), markdown(authorText(one))),
      };
    case "csv":
      return { ...list, start: () => RUN_CHANGES_CSV.header(), row: (one) => RUN_CHANGES_CSV.row(one) };
  }
}

/** Empty where the logs were not read. */
function authorText({ change, logs, who }: ExplainedChange): string {
  return hasAuthor(change, { logs }) ? whoText(who) : "";
}

function tableAuthor(one: ExplainedChange): string {
  const text = authorText(one);
  return text === "" ? "" : `         ${plain(text)}\n`;
}
