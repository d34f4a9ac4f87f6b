import { SEVERITIES } from "../../domain/change.ts";
import type { Tenant } from "../../domain/identifiers.ts";
import { counted, grouped, moment } from "../../domain/text.ts";
import { runDay } from "../../domain/time.ts";
import { HISTORY_RUNS, type HistoryEntry, INDEX_RUNS, type IndexRun } from "../history.ts";
import { type Markup, markup } from "./markup.ts";
import { page } from "./page.ts";
import { picture } from "./picture.ts";

/** Columns of counts; a phone has no room for those that are `wide`. */
const COLUMNS: readonly {
  readonly name: string;
  readonly wide: boolean;
  readonly count: (run: HistoryEntry) => number;
}[] = [
  ...SEVERITIES.map((one) => ({
    name: one,
    wide: one === "low" || one === "info",
    count: (run: HistoryEntry) => run.severity[one],
  })),
  { name: "read", wide: true, count: ({ organizations }) => organizations.observed },
  { name: "not read", wide: false, count: ({ organizations }) => organizations.failed },
  { name: "connections", wide: true, count: ({ connections }) => connections },
];

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
<footer><p>Changes by severity, Organizations read and not read, and enabled connections. All times are UTC.</p></footer>`,
  });
}

function row({ runId, entry }: IndexRun): Markup {
  const link = `dt=${runDay(runId)}/${runId}/report.html`;
  const head = (text: string, cells: Markup) =>
    markup`<tr><th scope="row" class="run"><a href="${link}">${text}</a></th>${cells}</tr>`;
  if (entry === null) return head(runId, markup`<td colspan="${COLUMNS.length + 1}">Its manifest cannot be read.</td>`);
  const counts = COLUMNS.map(
    ({ wide, count }) => markup`<td class="${numberClass(wide)}">${grouped(count(entry))}</td>`,
  );
  const status = markup`<td><span class="badge ${entry.status}">${entry.status}</span></td>`;
  return head(moment(entry.startedAt).slice(0, 16), markup`${status}${counts}`);
}

function numberClass(wide: boolean): Markup {
  return wide ? markup`number wide` : markup`number`;
}
