import type { Change } from "../../domain/change.ts";
import { counted } from "../../domain/text.ts";
import { changesIn } from "../history.ts";
import type { ReportModel } from "../model.ts";
import { type Comparison, changeTitle, comparisons, intervalText, propertyLabel } from "../wording.ts";
import { type Markup, markup, NOTHING, within } from "./markup.ts";

/** UTF-8 bytes of the page that changes may take. */
const CHANGES_BYTES = 400_000;
const SHOWN_PROPERTIES = 8;
const SHOWN_REASONS = 8;

/** Every change with what it was, what it is, why it matters and when: by Organization, worst first. */
export function changes({ manifest, changes: worstFirst }: ReportModel): Markup {
  const total = changesIn(manifest.summary.severity);
  const shown = within(CHANGES_BYTES, worstFirst, change);
  const byOrganization = Map.groupBy(shown, ({ item }) => item.organizationId);
  const rest = total - shown.length;
  return markup`<section aria-labelledby="changes">
<h2 id="changes">Changes</h2>
${total === 0 ? markup`<p>${none(manifest)}</p>` : NOTHING}
<div class="cards">
${[...byOrganization.values()].flatMap((alike) => {
  const items = alike.map((one) => one.markup);
  return alike.slice(0, 1).map(({ item }) => organization(item, items));
})}
</div>
${rest > 0 ? markup`<p>And ${counted(rest, "more change")}: <a href="changes.csv">changes.csv</a>, with the files numbered after it if there are any, has them all.</p>` : NOTHING}
</section>`;
}

function none({ status, baseline }: ReportModel["manifest"]): string {
  if (status === "failed") return "The audit failed, so nothing was compared.";
  return baseline === null ? "There was nothing to compare with." : "Nothing changed in what was read.";
}

/** An Organization's name and ID, the name kept to itself whatever its direction of writing. */
export function organizationName({
  organizationId,
  organizationName: name,
}: Pick<Change, "organizationId" | "organizationName">): Markup {
  const id = markup`<code>${organizationId}</code>`;
  return name === null ? id : markup`<bdi>${name}</bdi> ${id}`;
}

function organization(one: Change, items: readonly Markup[]): Markup {
  return markup`<article class="card">
<div class="title"><h3>${organizationName(one)}</h3></div>
<ul>
${items}
</ul>
</article>`;
}

function change(one: Change): Markup {
  const compared = comparisons(one).slice(0, SHOWN_PROPERTIES);
  return markup`<li class="${one.severity}">
<h4><span class="badge ${one.severity}">${one.severity}</span> <bdi>${changeTitle(one)}</bdi></h4>
<dl class="facts change">
<div><dt>It was</dt><dd>${compared.map((each) => side(each, each.was))}</dd></div>
<div><dt>It is</dt><dd>${compared.map((each) => side(each, each.is))}</dd></div>
<div class="all"><dt>Why it matters</dt><dd>${one.reasons.slice(0, SHOWN_REASONS).map((reason) => markup`${reason} `)}</dd></div>
<div class="all"><dt>When</dt><dd>${intervalText(one.between)}</dd></div>
</dl>
</li>`;
}

function side({ property }: Comparison, value: string): Markup {
  if (property === null) return markup`<div>${value}</div>`;
  const label = propertyLabel(property);
  const name = label === null ? NOTHING : markup`${label} `;
  return markup`<div>${name}<code>${property}</code>: <bdi><strong>${value}</strong></bdi></div>`;
}
