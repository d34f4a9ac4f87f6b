import { connectionKind } from "../../domain/connection-kind.ts";
import { grouped } from "../../domain/text.ts";
import type { ReportModel, StrategyUse } from "../model.ts";
import { UNKNOWN } from "../text/organization.ts";
import { signInUnknown } from "../text/questions.ts";
import { leftOut, type Markup, markup, within } from "./markup.ts";
import { whoWhere } from "./who-where.ts";

/** UTF-8 bytes of the page for strategies. */
const STRATEGIES_BYTES = 50_000;

/** How people can sign in: connections by strategy. */
export function signIn(model: ReportModel): Markup {
  const unknown = signInUnknown(model.manifest);
  return markup`<section aria-labelledby="sign-in">
<h2 id="sign-in">Sign-in</h2>
${unknown === null ? markup`${strategies(model)}${whoWhere(model)}` : markup`<p>${unknown}</p>`}
</section>`;
}

function strategies({ strategies: uses }: ReportModel): Markup {
  const most = uses[0]?.connections ?? 0;
  if (most === 0) return markup`<p>No connections are enabled in the Organizations that were read.</p>`;
  const shown = within(STRATEGIES_BYTES, uses, (use) => strategyRow(use, most));
  return markup`<details><summary>Connections by strategy</summary>
<table>
<thead><tr><th scope="col">Strategy</th><th scope="col">Kind</th><th scope="col" class="number">Connections</th><th scope="col" class="number">Organizations</th><td class="wide"></td></tr></thead>
<tbody>
${shown.map((one) => one.markup)}
</tbody>
</table>
${leftOut(uses.length - shown.length, markup`<a href="report.json">report.json</a>`, "strategy", "strategies")}
</details>`;
}

function strategyRow({ strategy, connections, organizations }: StrategyUse, most: number): Markup {
  const width = Math.round((connections / most) * 1000) / 10;
  return markup`<tr><th scope="row"><bdi>${strategy ?? UNKNOWN}</bdi></th><td>${connectionKind(strategy)}</td><td class="number">${grouped(connections)}</td><td class="number">${grouped(organizations)}</td><td class="wide"><svg aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none"><rect class="low" width="${width}" height="10"/></svg></td></tr>`;
}
