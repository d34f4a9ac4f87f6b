import type { Change } from "../domain/change.ts";
import { counted, moment, plain } from "../domain/text.ts";
import { encodeChange } from "../evidence/format/lines.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import { csvHeader, csvRow } from "./csv.ts";
import { markdown } from "./markdown.ts";
import { changeLine, intervalText } from "./text/change.ts";
import { organizationLabel } from "./text/organization.ts";

export const CHANGE_LIST_FORMATS = ["table", "md", "csv", "json"] as const;
export type ChangeListFormat = (typeof CHANGE_LIST_FORMATS)[number];

/** The two runs whose changes are listed. */
export interface ComparedRuns {
  readonly from: Manifest;
  readonly to: Manifest;
}

/** Renders a list of changes in pieces, so that it can be written while it is read. */
export interface ChangeList {
  start(): string;
  row(change: Change, index: number): string;
  end(total: number): string;
}

export function changeList(format: ChangeListFormat, runs: ComparedRuns): ChangeList {
  switch (format) {
    case "table":
      return tableList(runs);
    case "md":
      return markdownList(runs);
    case "csv":
      return { start: csvHeader, row: csvRow, end: () => "" };
    case "json":
      return jsonList(runs);
  }
}

function heading({ from, to }: ComparedRuns): string {
  const times = `${moment(from.startedAt)} to ${moment(to.startedAt)}`;
  return `Changes in ${to.domain} from run ${from.runId} to run ${to.runId} (${times})`;
}

/** The number of changes, and what may be missing from the list. */
function closing({ from, to }: ComparedRuns, total: number): readonly string[] {
  const runs = from.runId === to.runId ? [to] : [from, to];
  const unread = runs.filter(({ summary }) => summary.organizations.failed > 0);
  return [
    total === 0 ? "No changes." : `${counted(total, "change")}.`,
    ...(runs.every(({ scope }) => scope === "all")
      ? []
      : ["At least one run audited a list of Organizations, so the audit scope may differ."]),
    ...unread.map(
      ({ runId, summary }) =>
        `Run ${runId} could not read ${counted(summary.organizations.failed, "Organization")}; the last known state is compared instead.`,
    ),
  ];
}

function tableList(runs: ComparedRuns): ChangeList {
  return {
    start: () => `${plain(heading(runs))}\n`,
    row: (change) =>
      `  ${change.severity.padEnd(6)} ${intervalText(change.between)}  ${plain(`${organizationLabel(change)}: ${changeLine(change)}`)}\n`,
    end: (total) => `${closing(runs, total).join("\n")}\n`,
  };
}

function markdownList(runs: ComparedRuns): ChangeList {
  const cells = (...all: readonly string[]) => `| ${all.join(" | ")} |\n`;
  const header = cells("Severity", "Organization", "Change", "When", "Why") + cells("---", "---", "---", "---", "---");
  return {
    start: () => `# ${markdown(heading(runs))}\n\n${header}`,
    row: (change) =>
      cells(
        change.severity,
        markdown(organizationLabel(change)),
        markdown(changeLine(change)),
        intervalText(change.between),
        markdown(change.reasons.join(" ")),
      ),
    end: (total) => `\n${closing(runs, total).map(markdown).join("\n\n")}\n`,
  };
}

function jsonList(runs: ComparedRuns): ChangeList {
  const run = ({ runId, key, scope, status, summary }: Manifest) => ({
    run_id: runId,
    manifest: key,
    status,
    scope: { kind: scope },
    organizations: summary.organizations,
  });
  const about = { tenant: runs.to.tenant, from: run(runs.from), to: run(runs.to) };
  return {
    start: () => `${JSON.stringify(about).slice(0, -1)},"changes":[`,
    row: (change, index) => `${index === 0 ? "\n" : ",\n"}${encodeChange(change).trimEnd()}`,
    end: () => "\n]}\n",
  };
}
