import type { Change } from "../domain/change.ts";
import { counted, moment, plain } from "../domain/text.ts";
import { encodeChange } from "../evidence/format/lines.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import { csvHeader, csvRow } from "./csv.ts";
import { markdown } from "./text.ts";
import { changeTitle, intervalText, propertyText } from "./wording.ts";

export const CHANGE_LIST_FORMATS = ["table", "md", "csv", "json"] as const;
export type ChangeListFormat = (typeof CHANGE_LIST_FORMATS)[number];

/** The two runs whose changes are listed. */
export interface ComparedRuns {
  readonly from: Manifest;
  readonly to: Manifest;
}

/** A list of changes, written as they come: a start, one piece for each change, an end. */
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
  const days = `${moment(from.startedAt)} to ${moment(to.startedAt)}`;
  return `Changes of ${to.domain} from run ${from.runId} to run ${to.runId} (${days})`;
}

/** What the list cannot tell, because it was not read. */
function caveats({ from, to }: ComparedRuns): readonly string[] {
  const unread = (manifest: Manifest, what: string) => {
    const { failed } = manifest.summary.organizations;
    return failed === 0 ? [] : [`Run ${manifest.runId} could not read ${counted(failed, "Organization")}: ${what}`];
  };
  const what = "what was last seen of them before then is compared.";
  return [
    ...(from.scope === to.scope && to.scope === "all"
      ? []
      : ["The runs were not both of the whole tenant: Organizations came into and left the audit's scope."]),
    ...(from.runId === to.runId ? [] : unread(from, what)),
    ...unread(to, what),
  ];
}

function tableList(runs: ComparedRuns): ChangeList {
  return {
    start: () => `${plain(heading(runs))}\n`,
    row: (change) => `  ${change.severity.padEnd(6)} ${intervalText(change.between)}  ${plain(titleOf(change))}\n`,
    end: (total) =>
      [total === 0 ? "Nothing changed." : `${counted(total, "change")}.`, ...caveats(runs), ""].join("\n"),
  };
}

function titleOf(change: Change): string {
  const properties = change.properties.map((property) => `, ${propertyText(property)}`).join("");
  return `${change.organizationName ?? change.organizationId}: ${changeTitle(change)}${properties}`;
}

function markdownList(runs: ComparedRuns): ChangeList {
  const cells = (all: readonly string[]) => `| ${all.join(" | ")} |\n`;
  return {
    start: () =>
      `# ${markdown(heading(runs))}\n\n${cells(["Severity", "Organization", "Change", "When", "Why"])}${cells(Array.from({ length: 5 }, () => "---"))}`,
    row: (change) =>
      cells([
        change.severity,
        markdown(change.organizationName ?? change.organizationId),
        markdown([changeTitle(change), ...change.properties.map(propertyText)].join("; ")),
        intervalText(change.between),
        markdown(change.reasons.join(" ")),
      ]),
    end: (total) => `\n${[`${counted(total, "change")}.`, ...caveats(runs)].map(markdown).join("\n\n")}\n`,
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
