import type { Severity } from "../../domain/change.ts";
import { asStarted } from "../../domain/commands.ts";
import { FINDING_STATUSES, type Finding, type FindingStatus } from "../../domain/finding.ts";
import { moment } from "../../domain/text.ts";
import type { Manifest } from "../../evidence/format/manifest.ts";
import type { FindingCounts } from "../../evidence/query/open-findings.ts";
import { type Markup, markup, NOTHING, within } from "../../report/html/markup.ts";
import { href } from "../links.ts";
import type { RuleTexts } from "../rule-texts.ts";
import { choiceField, severityField } from "./fields.ts";
import { findingItem, findingTiles, STATUS_LABELS } from "./finding.ts";
import { pager } from "./parts.ts";

const FINDINGS_BYTES = 500_000;

/** What is asked for; null: all. */
export interface FindingsFilter {
  readonly severity: Severity | null;
  readonly rule: string | null;
  readonly status: FindingStatus | null;
  /** The ID or the name of an Organization; empty: all. */
  readonly organization: string;
}

/** What the list of findings shows. */
export interface FindingsView {
  readonly at: string;
  readonly filter: FindingsFilter;
  /** The run whose state it is. */
  readonly manifest: Manifest;
  readonly rules: RuleTexts;
  readonly counts: FindingCounts | null;
  readonly findings: readonly Finding[];
  readonly page: number;
  readonly hasMore: boolean;
  /** A run of the state that recorded no findings, because an earlier version made it. */
  readonly unjudged: Manifest | null;
}

/** The page of findings: what is wrong, by which rule, and what was accepted. */
export function findingsBody(view: FindingsView): Markup {
  const { at, counts, manifest } = view;
  return markup`<h1 class="subject">Findings</h1>
<p class="when">In the state as of run <a href="${href(["runs", manifest.runId])}">${manifest.runId}</a>, completed ${moment(manifest.completedAt)}.</p>
${counts === null ? NOTHING : findingTiles(counts, at)}
${form(view)}
${ruleText(view)}
${view.unjudged === null ? list(view) : markup`<p class="answer">Run ${view.unjudged.runId} recorded no findings: an earlier version made it. <code>${asStarted("npm run evidence -- findings --policy FILE")}</code> judges it now.</p>`}`;
}

function form({ at, filter, rules }: FindingsView): Markup {
  const { organization, rule, severity, status } = filter;
  const labels = rules.ids.map((id) => [id, rules.of(id)?.title ?? id] as const);
  return markup`<form action="/findings" method="get">
${severityField(severity)}
${choiceField(
  "status",
  "Status",
  FINDING_STATUSES.map((one) => [one, STATUS_LABELS[one]] as const),
  status,
)}
${choiceField("rule", "Rule", labels, rule)}
<p class="grow"><label for="organization">Organization: name, or ID</label><input type="text" id="organization" name="organization" value="${organization}" maxlength="200" autocomplete="off" spellcheck="false"></p>
<p><label for="at">State on this day (UTC)</label><input type="date" id="at" name="at" value="${/^\d{4}-\d{2}-\d{2}$/.test(at) ? at : ""}"></p>
<p><button type="submit">Show</button></p>
</form>`;
}

/** What the chosen rule says. */
function ruleText({ filter, rules }: FindingsView): Markup {
  const text = filter.rule === null ? null : rules.of(filter.rule);
  if (text === null) return NOTHING;
  const { remedy, source, title, why, wrong } = text;
  return markup`<section aria-labelledby="rule-text">
<h2 id="rule-text"><bdi>${title}</bdi></h2>
<p><bdi>${wrong}</bdi>${why === null ? NOTHING : markup` <bdi>${why}</bdi>`}</p>
${remedy === null ? NOTHING : markup`<p>To do: <bdi>${remedy}</bdi></p>`}
${source === null ? NOTHING : markup`<p>Source: <a href="${source}" rel="noreferrer">${source}</a></p>`}
</section>`;
}

function list(view: FindingsView): Markup {
  const { at, filter, findings, hasMore, page, rules } = view;
  const shown = within(FINDINGS_BYTES, findings, (one) => findingItem(one, rules, { at, isNamed: true }));
  const to = (number: number) => href(["findings"], { at, ...filter, status: filter.status ?? "all", page: number });
  const links = [
    ...(page > 1 ? [{ label: "Previous page", to: to(page - 1) }] : []),
    ...(hasMore ? [{ label: "Next page", to: to(page + 1) }] : []),
  ];
  return markup`<section aria-labelledby="list">
<h2 id="list">${findings.length === 0 ? "No such finding" : "What is wrong, by Organization"}</h2>
<ul class="line">
${shown.map((one) => one.markup)}
</ul>
${pager(links)}
</section>`;
}
