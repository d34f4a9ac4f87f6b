import { SEVERITIES } from "../../domain/change.ts";
import { counted, grouped, moment } from "../../domain/text.ts";
import { changesIn, type HistoryEntry } from "../history.ts";
import { type Markup, markup, NOTHING } from "./markup.ts";

/** Units of the drawing: a run has a slot of its own, and what is there at all is seen. */
const SLOT = 10;
const BAR = 7;
const HEIGHT = 60;
const LEAST = 2;
/** With fewer runs than this, the slots would make planks of the bars. */
const LEAST_SLOTS = 12;

/** Changes and unread Organizations over the last runs, oldest first: two rows of bars, and the same in words and figures. */
export function picture(runs: readonly HistoryEntry[]): Markup {
  const changes = runs.map(({ severity }) => changesIn(severity));
  const unread = runs.map(({ organizations }) => organizations.failed);
  const [most, mostUnread] = [Math.max(0, ...changes), Math.max(0, ...unread)];
  const [first, last] = [runs.at(0), runs.at(-1)];
  if (first === undefined || last === undefined) return NOTHING;
  const slots = Math.max(runs.length, LEAST_SLOTS);
  const width = slots * SLOT;
  // What is recent stands at the right, however few runs there are.
  const left = (index: number) => (slots - runs.length + index) * SLOT + (SLOT - BAR) / 2;
  return markup`<figure class="picture">
<svg role="img" aria-labelledby="picture-title picture-description" viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="none">
<title id="picture-title">Changes over the last ${counted(runs.length, "run")}</title>
<desc id="picture-description">${description(runs, changes, unread)}</desc>
${runs.map((run, index) => bar(run, left(index), most))}
<rect class="fill-line" x="0" y="${HEIGHT - 1}" width="${width}" height="1"/>
</svg>
<svg class="below" aria-hidden="true" viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="none">
${unread.map((count, index) => rectangle("fill-medium", left(index), 0, height(count, mostUnread)))}
</svg>
<div class="scale"><span>${moment(first.startedAt).slice(0, 10)}</span><span>${moment(last.startedAt).slice(0, 10)}</span></div>
<figcaption><small>${runs.length === 1 ? "This run" : `The last ${counted(runs.length, "run")}`}: changes upwards (${atMost(most)}), Organizations not read downwards (${atMost(mostUnread)}).</small></figcaption>
<p class="legend" aria-hidden="true">${["high", "medium", "low", "info"].map((one) => markup`<span><i class="${one}"></i>${one}</span>`)} <span><i class="failed"></i>failed run</span></p>
<details><summary>The figures behind the picture</summary>${figures(runs)}</details>
</figure>`;
}

function bar({ status, severity }: HistoryEntry, left: number, most: number): Markup {
  if (status === "failed") return rectangle("fill-idle", left, 0, HEIGHT);
  const segments: Markup[] = [];
  let top = HEIGHT;
  // The worst stands on the ground, where runs compare best.
  for (const one of SEVERITIES) {
    const tall = height(severity[one], most);
    top -= tall;
    if (tall > 0) segments.push(rectangle(`fill-${one}`, left, Math.max(0, top), tall));
  }
  return markup`${segments}`;
}

function atMost(count: number): string {
  return count === 0 ? "none" : `at most ${grouped(count)}`;
}

function height(count: number, most: number): number {
  return count === 0 ? 0 : Math.max(LEAST, Math.round((count / most) * HEIGHT * 10) / 10);
}

function rectangle(name: string, x: number, y: number, tall: number): Markup {
  return markup`<rect class="${name}" x="${x}" y="${y}" width="${BAR}" height="${tall}"/>`;
}

function description(runs: readonly HistoryEntry[], changes: readonly number[], unread: readonly number[]): string {
  const failed = runs.filter(({ status }) => status === "failed").length;
  const changed = changes.filter((count) => count > 0).length;
  const total = changes.reduce((sum, count) => sum + count, 0);
  const incomplete = unread.filter((count) => count > 0).length;
  return `${counted(total, "change")} in ${counted(changed, "run")}; ${counted(incomplete, "run")} could not read every Organization; ${counted(failed, "run")} failed.`;
}

function figures(runs: readonly HistoryEntry[]): Markup {
  const numbers = (run: HistoryEntry) => [...SEVERITIES.map((one) => run.severity[one]), run.organizations.failed];
  return markup`<table>
<thead><tr><th scope="col">Run (UTC)</th>${[...SEVERITIES, "not read"].map((name) => markup`<th scope="col" class="number">${name}</th>`)}</tr></thead>
<tbody>
${runs.map((run) => markup`<tr><th scope="row">${moment(run.startedAt).slice(0, 16)}${run.status === "failed" ? ", failed" : ""}</th>${numbers(run).map((count) => markup`<td class="number">${grouped(count)}</td>`)}</tr>`)}
</tbody>
</table>`;
}
