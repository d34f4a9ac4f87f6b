import type { Change } from "../domain/change.ts";
import { counted, plain } from "../domain/text.ts";
import { encodeChange } from "../evidence/format/lines.ts";
import { csvHeader, csvRow } from "./csv.ts";
import { markdown } from "./escape-markdown.ts";
import { jsonList, type List, type ListFormat, type ListFrame, markdownRow } from "./list.ts";
import { changeLine, intervalText } from "./text/change.ts";
import { organizationLabel } from "./text/organization.ts";

/** Renders a list of changes. */
export function changeList(format: ListFormat, frame: ListFrame): List<Change> {
  switch (format) {
    case "table":
      return tableList(frame);
    case "md":
      return markdownList(frame);
    case "csv":
      return { hasNotes: false, start: csvHeader, row: (change) => csvRow(change, frame.tenant), end: () => "" };
    case "json":
      return jsonList(frame, encodeChange);
  }
}

function closing(frame: ListFrame, total: number): readonly string[] {
  return [total === 0 ? "No changes." : `${counted(total, "change")}.`, ...frame.notes()];
}

function tableList(frame: ListFrame): List<Change> {
  return {
    hasNotes: true,
    start: () => `${plain(frame.heading)}\n`,
    row: (change) =>
      `  ${change.severity.padEnd(6)} ${intervalText(change.between)}  ${plain(`${organizationLabel(change)}: ${changeLine(change)}`)}\n`,
    end: (total) => `${closing(frame, total).map(plain).join("\n")}\n`,
  };
}

/** The heading and the header of a table in Markdown. */
export function markdownStart({ heading }: ListFrame, columns: readonly string[]): string {
  return `# ${markdown(heading)}\n\n${markdownRow(...columns)}${markdownRow(...columns.map(() => "---"))}`;
}

export const MARKDOWN_COLUMNS = ["Severity", "Organization", "Change", "When", "Why"] as const;

/** A change in these columns. */
export function markdownCells(change: Change): readonly string[] {
  return [
    change.severity,
    markdown(organizationLabel(change)),
    markdown(changeLine(change)),
    intervalText(change.between),
    markdown(change.reasons.join(" ")),
  ];
}

function markdownList(frame: ListFrame): List<Change> {
  return {
    hasNotes: true,
    start: () => markdownStart(frame, MARKDOWN_COLUMNS),
    row: (change) => markdownRow(...markdownCells(change)),
    end: (total) => `\n${closing(frame, total).map(markdown).join("\n\n")}\n`,
  };
}
