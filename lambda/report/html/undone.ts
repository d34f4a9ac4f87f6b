import type { ReportModel } from "../model.ts";
import { UNDONE_NOTE, UNDONE_TITLE, undoneFacts } from "../text/undone.ts";
import type { UndoneChange } from "../undone.ts";
import { leftOut, type Markup, markup, NOTHING, within } from "./markup.ts";
import { organizationName } from "./organization-name.ts";

/** UTF-8 bytes of the page for what came and went. */
const UNDONE_BYTES = 40_000;
const SHOWN_REASONS = 8;

/** What came and went between two observations, highest severity first; nothing when there is none. */
export function undone(model: ReportModel): Markup {
  const { shown: worstFirst, total } = model.undone;
  if (total === 0) return NOTHING;
  const shown = within(UNDONE_BYTES, worstFirst, (one) => card(one, model));
  return markup`<section aria-labelledby="undone">
<h2 id="undone">${UNDONE_TITLE}</h2>
<p>${UNDONE_NOTE}</p>
<div class="cards">
${shown.map((one) => one.markup)}
</div>
${leftOut(total - shown.length, markup`<a href="changes.ocsf.ndjson">changes.ocsf.ndjson</a>`, "temporary change")}
</section>`;
}

function card(one: UndoneChange, model: ReportModel): Markup {
  const { change } = one;
  const { text, undoneBy, who } = undoneFacts(one);
  return markup`<article class="card">
<div class="title"><h3>${organizationName(change, model)}</h3></div>
<ul><li class="${change.severity}">
<h4><span class="badge ${change.severity}">${change.severity}</span> <bdi>${text}</bdi></h4>
<dl class="facts change">
<div class="all"><dt>Why it matters</dt><dd>${change.reasons.slice(0, SHOWN_REASONS).map((reason) => markup`${reason} `)}</dd></div>
<div class="all"><dt>Made by</dt><dd><bdi>${who}</bdi></dd></div>
<div class="all"><dt>Undone by</dt><dd><bdi>${undoneBy}</bdi></dd></div>
</dl>
</li></ul>
</article>`;
}
