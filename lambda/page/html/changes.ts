import type { Severity } from "../../domain/change.ts";
import { counted } from "../../domain/text.ts";
import type { Uncovered } from "../../evidence/query/coverage.ts";
import { type Markup, markup, NOTHING, within } from "../../report/html/markup.ts";
import { intervalText } from "../../report/text/change.ts";
import { changePhrase } from "../../report/text/change-phrase.ts";
import { uncoveredTexts } from "../../report/text/coverage.ts";
import { UNDONE_NOTE, UNDONE_TITLE } from "../../report/text/undone.ts";
import type { AuthoredChange } from "../authored.ts";
import type { TemporaryChanges } from "../happened.ts";
import { href } from "../links.ts";
import type { WhoSummary } from "../who-summary.ts";
import { severityField } from "./fields.ts";
import { organizationLink, pager } from "./parts.ts";
import { logsSentence, temporaryList } from "./temporary.ts";

const CHANGES_BYTES = 500_000;
const SHOWN_REASONS = 4;

/** What the list of changes shows. */
export interface ChangesView {
  /** What was asked for, as it was written. */
  readonly since: string;
  readonly until: string;
  readonly severity: Severity | null;
  readonly organization: string;
  readonly page: number;
  /** What came and went in this period. */
  readonly temporary: TemporaryChanges;
  readonly who: WhoSummary;
  /** Newest run first. */
  readonly changes: readonly AuthoredChange[];
  readonly hasMore: boolean;
  /** How many there are; null when it takes reading all of them. */
  readonly total: number | null;
  readonly runs: number;
  readonly unreadRuns: number;
  readonly uncovered: readonly Uncovered[];
}

/** The page of changes in a period. */
export function changesBody(view: ChangesView): Markup {
  const { changes, organization, severity, since, until } = view;
  const shown = within(CHANGES_BYTES, changes, change);
  return markup`<h1 class="subject">Changes</h1>
<form action="/changes" method="get">
<p><label for="since">From the start of (UTC)</label><input type="date" id="since" name="since" value="${day(since)}"></p>
<p><label for="until">To the end of (UTC)</label><input type="date" id="until" name="until" value="${day(until)}"></p>
${severityField(severity)}
<p class="grow"><label for="organization">Organization: name, or ID</label><input type="text" id="organization" name="organization" value="${organization}" maxlength="200" autocomplete="off" spellcheck="false"></p>
<p><button type="submit">Show</button></p>
</form>
<p class="answer">${sentence(view)}</p>
${uncoveredTexts(view.uncovered).map((text) => markup`<p class="warning">${text}</p>`)}
${view.unreadRuns === 0 ? NOTHING : markup`<p class="when">${counted(view.unreadRuns, "run")} could not read every Organization: <a href="${href(["runs"])}">see the runs</a>.</p>`}
${temporary(view)}
<section aria-labelledby="recorded">
<h2 id="recorded">Recorded changes</h2>
${shown.length === 0 ? markup`<p>None.</p>` : markup`<ul class="line">\n${shown.map((one) => one.markup)}\n</ul>`}
${pager(links(view))}
</section>`;
}

/** A date input takes a day alone. */
function day(text: string): string {
  return /^\d{4}-\d{2}-\d{2}/.exec(text)?.[0] ?? "";
}

function sentence({ changes, organization, runs, severity, total }: ChangesView): string {
  const what = severity === null ? "change" : `${severity} change`;
  const where = organization === "" ? "" : ` of ${organization}`;
  const recorded = `${runs === 1 ? "The run" : `The ${counted(runs, "run")}`} of this period recorded`;
  if (runs === 0) return "No run was completed in this period.";
  if (total !== null) return `${recorded} ${total === 0 ? `no ${what}` : counted(total, what)}${where}.`;
  return changes.length === 0 ? `${recorded} no ${what}${where}.` : `${recorded} these changes${where}.`;
}

/** What opened and closed again comes first: no recorded state shows it. */
function temporary({ page, temporary: { undone, unreadRuns }, who }: ChangesView): Markup {
  if (page > 1 || who.runs === 0) return NOTHING;
  const { shown, total } = undone;
  const more = total - shown.length;
  const limits = [
    ...(unreadRuns > 0
      ? [`Temporary changes of ${counted(unreadRuns, "older run")} are not listed: choose a period.`]
      : []),
    logsSentence(who, "of this period"),
  ].filter(Boolean);
  const none = who.withLogs === 0 ? NOTHING : markup`<p>None: nothing was opened and closed again.</p>`;
  return markup`<section aria-labelledby="undone">
<h2 id="undone">${UNDONE_TITLE}</h2>
${total === 0 ? none : markup`<p>${UNDONE_NOTE}</p>`}
${limits.map((text) => markup`<p class="when">${text}</p>`)}
${temporaryList(shown, { isNamed: true })}
${more > 0 ? markup`<p class="more">And ${counted(more, "more temporary change")}: choose a shorter period.</p>` : NOTHING}
</section>`;
}

function change({ change: one, who }: AuthoredChange): Markup {
  const { between, organizationId, organizationName, reasons, runId, severity } = one;
  return markup`<li class="${severity}"><span class="badge ${severity}">${severity}</span> ${organizationLink({ organizationId, organizationName }, { at: runId })}: <bdi>${changePhrase(one)}</bdi>
<p class="reason">${reasons.slice(0, SHOWN_REASONS).join(" ")} It happened ${intervalText(between)}.</p>
${who === null ? NOTHING : markup`<p class="who"><bdi>${who}</bdi></p>`}</li>`;
}

function links(view: ChangesView) {
  const { hasMore, organization, page, severity, since, until } = view;
  const to = (number: number) => href(["changes"], { since, until, severity, organization, page: number });
  return [
    ...(page > 1 ? [{ label: "Newer changes", to: to(page - 1) }] : []),
    ...(hasMore ? [{ label: "Older changes", to: to(page + 1) }] : []),
  ];
}
