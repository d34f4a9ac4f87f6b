import type { Change } from "../../domain/change.ts";
import type { ReportModel } from "../model.ts";
import { actorLine, actorNotes, hasAuthor, logsText, whoText } from "../text/who.ts";
import { leftOut, type Markup, markup, NOTHING, within } from "./markup.ts";

/** UTF-8 bytes of the page for the list of actors. */
const ACTORS_BYTES = 10_000;

/** Who made a change, after it; nothing where the logs were not read. */
export function who(
  change: Change,
  { manifest, attributions }: Pick<ReportModel, "manifest" | "attributions">,
): Markup {
  if (!hasAuthor(change, manifest)) return NOTHING;
  return markup` <small><bdi>${whoText(attributions.get(change) ?? null)}</bdi></small>`;
}

/** The changes by actor, and what was read of the tenant's logs. */
export function actors({ actors: model, manifest }: ReportModel): Markup {
  const logs = logsText(manifest);
  if (logs === null) return NOTHING;
  const shown = within(ACTORS_BYTES, model.shown, (actor) => {
    const { name, text } = actorLine(actor);
    return markup`<li><bdi><strong>${name}</strong></bdi>: ${text}</li>`;
  });
  const notes = actorNotes(model, manifest);
  if (shown.length === 0 && notes.length === 0) return markup`<p class="soft">${logs}</p>`;
  return markup`<section aria-labelledby="who">
<h2 id="who">Who made the changes</h2>
${shown.length === 0 ? NOTHING : markup`<ul class="actors">${shown.map((one) => one.markup)}</ul>`}
${leftOut(model.shown.length - shown.length, markup`<a href="changes.csv">changes.csv</a>`, "actor")}
${notes.map((note) => markup`<p>${note}</p>`)}
<p class="soft">${logs}</p>
</section>`;
}
