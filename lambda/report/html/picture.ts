import { SEVERITIES, type Severity } from "../../domain/change.ts";
import { counted, grouped, moment } from "../../domain/text.ts";
import { type ChartDay, chartDays } from "../chart-days.ts";
import type { RunSummary } from "../recent-runs.ts";
import { type Markup, markup, NOTHING } from "./markup.ts";

/** Units of the drawing. Each day has one slot; a bar that is not zero is at least `LEAST` high. */
const SLOT = 10;
const BAR = 7;
const HEIGHT = 60;
const LEAST = 3;
/** Keeps the bars narrow when there are few days. */
const LEAST_SLOTS = 12;

/** Each row of bars has its own scale, so that many small changes do not hide a few severe ones. */
const ROWS: readonly { readonly label: string; readonly names: readonly (Severity | "unread")[] }[] = [
  { label: "High and medium changes", names: ["high", "medium"] },
  { label: "Low and info changes", names: ["low", "info"] },
  { label: "Unread Organizations", names: ["unread"] },
];

/** A chart of changes and unread Organizations by day; `runs` are oldest first. With a text description and a table. */
export function picture(runs: readonly RunSummary[]): Markup {
  const days = chartDays(runs);
  const [first, last] = [days.at(0), days.at(-1)];
  if (first === undefined || last === undefined) return NOTHING;
  const slots = Math.max(days.length, LEAST_SLOTS);
  const width = slots * SLOT;
  // The newest day is always at the right edge.
  const left = (index: number) => (slots - days.length + index) * SLOT + (SLOT - BAR) / 2;
  return markup`<figure class="picture">
<svg role="img" aria-labelledby="picture-title picture-description" viewBox="0 0 ${width} 1" preserveAspectRatio="none" class="title"><title id="picture-title">Changes by day, ${first.day} to ${last.day}</title><desc id="picture-description">${description(days)}</desc></svg>
${ROWS.map(({ label, names }) => {
  const most = Math.max(0, ...days.map((day) => total(day, names)));
  return markup`<div class="lane"><small>${label}: ${atMost(most)}</small>
<svg aria-hidden="true" viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="none">
${days.map((day, index) => bar(day, names, left(index), most))}
</svg></div>`;
})}
<div class="scale"><span>${first.day}</span><span>${last.day}</span></div>
<p class="legend" aria-hidden="true">${[...SEVERITIES, "unread" as const].map((one) => markup`<span><i class="${one}"></i>${one}</span>`)} <span><i class="cross">×</i>failed run</span> <span>no line: no run</span></p>
<details><summary>Numbers by run</summary>${figures(runs)}</details>
</figure>`;
}

/** The bar of a day in one row. A day without a run has no base line; a failed run is a cross, and has no bar. */
function bar(day: ChartDay, names: readonly (Severity | "unread")[], left: number, most: number): Markup {
  if (day.runs === 0) return NOTHING;
  const segments: Markup[] = [rectangle("axis", left - (SLOT - BAR) / 2, HEIGHT - 1, 1, SLOT)];
  let top = HEIGHT;
  // The highest severity is at the bottom, where bars are easiest to compare.
  for (const one of names) {
    const tall = height(day.counts[one], most);
    top -= tall;
    if (tall > 0) segments.push(rectangle(one, left, Math.max(0, top), tall));
  }
  if (day.failed > 0 && names.includes("high")) segments.push(cross(left));
  return markup`${segments}`;
}

function cross(left: number): Markup {
  const [right, top, bottom] = [left + BAR, HEIGHT - 14, HEIGHT - 3];
  return markup`<path class="cross" d="M${left} ${top}L${right} ${bottom}M${left} ${bottom}L${right} ${top}"/>`;
}

function total({ counts }: ChartDay, names: readonly (Severity | "unread")[]): number {
  return names.reduce((sum, one) => sum + counts[one], 0);
}

function atMost(count: number): string {
  return count === 0 ? "none" : `up to ${grouped(count)} a day`;
}

function height(count: number, most: number): number {
  return count === 0 ? 0 : Math.max(LEAST, Math.round((count / most) * HEIGHT * 10) / 10);
}

function rectangle(name: string, x: number, y: number, tall: number, wide = BAR): Markup {
  return markup`<rect class="${name}" x="${x}" y="${y}" width="${wide}" height="${tall}"/>`;
}

function description(days: readonly ChartDay[]): string {
  const number = (what: (day: ChartDay) => number) => days.reduce((sum, day) => sum + what(day), 0);
  const changes = (day: ChartDay) => total(day, SEVERITIES);
  return `${counted(number(changes), "change")} on ${counted(days.filter((day) => changes(day) > 0).length, "day")}; unread Organizations on ${counted(days.filter(({ counts }) => counts.unread > 0).length, "day")}; ${counted(
    number(({ failed }) => failed),
    "failed run",
  )}; ${counted(days.filter(({ runs }) => runs === 0).length, "day")} without a run.`;
}

function figures(runs: readonly RunSummary[]): Markup {
  const numbers = (run: RunSummary) => [...SEVERITIES.map((one) => run.severity[one]), run.organizations.failed];
  const cells = (run: RunSummary) =>
    run.status === "failed"
      ? markup`<td class="number" colspan="${SEVERITIES.length + 1}">failed</td>`
      : markup`${numbers(run).map((count) => markup`<td class="number">${grouped(count)}</td>`)}`;
  return markup`<table>
<thead><tr><th scope="col">Run (UTC)</th>${[...SEVERITIES, "unread"].map((name) => markup`<th scope="col" class="number">${name}</th>`)}</tr></thead>
<tbody>
${runs.map((run) => markup`<tr><th scope="row">${moment(run.time).slice(0, 16)}</th>${cells(run)}</tr>`)}
</tbody>
</table>`;
}
