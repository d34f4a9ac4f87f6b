import type { Change } from "../domain/change.ts";
import { SEVERITIES } from "../domain/change.ts";
import { counted, grouped, moment, plain } from "../domain/text.ts";
import { fitting, shortened } from "./limits.ts";
import type { ReportModel, StrategyUse, UnreadOrganization } from "./model.ts";
import { changesIn } from "./recent-runs.ts";
import { changeLine, intervalText } from "./text/change.ts";
import { notices } from "./text/notices.ts";
import { failureText, type Identified, lastKnownText, UNKNOWN, UNREAD_NOTE } from "./text/organization.ts";
import { signInUnknown } from "./text/questions.ts";
import { usageRows } from "./text/usage.ts";
import { verdict } from "./text/verdict.ts";

/** Limits of each list, in items and in UTF-8 bytes. report.json and the evidence have more. */
const SHOWN = 100;
const LIST_BYTES = 250_000;
const WARNINGS_BYTES = 20_000;
const VERDICT_CHARACTERS = 2_000;

/** Escapes text for a Markdown paragraph or table cell: no markup, link, mention or image remains. */
export function markdown(text: string): string {
  return (
    plain(text)
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll(/[\\`*_{}[\]#!|~$]/g, "\\$&")
      // GitHub and chat tools turn these into mentions and links even without markup.
      .replaceAll("@", "&#64;")
      .replaceAll(/:(?=\/\/)/g, "&#58;")
      .replaceAll(/\bwww\./gi, (match) => match.replace(".", "&#46;"))
  );
}

/** Renders report.md, the report for tickets and chat. */
export function renderMarkdown(model: ReportModel): string {
  return `${[heading(model), unread(model), changes(model), signIn(model), cost(model)].flat().join("\n")}\n`;
}

function heading({ manifest }: ReportModel): readonly string[] {
  const { organizations, connections } = manifest.summary;
  return [
    `# Enabled connections of ${markdown(manifest.domain)}`,
    "",
    `**${markdown(shortened(verdict(manifest), VERDICT_CHARACTERS))}**`,
    "",
    `Run ${manifest.runId}, ${moment(manifest.startedAt)}, ${manifest.status}. ${counted(organizations.observed, "Organization")} read, ${grouped(organizations.failed)} unread, ${grouped(organizations.deleted)} deleted; ${counted(connections, "enabled connection")}.`,
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

function changes({ manifest, changes: worstFirst }: ReportModel): readonly string[] {
  const total = changesIn(manifest.summary.severity);
  if (total === 0) return [];
  const shown = fitting(LIST_BYTES, worstFirst.slice(0, SHOWN), changeText);
  return [
    "## Changes",
    "",
    ...SEVERITIES.flatMap((severity) => {
      const alike = shown.filter(({ item }) => item.severity === severity);
      return alike.length === 0 ? [] : [`### ${severity}`, "", ...alike.map(({ text }) => text), ""];
    }),
    ...rest(total - shown.length, "change"),
  ];
}

function changeText(change: Change): string {
  return `- ${organizationText(change)}: ${markdown(changeLine(change))}; ${intervalText(change.between)}. ${markdown(change.reasons.join(" "))}`;
}

function organizationText({ organizationId, organizationName }: Identified): string {
  const id = `\`${organizationId.replaceAll(/[^A-Za-z0-9_-]/g, "?")}\``;
  return organizationName === null ? id : `**${markdown(organizationName)}** (${id})`;
}

function rest(more: number, noun: string): readonly string[] {
  return more > 0 ? [`- and ${counted(more, `more ${noun}`)}: see the evidence`, ""] : [];
}

function signIn({ manifest, strategies, openTotal }: ReportModel): readonly string[] {
  if (signInUnknown(manifest) !== null) return [];
  return [
    "## Sign-in",
    "",
    "| Strategy | Enabled connections | Organizations |",
    "| --- | ---: | ---: |",
    ...texts(LIST_BYTES, strategies.slice(0, SHOWN), strategyText),
    "",
    `People can join ${counted(openTotal, "Organization")} without an invitation (automatic membership or sign-up).`,
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
