import type { Change } from "../model.ts";
import { SEVERITIES } from "../model.ts";
import type { ReportModel } from "./report-model.ts";
import { counted, grouped, markdown, moment } from "./text.ts";
import { changeTitle, costRows, intervalText, lastKnownText, propertyText, verdict } from "./wording.ts";

/** A ticket holds so much; report.json and the evidence hold the rest. */
const SHOWN = 100;

/** The report for tickets and chat. */
export function renderMarkdown(model: ReportModel): string {
  return `${[heading(model), unread(model), changes(model), signIn(model), cost(model)].flat().join("\n")}\n`;
}

function heading({ manifest }: ReportModel): readonly string[] {
  const { organizations, connections } = manifest.summary;
  return [
    `# Enabled connections of ${markdown(manifest.domain)}`,
    "",
    `**${markdown(verdict(manifest))}**`,
    "",
    `Run ${manifest.runId}, ${moment(manifest.startedAt)}, ${manifest.status}. ${counted(organizations.observed, "Organization")} read, ${grouped(organizations.failed)} not read, ${grouped(organizations.deleted)} deleted; ${counted(connections, "enabled connection")}.`,
    "",
    ...manifest.warnings.flatMap((warning) => [`> **Warning:** ${markdown(warning)}`, ""]),
  ];
}

function unread({ manifest, unread: organizations }: ReportModel): readonly string[] {
  const { failed } = manifest.summary.organizations;
  if (failed === 0) return [];
  return [
    "## Not read",
    "",
    "Nothing is said of changes in these Organizations; their last known state is carried forward.",
    "",
    ...organizations.slice(0, SHOWN).map((one) => {
      const { code, message } = one.failure;
      return `- ${organizationText(one)}: ${markdown(code)}, ${markdown(message)} Last known: ${markdown(lastKnownText(one))}`;
    }),
    ...rest(failed, "Organization"),
    "",
  ];
}

function changes({ manifest, changes: shown }: ReportModel): readonly string[] {
  const total = SEVERITIES.reduce((sum, severity) => sum + manifest.summary.severity[severity], 0);
  if (total === 0) return [];
  const first = shown.slice(0, SHOWN);
  return [
    "## Changes",
    "",
    ...SEVERITIES.flatMap((severity) => {
      const alike = first.filter((change) => change.severity === severity);
      return alike.length === 0 ? [] : [`### ${severity}`, "", ...alike.map(changeText), ""];
    }),
    ...rest(total, "change"),
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

function rest(total: number, noun: string): readonly string[] {
  return total > SHOWN ? [`- and ${counted(total - SHOWN, `more ${noun}`)}: see the evidence`, ""] : [];
}

function signIn({ manifest, strategies, openTotal }: ReportModel): readonly string[] {
  if (manifest.status === "failed") return [];
  return [
    "## Who can sign in",
    "",
    "| Strategy | Enabled connections | Organizations |",
    "| --- | ---: | ---: |",
    ...strategies
      .slice(0, SHOWN)
      .map(
        ({ strategy, connections, organizations }) =>
          `| ${markdown(strategy ?? "not told")} | ${grouped(connections)} | ${grouped(organizations)} |`,
      ),
    "",
    `People can join ${counted(openTotal, "Organization")} by themselves (automatic membership or sign-up).`,
    "",
  ];
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
