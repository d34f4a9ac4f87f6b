import { SEVERITIES } from "../domain/change.ts";
import { counted, grouped } from "../domain/text.ts";
import { byReasons, type ChangeGroup, changesInGroups } from "./change-groups.ts";
import { markdown, organizationText } from "./escape-markdown.ts";
import { fitting } from "./limits.ts";
import { whoMarkdown } from "./markdown-who.ts";
import type { ReportModel } from "./model.ts";
import { changesIn } from "./recent-runs.ts";
import { changePhrase, groupLine } from "./text/change-phrase.ts";
import { groupAuthors } from "./text/group-who.ts";
import { ownInterval, usualInterval } from "./text/when.ts";

/** Limits of the list, in groups and in UTF-8 bytes, and of the Organizations of a group. */
const SHOWN = 100;
const LIST_BYTES = 200_000;
const NAMED = 20;

/** The changes of a run as a part of report.md: the same change once, and the same reasons once. */
export function changesMarkdown(model: ReportModel): readonly string[] {
  const { changes, groups, manifest } = model;
  const total = changesIn(manifest.summary.severity);
  if (total === 0) return [];
  const shown = fitting(LIST_BYTES, groups.slice(0, SHOWN), (group) => `${text(group, model)}${reasonsOf(group)}`);
  const fit = shown.map(({ item }) => item);
  const usual = usualInterval(changes, manifest);
  const more = total - changesInGroups(fit);
  return [
    "## Changes",
    "",
    ...(usual === null ? [] : [usual, ""]),
    ...SEVERITIES.flatMap((severity) => {
      const alike = fit.filter((group) => group.severity === severity);
      if (alike.length === 0) return [];
      return [`### ${severity}: ${counted(manifest.summary.severity[severity], "change")}`, "", ...lines(alike, model)];
    }),
    ...(more > 0 ? [`- and ${counted(more, "more change")}: see the evidence`, ""] : []),
  ];
}

function lines(groups: readonly ChangeGroup[], model: ReportModel): readonly string[] {
  return byReasons(groups).flatMap((alike) => [
    ...alike.slice(0, 1).map(reasonsOf),
    "",
    ...alike.map((group) => text(group, model)),
    "",
  ]);
}

function reasonsOf({ first }: ChangeGroup): string {
  return markdown(first.reasons.join(" "));
}

function text(group: ChangeGroup, model: ReportModel): string {
  const { manifest } = model;
  const { changes, count, first } = group;
  const when = ownInterval(first, manifest);
  if (count === 1)
    return `- ${organizationText(first)}: ${markdown(changePhrase(first))}${when === null ? "" : `, ${when}`}.${whoMarkdown(first, model)}`;
  const names = changes.slice(0, NAMED).map(organizationText);
  const more = count - names.length;
  const authors = groupAuthors(group, model.attributions);
  return `- ${markdown(groupLine(group))}${authors === null ? "" : `, ${markdown(authors)}`}: ${names.join(", ")}${more > 0 ? ` and ${grouped(more)} more` : ""}`;
}
