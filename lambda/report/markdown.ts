import { counted, grouped, moment } from "../domain/text.ts";
import { markdown, organizationText } from "./escape-markdown.ts";
import { fitting, shortened } from "./limits.ts";
import { changesMarkdown } from "./markdown-changes.ts";
import { findingsMarkdown } from "./markdown-findings.ts";
import { actorsMarkdown, undoneMarkdown } from "./markdown-who.ts";
import type { ReportModel, StrategyUse, UnreadOrganization } from "./model.ts";
import { timeOfRun } from "./recent-runs.ts";
import { notices } from "./text/notices.ts";
import { failureText, lastKnownText, UNKNOWN, UNREAD_NOTE } from "./text/organization.ts";
import { signInUnknown } from "./text/questions.ts";
import { usageRows } from "./text/usage.ts";
import { verdict } from "./text/verdict.ts";

/** Limits of each list, in items and in UTF-8 bytes. report.json and the evidence have more. */
const SHOWN = 100;
const LIST_BYTES = 200_000;
const WARNINGS_BYTES = 20_000;
const VERDICT_CHARACTERS = 2_000;

/** Renders report.md, the report for tickets and chat. */
export function renderMarkdown(model: ReportModel): string {
  return `${[heading(model), undoneMarkdown(model), findingsMarkdown(model), unread(model), changesMarkdown(model), actorsMarkdown(model), signIn(model), cost(model)].flat().join("\n")}\n`;
}

function heading(model: ReportModel): readonly string[] {
  const { manifest } = model;
  const { organizations, connections } = manifest.summary;
  return [
    `# Enabled connections of ${markdown(manifest.domain)}`,
    "",
    `**${markdown(shortened(verdict(model), VERDICT_CHARACTERS))}**`,
    "",
    `${moment(timeOfRun(manifest))}, ${manifest.status}. Run ${manifest.runId}. ${counted(organizations.observed, "Organization")} read, ${grouped(organizations.failed)} unread, ${grouped(organizations.deleted)} deleted; ${counted(connections, "enabled connection")}.`,
    "",
    ...texts(WARNINGS_BYTES, notices(manifest), (warning) => `> **Warning:** ${markdown(warning)}\n`),
  ];
}

function texts<Item>(bytes: number, items: readonly Item[], render: (item: Item) => string): readonly string[] {
  return fitting(bytes, items, render).map(({ text }) => text);
}

function unread({ manifest, unread: organizations }: ReportModel): readonly string[] {
  const { failed } = manifest.summary.organizations;
  if (failed === 0) return [];
  const shown = texts(LIST_BYTES, organizations.slice(0, SHOWN), unreadText);
  return ["## Unread Organizations", "", UNREAD_NOTE, "", ...shown, ...rest(failed - shown.length, "Organization"), ""];
}

function unreadText(one: UnreadOrganization): string {
  return `- ${organizationText(one)}: ${markdown(failureText(one.failure))} Last known: ${markdown(lastKnownText(one))}`;
}

function rest(more: number, noun: string): readonly string[] {
  return more > 0 ? [`- and ${counted(more, `more ${noun}`)}: see the evidence`, ""] : [];
}

function signIn({ manifest, strategies }: ReportModel): readonly string[] {
  if (signInUnknown(manifest) !== null) return [];
  return [
    "## Sign-in",
    "",
    "| Strategy | Enabled connections | Organizations |",
    "| --- | ---: | ---: |",
    ...texts(LIST_BYTES, strategies.slice(0, SHOWN), strategyText),
    "",
  ];
}

function strategyText({ strategy, connections, organizations }: StrategyUse): string {
  return `| ${markdown(strategy ?? UNKNOWN)} | ${grouped(connections)} | ${grouped(organizations)} |`;
}

function cost({ manifest }: ReportModel): readonly string[] {
  const rows = usageRows(manifest.usage).map(([label, value]) => `| ${label} | ${value} |`);
  return ["## Cost", "", "| | |", "| --- | ---: |", ...rows];
}
