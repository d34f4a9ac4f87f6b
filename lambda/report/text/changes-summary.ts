import { SEVERITIES } from "../../domain/change.ts";
import { counted } from "../../domain/text.ts";
import { changesInGroups } from "../change-groups.ts";
import { shortened } from "../limits.ts";
import type { ReportModel } from "../model.ts";
import { changesIn } from "../recent-runs.ts";
import { groupLine } from "./change-phrase.ts";
import { noChanges } from "./verdict.ts";

const MOST_GROUPS = 10;
const LINE_CHARACTERS = 150;

/** `High: acme: google (google-oauth2) enabled. Low: github renamed to gh in 27 Organizations.` In one line, unescaped. */
export function changesSummary({ groups, manifest }: Pick<ReportModel, "groups" | "manifest">): string {
  const total = changesIn(manifest.summary.severity);
  if (total === 0) return noChanges(manifest);
  const shown = groups.slice(0, MOST_GROUPS);
  const more = total - changesInGroups(shown);
  const texts = SEVERITIES.flatMap((severity) => {
    const lines = shown.filter((group) => group.severity === severity).map(groupLine);
    const label = severity.slice(0, 1).toUpperCase() + severity.slice(1);
    return lines.length === 0 ? [] : [`${label}: ${lines.map((line) => shortened(line, LINE_CHARACTERS)).join("; ")}.`];
  });
  return `${texts.join(" ")}${more > 0 ? ` And ${counted(more, "more change")}.` : ""}`;
}
