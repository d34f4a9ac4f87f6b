import { SEVERITIES, type Severity } from "../../domain/change.ts";
import { asStarted } from "../../domain/commands.ts";
import { counted, duration, grouped, moment } from "../../domain/text.ts";
import type { Manifest } from "../../evidence/format/manifest.ts";
import type { BrokenLink } from "../../evidence/query/chain-links.ts";
import type { Uncovered } from "../../evidence/query/coverage.ts";
import { type Markup, markup, NOTHING } from "../../report/html/markup.ts";
import { uncoveredText } from "../../report/text/coverage.ts";
import { type DayOfUpdates, dayOf, type RunRow } from "../folded-runs.ts";
import { href } from "../links.ts";
import { pager } from "./parts.ts";

const SHOWN_GAPS = 20;
const SHOWN_LINKS = 20;

/** What the list of runs shows. */
export interface RunsView {
  readonly tenant: string;
  readonly location: string;
  /** All of them, by month, newest first. */
  readonly months: readonly { readonly month: string; readonly runs: number }[];
  readonly month: string;
  /** Null for the whole month. */
  readonly day: string | null;
  /** The runs of the month or the day on this page, newest first. */
  readonly rows: readonly RunRow[];
  readonly page: number;
  readonly pages: number;
  readonly uncovered: readonly Uncovered[];
  readonly usualMs: number;
  readonly total: number;
  readonly broken: readonly BrokenLink[];
}

/** The page of all runs: coverage, gaps, and whether their manifests are a chain. */
export function runsBody(view: RunsView): Markup {
  const { day, month, months, page, pages, rows, total } = view;
  const to = (number: number) => href(["runs"], { ...(day === null ? { month } : { day }), page: number });
  return markup`<h1 class="subject">Runs</h1>
<p class="answer">${counted(total, "run")}. ${chainSentence(view)}</p>
${months.length < 2 ? NOTHING : markup`<nav class="pager" aria-label="Months">${months.map((one) => markup`<a href="${href(["runs"], { month: one.month })}"${one.month === month ? markup` aria-current="true"` : NOTHING}>${one.month} (${grouped(one.runs)})</a>`)}</nav>`}
<section aria-labelledby="list">
<h2 id="list">${day ?? month}, newest first</h2>
${day === null ? NOTHING : markup`<p><a href="${href(["runs"], { month })}">All runs of ${month}</a></p>`}
${rows.length === 0 ? markup`<p>No run was completed on this day.</p>` : runTable(rows)}
${pager([...(page > 1 ? [{ label: "Newer", to: to(page - 1) }] : []), ...(page < pages ? [{ label: "Older", to: to(page + 1) }] : [])])}
</section>
${gaps(view)}
${chain(view)}`;
}

/** A table of runs. The updates of a day are one row, with a link to each of them. */
export function runTable(rows: readonly RunRow[]): Markup {
  return markup`<table>
<thead><tr><th scope="col">Run</th><th scope="col">Status</th>${SEVERITIES.map((one) => markup`<th scope="col" class="number${one === "low" || one === "info" ? markup` wide` : NOTHING}">${one}</th>`)}<th scope="col" class="number wide">Read</th><th scope="col" class="number">Unread</th></tr></thead>
<tbody>
${rows.map((one) => ("run" in one ? runRow(one.run) : updatesRow(one.updates)))}
</tbody>
</table>`;
}

function runRow({ completedAt, kind, runId, status, summary }: Manifest): Markup {
  const { failed, observed } = summary.organizations;
  return row(href(["runs", runId]), [dayOf({ completedAt }), moment(completedAt).slice(11, 16)], {
    status,
    note: kind === "update" ? "update" : "",
    // A failed run read nothing: its zeros would say that nothing changed.
    counts: status === "failed" ? null : { ...summary.severity, observed, failed },
  });
}

function updatesRow({ day, failed, observed, runs, severity, status }: DayOfUpdates): Markup {
  const counts = { ...severity, observed, failed };
  return row(href(["runs"], { day }), [day, ""], { status, note: counted(runs, "update"), counts });
}

interface Row {
  readonly status: string;
  readonly note: string;
  readonly counts: Readonly<Record<Severity | "observed" | "failed", number>> | null;
}

function row(to: Markup, [day, time]: readonly [day: string, time: string], { counts, note, status }: Row): Markup {
  const count = (name: Severity | "observed" | "failed") => (counts === null ? "–" : grouped(counts[name]));
  return markup`<tr><th scope="row" class="run"><a href="${to}"><span class="setting">${day}</span>${time === "" ? "" : ` ${time}`}</a></th><td><span class="badge ${status}">${status}</span>${note === "" ? NOTHING : markup` <small>${note}</small>`}</td>${SEVERITIES.map((one) => markup`<td class="number${one === "low" || one === "info" ? markup` wide` : NOTHING}">${count(one)}</td>`)}<td class="number wide">${count("observed")}</td><td class="number">${count("failed")}</td></tr>`;
}

function gaps({ uncovered, usualMs }: RunsView): Markup {
  const shown = uncovered.slice(-SHOWN_GAPS).toReversed();
  const rest = uncovered.length - shown.length;
  return markup`<section aria-labelledby="gaps">
<h2 id="gaps">Gaps in the schedule</h2>
<p>Usual interval between runs over the whole tenant: ${duration(usualMs)}.${shown.length === 0 ? " No gaps." : ""}</p>
<ul class="list">${shown.map((one) => markup`<li>${uncoveredText(one)}</li>`)}</ul>
${rest > 0 ? markup`<p class="more">${counted(rest, "older gap")}: see the command runs.</p>` : NOTHING}
</section>`;
}

function chainSentence({ broken }: RunsView): string {
  return broken.length === 0
    ? "Their manifests are a chain without a break."
    : `The chain of their manifests has ${counted(broken.length, "break")}.`;
}

function chain({ broken, location, tenant, total }: RunsView): Markup {
  const rest = broken.length - SHOWN_LINKS;
  return markup`<section aria-labelledby="chain">
<h2 id="chain">Is the evidence complete and unaltered?</h2>
<p>${broken.length === 0 ? `Each of the ${counted(total, "manifest")} has the SHA-256 of the one before it, and it matches what is stored.` : "These manifests do not match what the next one recorded:"}</p>
<ul class="list">${broken.slice(0, SHOWN_LINKS).map(({ problem, runId }) => markup`<li><span class="badge high">${problem}</span> run ${runId}</li>`)}</ul>
${rest > 0 ? markup`<p class="more">And ${counted(rest, "more")}.</p>` : NOTHING}
<p>Every page here is read from parts that have the hash in their manifest. To check every stored byte, also those that no page shows, run:</p>
<p><code>${asStarted("npm run evidence --")} verify --in ${location} --tenant ${tenant}</code></p>
</section>`;
}
