import type { Change } from "../domain/change.ts";
import type { Tenant } from "../domain/identifiers.ts";
import { counted, plain } from "../domain/text.ts";
import { encodeChange } from "../evidence/format/lines.ts";
import { csvHeader, csvRow } from "./csv.ts";
import { markdown } from "./escape-markdown.ts";
import { changeLine, intervalText } from "./text/change.ts";
import { organizationLabel } from "./text/organization.ts";

export const CHANGE_LIST_FORMATS = ["table", "md", "csv", "json"] as const;
export type ChangeListFormat = (typeof CHANGE_LIST_FORMATS)[number];

/** What surrounds the changes of a list. Texts are unescaped. */
export interface ChangeListFrame {
  readonly tenant: Tenant;
  readonly heading: string;
  /** What a reader must know of the list. To be called after the last row. */
  notes(): readonly string[];
  /** The JSON before and after the array of changes. `after` is to be called after the last row. */
  readonly json: { readonly before: string; after(): string };
}

/** Renders a list of changes in pieces, so that it can be written while it is read. */
export interface ChangeList {
  /** False: the format has no place for the notes. */
  readonly hasNotes: boolean;
  start(): string;
  row(change: Change, index: number): string;
  end(total: number): string;
}

export function changeList(format: ChangeListFormat, frame: ChangeListFrame): ChangeList {
  switch (format) {
    case "table":
      return tableList(frame);
    case "md":
      return markdownList(frame);
    case "csv":
      return { hasNotes: false, start: csvHeader, row: (change) => csvRow(change, frame.tenant), end: () => "" };
    case "json":
      return jsonList(frame);
  }
}

function closing(frame: ChangeListFrame, total: number): readonly string[] {
  return [total === 0 ? "No changes." : `${counted(total, "change")}.`, ...frame.notes()];
}

function tableList(frame: ChangeListFrame): ChangeList {
  return {
    hasNotes: true,
    start: () => `${plain(frame.heading)}\n`,
    row: (change) =>
      `  ${change.severity.padEnd(6)} ${intervalText(change.between)}  ${plain(`${organizationLabel(change)}: ${changeLine(change)}`)}\n`,
    end: (total) => `${closing(frame, total).map(plain).join("\n")}\n`,
  };
}

function markdownList(frame: ChangeListFrame): ChangeList {
  const cells = (...all: readonly string[]) => `| ${all.join(" | ")} |\n`;
  const header = cells("Severity", "Organization", "Change", "When", "Why") + cells("---", "---", "---", "---", "---");
  return {
    hasNotes: true,
    start: () => `# ${markdown(frame.heading)}\n\n${header}`,
    row: (change) =>
      cells(
        change.severity,
        markdown(organizationLabel(change)),
        markdown(changeLine(change)),
        intervalText(change.between),
        markdown(change.reasons.join(" ")),
      ),
    end: (total) => `\n${closing(frame, total).map(markdown).join("\n\n")}\n`,
  };
}

function jsonList({ json }: ChangeListFrame): ChangeList {
  return {
    hasNotes: true,
    start: () => `${json.before}[`,
    row: (change, index) => `${index === 0 ? "\n" : ",\n"}${encodeChange(change).trimEnd()}`,
    end: () => `\n]${json.after()}\n`,
  };
}
