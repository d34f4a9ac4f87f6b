import type { Finding } from "../domain/finding.ts";
import { counted, grouped } from "../domain/text.ts";
import type { PolicyWaiver } from "../findings/waivers.ts";
import { markdown, organizationText } from "./escape-markdown.ts";
import type { FindingsModel, RuleFindings, Undecided, WaivedFindings } from "./findings-model.ts";
import { fitting } from "./limits.ts";
import type { ReportModel } from "./model.ts";
import {
  findingConnection,
  isNew,
  listedRules,
  marksNew,
  openText,
  openTotal,
  POSTPONED,
  ruleCounts,
  ruleLabel,
  untilText,
  waiverLabel,
  waiverNotices,
} from "./text/finding.ts";

/** Limits of the list of each rule, in items and in UTF-8 bytes, and of all rules together. */
const SHOWN = 20;
const RULE_BYTES = 20_000;
const RULES_BYTES = 200_000;
const NOTICE_BYTES = 10_000;

/** The findings of a run as a part of report.md: each rule once, with the Organizations that it found. */
export function findingsMarkdown(model: ReportModel): readonly string[] {
  const { findings } = model;
  if (findings === null) return [];
  const rules = listedRules(findings);
  const marks = marksNew(model);
  const shown = fitting(RULES_BYTES, rules, (found) => ruleText(found, marks));
  const hidden = rules.length - shown.length;
  return [
    "## Findings",
    "",
    openText(findings),
    "",
    ...(findings.isPostponed ? [POSTPONED, ""] : []),
    ...shown.map(({ text }) => text),
    ...(hidden > 0 ? [`- and ${counted(hidden, "more rule")}: see findings.csv`, ""] : []),
    ...undecided(findings),
    ...waivers(findings),
  ];
}

function ruleText(found: RuleFindings, marks: boolean): string {
  const { description, shown, waivers: accepted } = found;
  const { wrong, why, remedy } = description;
  const [worst] = shown;
  const items = texts(shown, (finding) => findingText(finding, wrong, marks));
  return [
    `### ${worst === undefined ? "" : `${worst.severity}: `}${markdown(description.title)} (\`${ruleLabel(found)}\`)`,
    "",
    `${ruleCounts(found, marks)}. ${[wrong, why, remedy].flatMap((text) => (text === null ? [] : [markdown(text)])).join(" ")}`,
    "",
    ...items,
    ...rest(openTotal(found) - items.length, "finding"),
    ...texts(accepted, waivedText),
    "",
  ].join("\n");
}

function texts<Item>(items: readonly Item[], render: (item: Item) => string): readonly string[] {
  return fitting(RULE_BYTES, items.slice(0, SHOWN), render).map(({ text }) => text);
}

function rest(more: number, noun: string): readonly string[] {
  return more > 0
    ? [`- and ${counted(more, `more ${noun}`)}: see ${noun === "waiver" ? "the policy file" : "findings.csv"}`]
    : [];
}

function findingText(finding: Finding, wrong: string, marks: boolean): string {
  const said = finding.message === wrong ? "" : ` ${markdown(finding.message)}`;
  const fresh = marks && isNew(finding) ? " (new)" : "";
  return `- ${subject(finding)}, since ${finding.firstSeen.at.slice(0, 10)}${fresh}.${said}`;
}

function subject(finding: Finding): string {
  const connection = findingConnection(finding);
  return `${organizationText(finding)}${connection === null ? "" : `: ${markdown(connection)}`}`;
}

function waivedText({ count, shown, waiver }: WaivedFindings): string {
  const names = shown.map(subject).join(", ");
  const more = count - shown.length;
  const by = waiver.approvedBy === null ? "" : ` (approved by ${markdown(waiver.approvedBy)})`;
  return `- waived ${untilText(waiver)}: ${names}${more > 0 ? ` and ${grouped(more)} more` : ""}. ${markdown(waiver.reason)}${by}`;
}

function undecided({ undecided: all, undecidedTotal }: FindingsModel): readonly string[] {
  if (undecidedTotal === 0) return [];
  const shown = texts(all, undecidedText);
  return ["### Not evaluated", "", ...shown, ...rest(undecidedTotal - shown.length, "entry"), ""];
}

function undecidedText({ message, rules, ...organization }: Undecided): string {
  return `- ${organizationText(organization)}, ${counted(rules.length, "rule")}: ${markdown(message)}`;
}

function waivers(found: FindingsModel): readonly string[] {
  const notices = waiverNotices(found);
  if (notices.length === 0) return [];
  const lists = notices.flatMap(({ text, waivers: all }) => {
    const shown = fitting(NOTICE_BYTES, all.slice(0, SHOWN), waiverText);
    return [text, "", ...shown.map((one) => one.text), ...rest(all.length - shown.length, "waiver"), ""];
  });
  return ["### Waivers to review", "", ...lists];
}

function waiverText(waiver: PolicyWaiver): string {
  return `- ${markdown(waiverLabel(waiver))}: ${markdown(waiver.reason)}`;
}
