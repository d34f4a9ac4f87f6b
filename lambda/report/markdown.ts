import type { Change } from "../domain/change.ts";
import { SEVERITIES } from "../domain/change.ts";
import { counted, grouped, moment } from "../domain/text.ts";
import { changesIn } from "./history.ts";
import type { ReportModel, StrategyUse, UnreadOrganization } from "./model.ts";
import { fitting, markdown, shortened } from "./text.ts";
import { changeTitle, costRows, intervalText, lastKnownText, propertyText, verdict } from "./wording.ts";

/** A ticket holds so much; report.json and the evidence hold the rest. */
const SHOWN = 100;
/** The same in UTF-8 bytes, for each list: names may be long. */
const LIST_BYTES = 250_000;
const WARNINGS_BYTES = 20_000;
const VERDICT_CHARACTERS = 2_000;

/** The report for tickets and chat. */
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
    `Run ${manifest.runId}, ${moment(manifest.startedAt)}, ${manifest.status}. ${counted(organizations.observed, "Organization")} read, ${grouped(organizations.failed)} not read, ${grouped(organizations.deleted)} deleted; ${counted(connections, "enabled connection")}.`,
    "",
    ...fitting(WARNINGS_BYTES, manifest.warnings, warningText).map(({ text }) => text),
  ];
}

function warningText(warning: string): string {
  return `> **Warning:** ${markdown(warning)}\n`;
}

function unread({ manifest, unread: organizations }: ReportModel): readonly string[] {
  const { failed } = manifest.summary.organizations;
  if (failed === 0) return [];
  const shown = fitting(LIST_BYTES, organizations.slice(0, SHOWN), unreadText);
  return [
    "## Not read",
    "",
    "Nothing is said of changes in these Organizations; their last known state is carried forward.",
    "",
    ...shown.map(({ text }) => text),
    ...rest(failed - shown.length, "Organization"),
    "",
  ];
}

function unreadText(one: UnreadOrganization): string {
  const { code, message } = one.failure;
  return `- ${organizationText(one)}: ${markdown(code)}, ${markdown(message)} Last known: ${markdown(lastKnownText(one))}`;
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
  const properties = change.properties.map((property) => ` ${markdown(propertyText(property))};`).join("");
  return `- ${organizationText(change)}: ${markdown(changeTitle(change))};${properties} ${intervalText(change.between)}. ${change.reasons.map(markdown).join(" ")}`;
}

function organizationText({
  organizationId,
  organizationName,
}: Pick<Change, "organizationId" | "organizationName">): string {
  const id = `\`${organizationId.replaceAll(/[^A-Za-z0-9_-]/g, "?")}\``;
  return organizationName === null ? id : `**${markdown(organizationName)}** (${id})`;
}

function rest(more: number, noun: string): readonly string[] {
  return more > 0 ? [`- and ${counted(more, `more ${noun}`)}: see the evidence`, ""] : [];
}

function signIn({ manifest, strategies, openTotal }: ReportModel): readonly string[] {
  if (manifest.status === "failed") return [];
  return [
    "## Who can sign in",
    "",
    "| Strategy | Enabled connections | Organizations |",
    "| --- | ---: | ---: |",
    ...fitting(LIST_BYTES, strategies.slice(0, SHOWN), strategyText).map(({ text }) => text),
    "",
    `People can join ${counted(openTotal, "Organization")} by themselves (automatic membership or sign-up).`,
    "",
  ];
}

function strategyText({ strategy, connections, organizations }: StrategyUse): string {
  return `| ${markdown(strategy ?? "not told")} | ${grouped(connections)} | ${grouped(organizations)} |`;
}

function cost({ manifest }: ReportModel): readonly string[] {
  return [
    "## Cost",
    "",
    "| | |",
    "| --- | ---: |",
    ...costRows(manifest).map(([label, value]) => `| ${label} | ${value} |`),
  ];
}
