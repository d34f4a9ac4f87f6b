import type { Finding } from "../../domain/finding.ts";
import { counted } from "../../domain/text.ts";
import type { FindingsModel, RuleFindings, Undecided } from "../findings-model.ts";
import type { ReportModel } from "../model.ts";
import {
  findingConnection,
  isNew,
  listedRules,
  marksNew,
  notJudged,
  openText,
  openTotal,
  POSTPONED,
  ruleCounts,
  ruleLabel,
} from "../text/finding.ts";
import { namedText } from "../text/organization.ts";
import { CSV, rulesWithoutFindings, waived, waiverReview } from "./findings-policy.ts";
import { leftOut, type Markup, markup, NOTHING, within } from "./markup.ts";
import { type Naming, organizationName } from "./organization-name.ts";

/** UTF-8 bytes of the page for all rules, for the Organizations of one, and for what was not judged. */
const RULES_BYTES = 210_000;
const OPEN_BYTES = 24_000;
const UNDECIDED_BYTES = 20_000;

/** What is wrong now: each rule once, with the Organizations that it found. */
export function findings(model: ReportModel): Markup {
  return markup`<section aria-labelledby="findings">
<h2 id="findings">Findings</h2>
${model.findings === null ? markup`<p>${notJudged(model)}</p>` : judged(model, model.findings)}
</section>`;
}

function judged(model: ReportModel, found: FindingsModel): Markup {
  const rules = listedRules(found);
  const shown = within(RULES_BYTES, rules, (one) => rule(one, model));
  const { resolved } = model.manifest.summary.findings;
  return markup`<p>${openText(found)} ${resolved > 0 ? `${counted(resolved, "finding")} of the previous state ${resolved === 1 ? "is" : "are"} resolved.` : ""} For tickets and owners: <a href="action-plan.csv">action-plan.csv</a>.</p>
${found.isPostponed ? markup`<p>${POSTPONED}</p>` : NOTHING}
<div class="cards">
${shown.map((one) => one.markup)}
</div>
${leftOut(rules.length - shown.length, CSV, "rule")}
${undecided(found, model)}
${waiverReview(found)}
${rulesWithoutFindings(found)}`;
}

function rule(found: RuleFindings, model: ReportModel): Markup {
  const { description, organizations, shown, waivers } = found;
  const { why, remedy, source } = description;
  const severity = shown[0]?.severity ?? description.severity;
  const isOpen = shown.length > 0;
  return markup`<details class="card rule ${severity}">
<summary>${isOpen ? markup`<span class="badge ${severity}">${severity}</span> ` : NOTHING}<h3><bdi>${description.title}</bdi></h3> <span class="counts">${ruleCounts(found, marksNew(model))}<bdi>${namedText(shown, organizations)}</bdi></span></summary>
<dl class="facts">
<div><dt>What is wrong</dt><dd><bdi>${description.wrong}</bdi> <code>${ruleLabel(found)}</code></dd></div>
${why === null ? NOTHING : markup`<div><dt>Why it matters</dt><dd><bdi>${why}</bdi></dd></div>`}
${remedy === null ? NOTHING : markup`<div class="all"><dt>What to do</dt><dd><bdi>${remedy}</bdi>${source === null ? NOTHING : markup` <a href="${source}" rel="noreferrer">Auth0 documentation</a>`}</dd></div>`}
</dl>
${isOpen ? openFindings(found, model) : NOTHING}
${waivers.length === 0 ? NOTHING : waived(found, model)}
</details>`;
}

/** One row for each Organization, with all its connections that the rule found. */
function openFindings(found: RuleFindings, model: ReportModel): Markup {
  const marks = marksNew(model);
  const { description, shown } = found;
  const rows = [...Map.groupBy(shown, ({ organizationId }) => organizationId).values()];
  const hasConnections = shown.some(({ connectionId }) => connectionId !== null);
  const row = (alike: readonly Finding[]) =>
    openRows(alike, { wrong: description.wrong, marks, hasConnections, naming: model });
  const listed = within(OPEN_BYTES, rows, row);
  const left = openTotal(found) - listed.reduce((sum, { item }) => sum + item.length, 0);
  return markup`<table class="compact">
<thead><tr><th scope="col">Organization</th>${hasConnections ? markup`<th scope="col">Connection</th>` : NOTHING}<th scope="col">Since</th></tr></thead>
<tbody>
${listed.map((one) => one.markup)}
</tbody>
</table>
${leftOut(left, CSV, "finding")}`;
}

/** The findings of one Organization, one row each. A message that only repeats the rule is left out. */
function openRows(alike: readonly Finding[], { wrong, marks, hasConnections, naming }: RowLook): Markup {
  const rows = alike.map((finding, index) => {
    const { firstSeen, message } = finding;
    const said = message === wrong ? NOTHING : markup`<div><small><bdi>${message}</bdi></small></div>`;
    const organization = markup`<th scope="row" rowspan="${alike.length}">${organizationName(finding, naming)}${hasConnections ? NOTHING : said}</th>`;
    const connection = markup`<td><bdi>${findingConnection(finding) ?? ""}</bdi>${said}</td>`;
    const fresh = marks && isNew(finding) ? markup` <span class="new">new</span>` : NOTHING;
    return markup`<tr>${index === 0 ? organization : NOTHING}${hasConnections ? connection : NOTHING}<td><time datetime="${firstSeen.at}">${firstSeen.at.slice(0, 10)}</time>${fresh}</td></tr>`;
  });
  return markup`${rows}`;
}

interface RowLook {
  readonly wrong: string;
  readonly marks: boolean;
  readonly hasConnections: boolean;
  readonly naming: Naming;
}

function undecided({ undecided: all, undecidedTotal }: FindingsModel, naming: Naming): Markup {
  if (undecidedTotal === 0) return NOTHING;
  const shown = within(UNDECIDED_BYTES, all, (one) => undecidedRow(one, naming));
  return markup`<h3>Not evaluated</h3>
<table class="compact">
<thead><tr><th scope="col">Organization</th><th scope="col">Why</th><th scope="col">Rules</th></tr></thead>
<tbody>
${shown.map((one) => one.markup)}
</tbody>
</table>
${leftOut(undecidedTotal - shown.length, CSV, "entry", "entries")}`;
}

function undecidedRow(one: Undecided, naming: Naming): Markup {
  const [first = "", ...others] = one.rules;
  const rules = others.length === 0 ? first : counted(one.rules.length, "rule");
  return markup`<tr><th scope="row">${organizationName(one, naming)}</th><td><bdi>${one.message}</bdi></td><td>${rules}</td></tr>`;
}
