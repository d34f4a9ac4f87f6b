import { counted, plain } from "../domain/text.ts";
import { type ChangeGroup, changesInGroups } from "./change-groups.ts";
import type { FindingsModel } from "./findings-model.ts";
import type { ReportModel } from "./model.ts";
import { changesIn } from "./recent-runs.ts";
import { terminalActors, terminalUndone } from "./terminal-who.ts";
import { groupLine } from "./text/change-phrase.ts";
import { listedRules, marksNew, POSTPONED, ruleCounts, ruleLabel, waiverLabel, waiverNotices } from "./text/finding.ts";
import { groupAuthors } from "./text/group-who.ts";
import { notices } from "./text/notices.ts";
import { failureText, lastKnownText, namedText, organizationLabel } from "./text/organization.ts";
import { usageText } from "./text/usage.ts";
import { verdict } from "./text/verdict.ts";

/** At most this many rules, changes and unread Organizations; the report lists more. */
const SHOWN = 20;

/** The result of a run for a terminal, line by line. */
export function terminalLines(model: ReportModel): readonly string[] {
  const { manifest, findings, groups, unread } = model;
  const shownGroups = groups.slice(0, SHOWN);
  const hiddenChanges = changesIn(manifest.summary.severity) - changesInGroups(shownGroups);
  const hiddenUnread = manifest.summary.organizations.failed - SHOWN;
  return [
    `Run ${manifest.runId} of ${manifest.domain} is ${manifest.status}.`,
    verdict(model),
    ...notices(manifest).map((warning) => `warning: ${warning}`),
    ...terminalUndone(model),
    ...(findings === null ? [] : findingLines(findings, marksNew(model))),
    ...shownGroups.map((group) => groupText(group, model)),
    ...(hiddenChanges > 0 ? [`  and ${counted(hiddenChanges, "more change")}: see the report`] : []),
    ...terminalActors(model),
    ...unread
      .slice(0, SHOWN)
      .map(
        (one) => `  unread ${organizationLabel(one)}: ${failureText(one.failure)} Last known: ${lastKnownText(one)}`,
      ),
    ...(hiddenUnread > 0 ? [`  and ${counted(hiddenUnread, "more unread Organization")}: see the report`] : []),
    usageText(manifest.usage),
  ].map(plain);
}

function groupText(group: ChangeGroup, { attributions }: ReportModel): string {
  const authors = groupAuthors(group, attributions);
  const names = group.count === 1 ? "" : namedText(group.changes, group.count);
  return `  ${group.severity.padEnd(6)} ${groupLine(group)}${authors === null ? "" : `, ${authors}`}${names}`;
}

/** One line for each rule, with the first of its Organizations. */
function findingLines(findings: FindingsModel, marks: boolean): readonly string[] {
  const rules = listedRules(findings);
  const { undecidedTotal } = findings;
  const hidden = rules.length - SHOWN;
  return [
    ...rules.slice(0, SHOWN).map((found) => {
      const severity = found.shown[0]?.severity ?? "-";
      return `  ${severity.padEnd(6)} ${found.description.title} (${ruleLabel(found)}): ${ruleCounts(found, marks)}${namedText(found.shown, found.organizations)}`;
    }),
    ...(hidden > 0 ? [`  and findings of ${counted(hidden, "more rule")}: see the report`] : []),
    ...(undecidedTotal > 0 ? [`  Not evaluated for ${counted(undecidedTotal, "Organization")}: see the report`] : []),
    ...waiverNotices(findings).map(
      ({ text, waivers }) =>
        `  ${counted(waivers.length, "waiver")}: ${text} First: ${waivers.slice(0, 1).map(waiverLabel).join("")}`,
    ),
    ...(findings.isPostponed ? [`  ${POSTPONED}`] : []),
  ];
}
