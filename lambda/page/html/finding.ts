import { SEVERITIES } from "../../domain/change.ts";
import type { Finding, FindingStatus, Waiver } from "../../domain/finding.ts";
import { counted, grouped, moment } from "../../domain/text.ts";
import type { FindingCounts } from "../../evidence/query/open-findings.ts";
import { type Markup, markup, NOTHING } from "../../report/html/markup.ts";
import { href } from "../links.ts";
import type { RuleTexts } from "../rule-texts.ts";
import { connectionLink, organizationLink } from "./parts.ts";

/** What each status is called. */
export const STATUS_LABELS: Readonly<Record<FindingStatus, string>> = {
  open: "open",
  waived: "waived",
  not_evaluated: "not evaluated",
};

/**
 * A finding in a list: what is wrong, since when, and what to do. `isNamed`: with the Organization that it is in, and a link to the rule
 * instead of what to do.
 */
export function findingItem(
  finding: Finding,
  rules: RuleTexts,
  { at, isNamed }: { at: string; isNamed: boolean },
): Markup {
  const { connectionId, connectionName, firstSeen, message, organizationId, organizationName, rule, severity, status } =
    finding;
  const tone = status === "open" ? severity : "idle";
  const label = status === "open" ? severity : `${severity}, ${STATUS_LABELS[status]}`;
  const where = isNamed ? markup`${organizationLink({ organizationId, organizationName }, { at })}: ` : NOTHING;
  const connection =
    connectionId === null ? NOTHING : markup` ${connectionLink({ connectionId, name: connectionName }, { at })}.`;
  const text = rules.of(rule);
  const name = markup`<bdi>${text?.title ?? rule}</bdi>`;
  const title = isNamed ? markup`<a href="${href(["findings"], { rule, status, at })}">${name}</a>` : name;
  return markup`<li class="${tone}"><span class="badge ${status === "open" ? severity : "info"}">${label}</span> ${where}${title}.${connection}
<p class="reason"><bdi>${message}</bdi> First seen ${moment(firstSeen.at)} in <a href="${href(["runs", firstSeen.runId])}">run ${firstSeen.runId}</a>.</p>
${finding.waiver === null ? NOTHING : waiver(finding.waiver)}
${isNamed || status !== "open" || text?.remedy == null ? NOTHING : markup`<p class="reason">To do: ${text.remedy}</p>`}</li>`;
}

function waiver({ approvedBy, expires, reason }: Waiver): Markup {
  return markup`<p class="reason">Accepted${approvedBy === null ? NOTHING : markup` by <bdi>${approvedBy}</bdi>`}${expires === null ? "" : ` until ${expires}`}: <bdi>${reason}</bdi></p>`;
}

/** Open findings by severity, each with a link to them, and how many are waived. */
export function findingTiles({ open, waived }: FindingCounts, at: string): Markup {
  const to = (severity: string) => href(["findings"], { severity, status: "open", at });
  return markup`<p id="findings-by-severity"><small>Open findings by severity</small></p>
<ul class="tiles" aria-labelledby="findings-by-severity">
${SEVERITIES.map((one) => markup`<li class="${open[one] > 0 ? `some ${one}` : one}"><a href="${to(one)}"><b>${grouped(open[one])}</b> ${one}</a></li>`)}
</ul>
${waived === 0 ? NOTHING : markup`<p class="reason"><a href="${href(["findings"], { status: "waived", at })}">${counted(waived, "finding")} waived</a></p>`}`;
}
