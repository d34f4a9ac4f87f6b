import type { Change } from "../../domain/change.ts";
import type { ReportModel } from "../model.ts";
import { changesIn } from "../recent-runs.ts";
import { type Comparison, changeTitle, comparisons, intervalText, propertyLabel } from "../text/change.ts";
import { noChanges } from "../text/verdict.ts";
import { leftOut, type Markup, markup, NOTHING, within } from "./markup.ts";
import { organizationName } from "./organization-name.ts";
import { who } from "./who.ts";

/** UTF-8 bytes of the page for changes. */
const CHANGES_BYTES = 400_000;
const SHOWN_PROPERTIES = 8;
const SHOWN_REASONS = 8;

/** The changes by Organization, highest severity first, each with its state before and after, reasons and time. */
export function changes(model: ReportModel): Markup {
  const { manifest, changes: worstFirst } = model;
  const total = changesIn(manifest.summary.severity);
  const shown = within(CHANGES_BYTES, worstFirst, (one) => change(one, who(one, model)));
  const byOrganization = Map.groupBy(shown, ({ item }) => item.organizationId);
  return markup`<section aria-labelledby="changes">
<h2 id="changes">Changes</h2>
${total === 0 ? markup`<p>${noChanges(manifest)}</p>` : NOTHING}
<div class="cards">
${[...byOrganization.values()].flatMap((alike) => {
  const items = alike.map((one) => one.markup);
  return alike.slice(0, 1).map(({ item }) => organization(item, items));
})}
</div>
${leftOut(total - shown.length, markup`<a href="changes.csv">changes.csv</a> (large lists continue in changes-2.csv)`, "change")}
</section>`;
}

function organization(one: Change, items: readonly Markup[]): Markup {
  return markup`<article class="card">
<div class="title"><h3>${organizationName(one)}</h3></div>
<ul>
${items}
</ul>
</article>`;
}

function change(one: Change, by: Markup): Markup {
  const compared = comparisons(one).slice(0, SHOWN_PROPERTIES);
  return markup`<li class="${one.severity}">
<h4><span class="badge ${one.severity}">${one.severity}</span> <bdi>${changeTitle(one)}</bdi></h4>
<dl class="facts change">
<div><dt>Before</dt><dd>${compared.map((each) => side(each, each.before))}</dd></div>
<div><dt>After</dt><dd>${compared.map((each) => side(each, each.after))}</dd></div>
<div class="all"><dt>Why it matters</dt><dd>${one.reasons.slice(0, SHOWN_REASONS).map((reason) => markup`${reason} `)}</dd></div>
<div class="all"><dt>When</dt><dd>${intervalText(one.between)}</dd></div>
${by}
</dl>
</li>`;
}

function side({ property }: Comparison, value: string): Markup {
  if (property === null) return markup`<div>${value}</div>`;
  const label = propertyLabel(property);
  const name = label === null ? NOTHING : markup`${label} `;
  return markup`<div>${name}<code>${property}</code>: <bdi><strong>${value}</strong></bdi></div>`;
}
