import { SEVERITIES } from "../../domain/change.ts";
import { counted, grouped, moment } from "../../domain/text.ts";
import { runDay, runInstant, timestamp } from "../../domain/time.ts";
import type { IndexDay, IndexRun } from "../read-index.ts";
import { changesIn, type RunSummary } from "../recent-runs.ts";
import { type Markup, markup, NOTHING } from "./markup.ts";

/** Columns of counts. A phone does not show those that are `wide`. */
export const RUN_COLUMNS: readonly {
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

/** The runs of a day: each sweep has a row, and all updates have one together. */
export function dayRows({ day, runs, unlisted }: IndexDay): Markup {
  const updates = runs.flatMap(({ summary }) => (summary?.kind === "update" ? [summary] : []));
  const others = runs.filter(({ summary }) => summary?.kind !== "update");
  return markup`${updates.length + unlisted === 0 ? NOTHING : updatesRow(day, updates, unlisted)}${others.map(row)}`;
}

function row({ runId, summary }: IndexRun): Markup {
  const cells =
    summary === null
      ? markup`<td colspan="${RUN_COLUMNS.length + 1}">The manifest cannot be read.</td>`
      : counts(summary);
  return markup`<tr><th scope="row" class="run">${link(runId, summary)}</th>${cells}</tr>`;
}

/** A failed run read nothing: zeros would say that nothing changed. */
function counts(run: RunSummary): Markup {
  const cells = RUN_COLUMNS.map(
    ({ wide, count }) =>
      markup`<td class="number${wide ? " wide" : ""}">${run.status === "failed" ? "–" : grouped(count(run))}</td>`,
  );
  return markup`<td><span class="badge ${run.status}">${run.status}</span></td>${cells}`;
}

function updatesRow(day: string, updates: readonly RunSummary[], unlisted: number): Markup {
  const sum = (count: (run: RunSummary) => number) => updates.reduce((all, run) => all + count(run), 0);
  const unread = sum(({ organizations }) => organizations.failed);
  const failed = updates.filter(({ status }) => status === "failed").length;
  const text = [
    ...(updates.length === 0 ? [] : [counted(updates.length, "update"), counted(sum(changesOf), "change")]),
    ...(unread === 0 ? [] : [`${grouped(unread)} unread`]),
    ...(failed === 0 ? [] : [`${grouped(failed)} failed`]),
    ...(unlisted === 0 ? [] : [`${counted(unlisted, "more run")} not listed`]),
  ].join(", ");
  const listed = updates.filter(saysSomething);
  const list = markup`<details><summary>${text}</summary>
<ul>${listed.map((run) => markup`<li>${link(run.runId, run)}: ${updateText(run)}</li>`)}</ul></details>`;
  return markup`<tr class="updates"><th scope="row" class="run">${day}</th><td colspan="${RUN_COLUMNS.length + 1}">${listed.length === 0 ? text : list}</td></tr>`;
}

function saysSomething(run: RunSummary): boolean {
  const { findings, organizations, status } = run;
  return status === "failed" || organizations.failed > 0 || changesOf(run) > 0 || findings.new + findings.resolved > 0;
}

function updateText({ findings, organizations, severity, status }: RunSummary): string {
  if (status === "failed") return "failed";
  const changes = SEVERITIES.flatMap((one) => (severity[one] === 0 ? [] : [`${grouped(severity[one])} ${one}`]));
  return [
    changes.length === 0 ? "no changes" : `changes: ${changes.join(", ")}`,
    ...(findings.new === 0 ? [] : [counted(findings.new, "new finding")]),
    ...(findings.resolved === 0 ? [] : [`${grouped(findings.resolved)} resolved`]),
    ...(organizations.failed === 0 ? [] : [`${grouped(organizations.failed)} unread`]),
  ].join("; ");
}

function changesOf({ severity }: RunSummary): number {
  return changesIn(severity);
}

function link(runId: IndexRun["runId"], summary: RunSummary | null): Markup {
  const time = moment(summary?.time ?? timestamp(runInstant(runId))).slice(0, 16);
  return markup`<a href="dt=${runDay(runId)}/${runId}/report.html">${time}</a>`;
}
