import type { Tenant } from "../../model.ts";
import { SEVERITIES } from "../../model.ts";
import { runDay } from "../../time.ts";
import { HISTORY_RUNS, INDEX_RUNS, type IndexRun } from "../history.ts";
import { counted, grouped, moment } from "../text.ts";
import { type Markup, markup } from "./markup.ts";
import { page } from "./page.ts";
import { picture } from "./picture.ts";

/** The page that lists a tenant's runs, newest first as `runs` are; its links lead to the runs' reports beside it. */
export function renderIndex(tenant: Tenant, runs: readonly IndexRun[]): string {
  const recent = runs.slice(0, HISTORY_RUNS).flatMap(({ entry }) => (entry === null ? [] : [entry]));
  return page({
    title: `Audits of ${tenant}`,
    body: markup`<header>
<p class="eyebrow"><span>Auth0 Organization audit</span></p>
<h1><bdi>${tenant}</bdi></h1>
<p class="verdict">${runs.length < INDEX_RUNS ? counted(runs.length, "run") : `The last ${counted(INDEX_RUNS, "run")}`}</p>
</header>
<main>
<section class="overview" aria-label="Overview">
${picture(recent.reverse())}
</section>
<h2>Runs, newest first</h2>
<table>
<thead><tr><th scope="col">Run</th><th scope="col">Status</th>${SEVERITIES.map((one) => markup`<th scope="col" class="number${one === "low" || one === "info" ? " wide" : ""}">${one}</th>`)}<th scope="col" class="number">Read</th><th scope="col" class="number">Not read</th></tr></thead>
<tbody>
${runs.map(row)}
</tbody>
</table>
</main>
<footer><p>Counts of changes by severity, and of Organizations. All times are UTC.</p></footer>`,
  });
}

function row({ runId, entry }: IndexRun): Markup {
  const link = `dt=${runDay(runId)}/${runId}/report.html`;
  if (entry === null)
    return markup`<tr><th scope="row"><a href="${link}">${runId}</a></th><td colspan="7">its manifest cannot be read by this version</td></tr>`;
  const { severity, organizations, status, startedAt } = entry;
  return markup`<tr><th scope="row"><a href="${link}">${moment(startedAt).slice(0, 16)}</a></th><td><span class="badge ${status}">${status}</span></td>${SEVERITIES.map((one) => markup`<td class="number${one === "low" || one === "info" ? " wide" : ""}">${grouped(severity[one])}</td>`)}<td class="number">${grouped(organizations.observed)}</td><td class="number">${grouped(organizations.failed)}</td></tr>`;
}
