import { SEVERITIES, type Severity } from "../../domain/change.ts";
import { grouped } from "../../domain/text.ts";
import { type Markup, markup, NOTHING } from "./markup.ts";

type Counts = Readonly<Record<Severity, number>>;

/** Counts by severity with a label. `counts` is null when they are unknown; `fresh` are those that are new. */
export function tiles(label: string, counts: Counts | null, fresh?: Counts): Markup {
  const id = label.toLowerCase().replace(" ", "-");
  const tile = (one: Severity) => {
    const count = counts?.[one] ?? 0;
    const isNew = fresh !== undefined && fresh[one] > 0;
    return markup`<li class="${count > 0 ? `some ${one}` : one}"><b>${counts === null ? "–" : grouped(count)}</b> ${one}${isNew ? markup` <span class="new">${grouped(fresh[one])} new</span>` : NOTHING}</li>`;
  };
  return markup`<p id="${id}-by-severity"><small>${label}</small></p>
<ul class="tiles" aria-labelledby="${id}-by-severity">
${SEVERITIES.map(tile)}
</ul>`;
}
