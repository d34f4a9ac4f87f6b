import { SEVERITIES } from "../../domain/change.ts";
import type { Tenant } from "../../domain/identifiers.ts";
import { counted, grouped, moment } from "../../domain/text.ts";
import { runDay, runInstant, timestamp } from "../../domain/time.ts";
import { type IndexRun, MAX_INDEX_RUNS } from "../read-index.ts";
import { MAX_RECENT_RUNS, type RunSummary } from "../recent-runs.ts";
import { type Markup, markup } from "./markup.ts";
import { page } from "./page.ts";
import { picture } from "./picture.ts";

/** Columns of counts. A phone does not show those that are `wide`. */
const COLUMNS: readonly {
  readonly name: string;
  readonly wide: boolean;
  readonly count: (run: RunSummary) => number;
}[] = [
  ...SEVERITIES.map((one) => ({
    name: one,
    wide: one === "low" || one === "info",
    count: (run: RunSummary) => run.severity[one],
  })),
  { name: "read", wide: true, count: ({ organizations }) => organizations.observed },
  { name: "unread", wide: false, count: ({ organizations }) => organizations.failed },
  { name: "connections", wide: true, count: ({ connections }) => connections },
];

/** Renders index.html: a tenant's runs, newest first like `runs`, with links to their reports. */
export function renderIndex(tenant: Tenant, runs: readonly IndexRun[]): string {
  const recent = runs.slice(0, MAX_RECENT_RUNS).flatMap(({ summary }) => (summary === null ? [] : [summary]));
  return page({
    title: `Audits of ${tenant}`,
    body: markup`<header>
<p class="eyebrow"><span>Auth0 Organization audit</span></p>
<h1><bdi>${tenant}</bdi></h1>
<p class="verdict">${runs.length < MAX_INDEX_RUNS ? counted(runs.length, "run") : `The last ${counted(MAX_INDEX_RUNS, "run")}`}</p>
</header>
<main>
<section class="overview" aria-label="Overview">
${picture(recent.reverse())}
</section>
<section aria-labelledby="runs">
<h2 id="runs">Runs, newest first</h2>
<table>
<thead><tr><th scope="col">Run</th><th scope="col">Status</th>${COLUMNS.map(({ name, wide }) => markup`<th scope="col" class="${numberClass(wide)}">${name}</th>`)}</tr></thead>
<tbody>
${runs.map(row)}
</tbody>
</table>
</section>
</main>
<footer><p>Columns: changes by severity, Organizations read and unread, enabled connections. All times are UTC.</p></footer>`,
  });
}

function row({ runId, summary }: IndexRun): Markup {
  const time = moment(summary?.startedAt ?? timestamp(runInstant(runId))).slice(0, 16);
  const link = markup`<a href="dt=${runDay(runId)}/${runId}/report.html">${time}</a>`;
  return markup`<tr><th scope="row" class="run">${link}</th>${summary === null ? UNREADABLE : cells(summary)}</tr>`;
}

const UNREADABLE = markup`<td colspan="${COLUMNS.length + 1}">The manifest cannot be read.</td>`;

function cells(run: RunSummary): Markup {
  const counts = COLUMNS.map(({ wide, count }) => markup`<td class="${numberClass(wide)}">${grouped(count(run))}</td>`);
  return markup`<td><span class="badge ${run.status}">${run.status}</span></td>${counts}`;
}

function numberClass(wide: boolean): Markup {
  return wide ? markup`number wide` : markup`number`;
}
