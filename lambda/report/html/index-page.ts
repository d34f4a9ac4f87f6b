import type { Tenant } from "../../domain/identifiers.ts";
import { type PresentState, presentState } from "../present-state.ts";
import type { IndexDay } from "../read-index.ts";
import { completeText, presentText, runMoment, sinceText } from "../text/present-state.ts";
import { dayRows, RUN_COLUMNS } from "./index-rows.ts";
import { type Markup, markup, NOTHING } from "./markup.ts";
import { page } from "./page.ts";
import { picture } from "./picture.ts";
import { tiles } from "./tiles.ts";

/** Renders index.html: a tenant's present state and its runs by day, newest first like `days`, with links to reports. */
export function renderIndex(tenant: Tenant, days: readonly IndexDay[]): string {
  const state = presentState(days);
  return page({
    title: `Audits of ${tenant}`,
    body: markup`<header>
<p class="eyebrow"><span>Auth0 Organization audit</span></p>
<h1><bdi>${tenant}</bdi></h1>
<p class="verdict">${presentText(state)}</p>
<p class="when">${completeText(state)}</p>
</header>
<main>
<section class="overview" aria-label="Overview">
<div>
${findingsNow(state)}
</div>
${picture(charted(days))}
</section>
<section aria-labelledby="runs">
<h2 id="runs">Runs, newest first</h2>
<table class="runs">
<thead><tr><th scope="col">Run</th><th scope="col">Status</th>${RUN_COLUMNS.map(({ name, wide }) => markup`<th scope="col" class="number${wide ? " wide" : ""}">${name}</th>`)}</tr></thead>
<tbody>
${days.map(dayRows)}
</tbody>
</table>
</section>
</main>
<footer><p>Columns: changes by severity, Organizations read and unread, enabled connections. All times are UTC.</p></footer>`,
  });
}

function findingsNow(state: PresentState): Markup {
  const { sweep } = state;
  const since = sinceText(state);
  return markup`${tiles("Open findings", sweep?.isJudged === true ? sweep.findings.open : null)}
${sweep === null ? NOTHING : markup`<p><small>As of ${runMoment(sweep)}. ${since ?? ""}</small></p>`}`;
}

/** The newest days of which every run was read, oldest first: sums of other days would be too small. */
function charted(days: readonly IndexDay[]) {
  const end = days.findIndex(({ unlisted }) => unlisted > 0);
  const complete = end === -1 ? days : days.slice(0, end);
  return complete.flatMap(({ runs }) => runs.flatMap(({ summary }) => (summary === null ? [] : [summary]))).reverse();
}
