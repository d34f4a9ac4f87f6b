import type { Change } from "../domain/change.ts";
import { counted, grouped } from "../domain/text.ts";
import { markdown, organizationText } from "./escape-markdown.ts";
import { fitting } from "./limits.ts";
import type { ReportModel } from "./model.ts";
import { UNDONE_NOTE, UNDONE_TITLE, undoneFacts } from "./text/undone.ts";
import { actorLine, actorNotes, hasAuthor, logsText, whoText } from "./text/who.ts";
import type { UndoneChange } from "./undone.ts";

/** Limits of each list in UTF-8 bytes. */
const UNDONE_BYTES = 60_000;
const ACTORS_BYTES = 20_000;

/** The section about what came and went, line by line; nothing when there is none. */
export function undoneMarkdown({ undone: { shown: worstFirst, total } }: ReportModel): readonly string[] {
  if (total === 0) return [];
  const shown = fitting(UNDONE_BYTES, worstFirst, undoneLine);
  const more = total - shown.length;
  return [
    `## ${UNDONE_TITLE}`,
    "",
    UNDONE_NOTE,
    "",
    ...shown.map(({ text }) => text),
    ...(more > 0 ? [`- and ${grouped(more)} more: see changes.ocsf.ndjson`] : []),
    "",
  ];
}

function undoneLine(one: UndoneChange): string {
  const { text, undoneBy, who } = undoneFacts(one);
  const { change } = one;
  return `- **${change.severity}** ${organizationText(change)}: ${markdown(text)} ${markdown(change.reasons.join(" "))} Made by: ${markdown(who)}. Undone by: ${markdown(undoneBy)}${undoneBy.endsWith(".") ? "" : "."}`;
}

/** Who made a change, as a sentence after it; nothing where the logs were not read. */
export function whoMarkdown(
  change: Change,
  { manifest, attributions }: Pick<ReportModel, "manifest" | "attributions">,
): string {
  return hasAuthor(change, manifest) ? ` ${markdown(whoText(attributions.get(change) ?? null))}` : "";
}

/** The section about who made the changes, line by line. */
export function actorsMarkdown({ actors, manifest }: ReportModel): readonly string[] {
  const logs = logsText(manifest);
  if (logs === null) return [];
  const shown = fitting(ACTORS_BYTES, actors.shown, (actor) => {
    const { name, text } = actorLine(actor);
    return `- **${markdown(name)}**: ${text}`;
  });
  const more = actors.shown.length - shown.length;
  const notes = [
    ...(more > 0 ? [`${counted(more, "more actor")}: see changes.csv.`] : []),
    ...actorNotes(actors, manifest),
    logs,
  ];
  return [
    "## Who made the changes",
    "",
    ...shown.map(({ text }) => text),
    ...(shown.length > 0 ? [""] : []),
    ...notes.flatMap((note) => [markdown(note), ""]),
  ];
}
