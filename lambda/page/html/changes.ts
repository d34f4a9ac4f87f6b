import type { Change, Severity } from "../../domain/change.ts";
import { counted } from "../../domain/text.ts";
import type { Uncovered } from "../../evidence/query/coverage.ts";
import { type Markup, markup, NOTHING, within } from "../../report/html/markup.ts";
import { changeLine, intervalText } from "../../report/text/change.ts";
import { uncoveredTexts } from "../../report/text/coverage.ts";
import { href } from "../links.ts";
import { severityField } from "./fields.ts";
import { organizationLink, pager } from "./parts.ts";

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
  /** Newest run first. */
  readonly changes: readonly Change[];
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
<ul class="line">
${shown.map((one) => one.markup)}
</ul>
${pager(links(view))}`;
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

function change(one: Change): Markup {
  const { between, organizationId, organizationName, reasons, runId, severity } = one;
  return markup`<li class="${severity}"><span class="badge ${severity}">${severity}</span> ${organizationLink({ organizationId, organizationName }, { at: runId })}: <bdi>${changeLine(one)}</bdi>
<p class="reason">${reasons.slice(0, SHOWN_REASONS).join(" ")} It happened ${intervalText(between)}.</p></li>`;
}

function links(view: ChangesView) {
  const { hasMore, organization, page, severity, since, until } = view;
  const to = (number: number) => href(["changes"], { since, until, severity, organization, page: number });
  return [
    ...(page > 1 ? [{ label: "Newer changes", to: to(page - 1) }] : []),
    ...(hasMore ? [{ label: "Older changes", to: to(page + 1) }] : []),
  ];
}
