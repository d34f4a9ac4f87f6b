import type { Finding } from "../domain/finding.ts";
import { counted, moment, plain } from "../domain/text.ts";
import { encodeFinding } from "../evidence/format/lines.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import { markdown } from "./escape-markdown.ts";
import { FINDINGS_CSV } from "./findings-csv.ts";
import { jsonList, type List, type ListFormat, type ListFrame, markdownRow } from "./list.ts";
import { givenTimeText } from "./text/notices.ts";
import { organizationLabel } from "./text/organization.ts";

/** The findings of a state, and what they rest on. */
export interface ListedFindings {
  readonly run: Manifest;
  /** How many runs make up the state. */
  readonly layers: number;
  /** The policy file that judged the state again; null: the findings are the recorded ones. */
  readonly policyFile: string | null;
}

/** What surrounds a list of findings. Its JSON is the array of finding lines alone. */
export function findingsFrame({ layers, policyFile, run }: ListedFindings): ListFrame {
  const { domain, completedAt, runId, summary, tenant } = run;
  const judged = policyFile === null ? "as recorded" : `judged again by ${policyFile}, not by the policy of that time`;
  const given = givenTimeText(run);
  const { failed } = summary.organizations;
  return {
    tenant,
    heading: `Findings in ${domain} as of run ${runId}, ${moment(completedAt)}, ${judged}`,
    notes: () => [
      ...(failed === 0
        ? []
        : [`The run could not read ${counted(failed, "Organization")}: the last known state is judged.`]),
      ...(layers > 1 ? [`Organizations that the run did not read are in the state of an earlier run.`] : []),
      ...(policyFile === null ? [] : [`First seen means this run: earlier runs were not judged by ${policyFile}.`]),
      ...(given === null ? [] : [given]),
    ],
    json: { before: "", after: () => "" },
  };
}

/** Renders a list of findings. */
export function findingList(format: ListFormat, frame: ListFrame): List<Finding> {
  switch (format) {
    case "table":
      return tableList(frame);
    case "md":
      return markdownList(frame);
    case "csv":
      return csvList(frame);
    case "json":
      return jsonList(frame, encodeFinding);
  }
}

function csvList({ tenant }: ListFrame): List<Finding> {
  return {
    hasNotes: false,
    start: () => FINDINGS_CSV.header(),
    row: (finding) => FINDINGS_CSV.row({ finding, tenant }),
    end: () => "",
  };
}

function closing(frame: ListFrame, total: number): readonly string[] {
  return [total === 0 ? "No findings." : `${counted(total, "finding")}.`, ...frame.notes()];
}

function tableList(frame: ListFrame): List<Finding> {
  return {
    hasNotes: true,
    start: () => `${plain(frame.heading)}\n`,
    row: (finding) =>
      `  ${finding.severity.padEnd(6)} ${finding.status.padEnd(13)} ${plain(`${organizationLabel(finding)}: ${subject(finding)}`)}\n` +
      `         ${plain(`${finding.message} ${sinceText(finding)}`)}\n`,
    end: (total) => `${closing(frame, total).map(plain).join("\n")}\n`,
  };
}

function markdownList(frame: ListFrame): List<Finding> {
  const titles = ["Severity", "Status", "Organization", "Rule", "What is wrong", "Since"];
  const header = markdownRow(...titles) + markdownRow(...titles.map(() => "---"));
  return {
    hasNotes: true,
    start: () => `# ${markdown(frame.heading)}\n\n${header}`,
    row: (finding) =>
      markdownRow(
        finding.severity,
        finding.status,
        markdown(organizationLabel(finding)),
        markdown(subject(finding)),
        markdown(finding.message),
        markdown(sinceText(finding)),
      ),
    end: (total) => `\n${closing(frame, total).map(markdown).join("\n\n")}\n`,
  };
}

/** `sso-bypass, google (google-oauth2)`. */
function subject({ connectionId, connectionName, rule, strategy }: Finding): string {
  const connection = connectionName ?? connectionId;
  return connection === null ? rule : `${rule}, ${connection}${strategy === null ? "" : ` (${strategy})`}`;
}

function sinceText({ firstSeen, waiver }: Finding): string {
  const since = `First seen ${moment(firstSeen.at)}.`;
  if (waiver === null) return since;
  const by = waiver.approvedBy === null ? "" : ` by ${waiver.approvedBy}`;
  const until = waiver.expires === null ? "" : ` until ${waiver.expires}`;
  return `${since} Waived${by}${until}: ${waiver.reason}`;
}
