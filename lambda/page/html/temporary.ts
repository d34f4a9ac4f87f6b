import { counted } from "../../domain/text.ts";
import { type Markup, markup, NOTHING, within } from "../../report/html/markup.ts";
import { undoneFacts } from "../../report/text/undone.ts";
import type { UndoneChange } from "../../report/undone.ts";
import { href } from "../links.ts";
import type { WhoSummary } from "../who-summary.ts";
import { organizationLink } from "./parts.ts";

/** UTF-8 bytes of a page for temporary changes. */
const TEMPORARY_BYTES = 200_000;
const SHOWN_REASONS = 4;

/** What opened and closed again, one entry each. `isNamed`: with the Organization. */
export function temporaryList(all: readonly UndoneChange[], { isNamed }: { readonly isNamed: boolean }): Markup {
  const shown = within(TEMPORARY_BYTES, all, (one) => item(one, isNamed));
  return shown.length === 0 ? NOTHING : markup`<ul class="line">\n${shown.map((one) => one.markup)}\n</ul>`;
}

function item(one: UndoneChange, isNamed: boolean): Markup {
  const { organizationId, organizationName, reasons, runId, severity } = one.change;
  const { text, undoneBy, who } = undoneFacts(one);
  const where = isNamed ? markup`${organizationLink({ organizationId, organizationName }, { at: runId })}: ` : NOTHING;
  return markup`<li class="${severity}"><span class="badge ${severity}">${severity}</span> ${where}<bdi>${text}</bdi>
<p class="reason">${reasons.slice(0, SHOWN_REASONS).join(" ")} Found by <a href="${href(["runs", runId])}">run ${runId}</a>.</p>
<p class="who">Made by <bdi>${who}</bdi></p>
<p class="who">Undone by <bdi>${undoneBy}</bdi></p></li>`;
}

/** How far the tenant's logs show temporary changes. `period`: `of this period`. */
export function logsSentence({ runs, withAllLogs, withLogs }: WhoSummary, period: string): string {
  if (runs === 0) return "";
  if (withLogs === 0)
    return `Unknown: no run ${period} read the tenant's logs. Grant the scope read:logs to see what came and went.`;
  const missing = runs - withAllLogs;
  return missing === 0
    ? ""
    : `${counted(missing, "run")} ${period} could not read all of the tenant's logs: what came and went then may be missing.`;
}
