import { SEVERITIES } from "../../domain/change.ts";
import { counted, grouped, moment } from "../../domain/text.ts";
import { changesIn, type RunSummary } from "../recent-runs.ts";
import { type Markup, markup, NOTHING } from "./markup.ts";

/** Units of the drawing. Each run has one slot; a bar that is not zero is at least `LEAST` high. */
const SLOT = 10;
const BAR = 7;
const HEIGHT = 60;
const LEAST = 2;
/** Keeps the bars narrow when there are few runs. */
const LEAST_SLOTS = 12;

/** A chart of changes and unread Organizations by run, oldest first, with a text description and a table of the numbers. */
export function picture(runs: readonly RunSummary[]): Markup {
  const changes = runs.map(({ severity }) => changesIn(severity));
  const unread = runs.map(({ organizations }) => organizations.failed);
  const [most, mostUnread] = [Math.max(0, ...changes), Math.max(0, ...unread)];
  const [first, last] = [runs.at(0), runs.at(-1)];
  if (first === undefined || last === undefined) return NOTHING;
  const slots = Math.max(runs.length, LEAST_SLOTS);
  const width = slots * SLOT;
  // The newest run is always at the right edge.
  const left = (index: number) => (slots - runs.length + index) * SLOT + (SLOT - BAR) / 2;
  return markup`<figure class="picture">
<svg role="img" aria-labelledby="picture-title picture-description" viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="none">
<title id="picture-title">Changes over the last ${counted(runs.length, "run")}</title>
<desc id="picture-description">${description(runs, changes, unread)}</desc>
${runs.map((run, index) => bar(run, left(index), most))}
<rect class="axis" x="0" y="${HEIGHT - 1}" width="${width}" height="1"/>
</svg>
<svg class="below" aria-hidden="true" viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="none">
${unread.map((count, index) => rectangle("unread", left(index), 0, height(count, mostUnread)))}
</svg>
<div class="scale"><span>${moment(first.startedAt).slice(0, 10)}</span><span>${moment(last.startedAt).slice(0, 10)}</span></div>
<figcaption><small>${runs.length === 1 ? "This run" : `The last ${counted(runs.length, "run")}`}. Above the line: changes (${atMost(most)}). Below: unread Organizations (${atMost(mostUnread)}).</small></figcaption>
<p class="legend" aria-hidden="true">${SEVERITIES.map((one) => markup`<span><i class="${one}"></i>${one}</span>`)} <span><i class="idle"></i>failed run</span></p>
<details><summary>Numbers by run</summary>${figures(runs)}</details>
</figure>`;
}

function bar({ status, severity }: RunSummary, left: number, most: number): Markup {
  if (status === "failed") return rectangle("idle", left, 0, HEIGHT);
  const segments: Markup[] = [];
  let top = HEIGHT;
  // The highest severity is at the bottom, where bars are easiest to compare.
  for (const one of SEVERITIES) {
    const tall = height(severity[one], most);
    top -= tall;
    if (tall > 0) segments.push(rectangle(one, left, Math.max(0, top), tall));
  }
  return markup`${segments}`;
}

function atMost(count: number): string {
  return count === 0 ? "none" : `up to ${grouped(count)}`;
}

function height(count: number, most: number): number {
  return count === 0 ? 0 : Math.max(LEAST, Math.round((count / most) * HEIGHT * 10) / 10);
}

function rectangle(name: string, x: number, y: number, tall: number): Markup {
  return markup`<rect class="${name}" x="${x}" y="${y}" width="${BAR}" height="${tall}"/>`;
}

function description(runs: readonly RunSummary[], changes: readonly number[], unread: readonly number[]): string {
  const failed = runs.filter(({ status }) => status === "failed").length;
  const changed = changes.filter((count) => count > 0).length;
  const total = changes.reduce((sum, count) => sum + count, 0);
  const incomplete = unread.filter((count) => count > 0).length;
  return `${counted(total, "change")} in ${counted(changed, "run")}; ${counted(incomplete, "run")} with unread Organizations; ${counted(failed, "failed run")}.`;
}

function figures(runs: readonly RunSummary[]): Markup {
  const numbers = (run: RunSummary) => [...SEVERITIES.map((one) => run.severity[one]), run.organizations.failed];
  return markup`<table>
<thead><tr><th scope="col">Run (UTC)</th>${[...SEVERITIES, "unread"].map((name) => markup`<th scope="col" class="number">${name}</th>`)}</tr></thead>
<tbody>
${runs.map((run) => markup`<tr><th scope="row">${moment(run.startedAt).slice(0, 16)}${run.status === "failed" ? ", failed" : ""}</th>${numbers(run).map((count) => markup`<td class="number">${grouped(count)}</td>`)}</tr>`)}
</tbody>
</table>`;
}
