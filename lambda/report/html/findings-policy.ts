import { counted, grouped } from "../../domain/text.ts";
import type { PolicyWaiver } from "../../findings/waivers.ts";
import type { DescribedRule, FindingsModel, RuleFindings, WaivedFindings } from "../findings-model.ts";
import { findingConnection, ruleLabel, untilText, waiverLabel, waiverNotices } from "../text/finding.ts";
import { leftOut, type Markup, markup, NOTHING, within } from "./markup.ts";
import { type Naming, organizationName } from "./organization-name.ts";

/** UTF-8 bytes of the page for the waivers of one rule, for those of one notice, and for one list of rules. */
const WAIVED_BYTES = 12_000;
const NOTICE_BYTES = 10_000;
const RULES_BYTES = 10_000;

/** Where all findings are. */
export const CSV = markup`<a href="findings.csv">findings.csv</a>`;

/** Findings that the policy accepts, the same reason once. */
export function waived({ waived: total, waivers }: RuleFindings, naming: Naming): Markup {
  const shown = within(WAIVED_BYTES, waivers, (one) => waivedRow(one, naming));
  const left = total - shown.reduce((sum, { item }) => sum + item.count, 0);
  return markup`<details><summary>${grouped(total)} waived</summary>
<table class="compact">
<thead><tr><th scope="col">Reason</th><th scope="col">Organizations</th><th scope="col">Until</th></tr></thead>
<tbody>
${shown.map((one) => one.markup)}
</tbody>
</table>
${leftOut(left, CSV, "waived finding")}
</details>`;
}

function waivedRow({ count, shown, waiver }: WaivedFindings, naming: Naming): Markup {
  const names = shown.map((finding) => {
    const connection = findingConnection(finding);
    return markup`<div>${organizationName(finding, naming)}${connection === null ? NOTHING : markup` <bdi>${connection}</bdi>`}</div>`;
  });
  const more = count - shown.length;
  const { approvedBy, reason } = waiver;
  return markup`<tr><th scope="row"><bdi>${reason}</bdi>${approvedBy === null ? NOTHING : markup`<div><small>Approved by <bdi>${approvedBy}</bdi></small></div>`}</th><td>${names}${more > 0 ? markup`<div>and ${grouped(more)} more</div>` : NOTHING}</td><td class="until">${untilText(waiver)}</td></tr>`;
}

/** The waivers that the owner should look at: expired, about to expire, or without a use. */
export function waiverReview(found: FindingsModel): Markup {
  const notices = waiverNotices(found);
  if (notices.length === 0) return NOTHING;
  return markup`<h3>Waivers to review</h3>
<dl class="waivers">
${notices.map(({ text, waivers }) => markup`<div><dt>${text}</dt><dd>${list(waivers)}</dd></div>`)}
</dl>`;
}

function list(waivers: readonly PolicyWaiver[]): Markup {
  const shown = within(NOTICE_BYTES, waivers, item);
  return markup`<ul>
${shown.map((one) => one.markup)}
</ul>
${leftOut(waivers.length - shown.length, markup`the policy file`, "waiver")}`;
}

function item(waiver: PolicyWaiver): Markup {
  const { approvedBy, reason } = waiver;
  return markup`<li><bdi>${waiverLabel(waiver)}</bdi>, ${untilText(waiver)}: <bdi>${reason}</bdi>${approvedBy === null ? NOTHING : markup` (approved by <bdi>${approvedBy}</bdi>)`}</li>`;
}

/** The rules that found nothing, and those that the policy turns off. */
export function rulesWithoutFindings({ quiet, off }: FindingsModel): Markup {
  const list = (label: string, rules: readonly DescribedRule[]) => {
    if (rules.length === 0) return NOTHING;
    const shown = within(
      RULES_BYTES,
      rules,
      (one) => markup`<li><bdi>${one.description.title}</bdi> <code>${ruleLabel(one)}</code></li>`,
    );
    return markup`<details><summary>${label}: ${counted(rules.length, "rule")}</summary><ul>${shown.map((one) => one.markup)}</ul></details>`;
  };
  return markup`${list("Found nothing", quiet)}
${list("Turned off by the policy", off)}`;
}
