import type { Change } from "../domain/change.ts";
import { counted, plain } from "../domain/text.ts";
import { shortened } from "./limits.ts";
import type { ReportModel } from "./model.ts";
import { changesIn } from "./recent-runs.ts";
import { changeLine } from "./text/change.ts";
import { findingsText, notJudged } from "./text/finding.ts";
import { noChanges, verdict } from "./text/verdict.ts";

const LINE_CHARACTERS = 1_000;
const MOST_CHANGES = 3;

/**
 * Characters that mean something to JSON, Slack or Teams, and what replaces them. Escaping does not work: EventBridge's input
 * transformer inserts a text between quotes as it is, and Slack and Teams escape differently.
 */
const INERT: ReadonlyMap<string, string> = new Map([
  ['"', "'"],
  ["\\", "/"],
  ["`", "'"],
  ["<", "‹"],
  [">", "›"],
  ["&", "＆"],
  ["@", "＠"],
  ["*", "∗"],
  ["~", "∼"],
  ["[", "("],
  ["]", ")"],
]);

/** The text of a chat message about a run: single lines that need no escaping in JSON, Slack or Teams. */
export interface ChatLines {
  readonly verdict: string;
  readonly findings: string;
  /** The worst changes; the same change in several Organizations is named once. */
  readonly changes: string;
}

export function chatLines(
  model: Pick<ReportModel, "manifest" | "changes" | "findings" | "groups" | "undone">,
): ChatLines {
  const { findings, manifest } = model;
  return {
    verdict: chatLine(verdict(model)),
    findings: chatLine(findings === null ? notJudged(model) : findingsText(findings, manifest.summary.findings)),
    changes: chatLine(changesText(model)),
  };
}

/** One line of at most 1,000 characters that is shown as it is: no formatting, no link, no mention. */
export function chatLine(text: string): string {
  const inert = plain(text)
    .replaceAll(/["\\`<>&@*~[\]]/g, (character) => INERT.get(character) ?? "")
    // Clients make links of addresses, whatever the message says.
    .replaceAll("://", ":// ")
    .replaceAll(/\bwww\./gi, "www. ");
  return shortened(inert, LINE_CHARACTERS);
}

/** A change, and in how many Organizations. */
interface Group {
  readonly change: Change;
  readonly organizations: number;
}

function changesText({ manifest, changes }: Pick<ReportModel, "manifest" | "changes">): string {
  const total = changesIn(manifest.summary.severity);
  if (total === 0) return noChanges(manifest);
  const groups = grouped(changes).slice(0, MOST_CHANGES);
  const more = total - groups.reduce((sum, { organizations }) => sum + organizations, 0);
  const named = groups.map(groupText);
  return `Worst changes: ${[...named, ...(more > 0 ? [counted(more, "more change")] : [])].join("; ")}.`;
}

/** In the order of the changes, worst first. Changes of different severity are never one group. */
function grouped(changes: readonly Change[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const change of changes) {
    const key = `${change.severity} ${changeLine(change)}`;
    const organizations = (groups.get(key)?.organizations ?? 0) + 1;
    groups.set(key, { change: groups.get(key)?.change ?? change, organizations });
  }
  return [...groups.values()];
}

function groupText({ change, organizations }: Group): string {
  const { organizationId, organizationName, severity } = change;
  const where = organizations === 1 ? (organizationName ?? organizationId) : counted(organizations, "Organization");
  return `${severity}: ${changeLine(change)} in ${where}`;
}
