import { connectionKind } from "../../domain/connection-kind.ts";
import type { EnabledConnection } from "../../domain/organization.ts";
import { counted, grouped } from "../../domain/text.ts";
import type { OpenOrganization, ReportModel, StrategyUse } from "../model.ts";
import { connectionLabel, UNKNOWN } from "../text/organization.ts";
import { signInUnknown } from "../text/questions.ts";
import { organizationName } from "./changes.ts";
import { leftOut, type Markup, markup, within } from "./markup.ts";

/** UTF-8 bytes of the page for open Organizations and for strategies. */
const OPEN_BYTES = 150_000;
const STRATEGIES_BYTES = 50_000;
const SHOWN_CONNECTIONS = 5;

/** How people can sign in: connections by strategy, and the Organizations that they can join without an invitation. */
export function signIn(model: ReportModel): Markup {
  const unknown = signInUnknown(model.manifest);
  return markup`<section aria-labelledby="sign-in">
<h2 id="sign-in">Sign-in</h2>
${unknown === null ? [strategies(model), open(model)] : markup`<p>${unknown}</p>`}
</section>`;
}

function strategies({ strategies: uses }: ReportModel): Markup {
  const most = uses[0]?.connections ?? 0;
  if (most === 0) return markup`<p>No connections are enabled in the Organizations that were read.</p>`;
  const shown = within(STRATEGIES_BYTES, uses, (use) => strategyRow(use, most));
  return markup`<table>
<thead><tr><th scope="col">Strategy</th><th scope="col">Kind</th><th scope="col" class="number">Connections</th><th scope="col" class="number">Organizations</th><td class="wide"></td></tr></thead>
<tbody>
${shown.map((one) => one.markup)}
</tbody>
</table>
${leftOut(uses.length - shown.length, markup`<a href="report.json">report.json</a>`, "strategy", "strategies")}
<p>To look up one Organization, find its line in the <a href="#evidence">snapshot</a>.</p>`;
}

function strategyRow({ strategy, connections, organizations }: StrategyUse, most: number): Markup {
  const width = Math.round((connections / most) * 1000) / 10;
  return markup`<tr><th scope="row"><bdi>${strategy ?? UNKNOWN}</bdi></th><td>${connectionKind(strategy)}</td><td class="number">${grouped(connections)}</td><td class="number">${grouped(organizations)}</td><td class="wide"><svg aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none"><rect class="low" width="${width}" height="10"/></svg></td></tr>`;
}

function open({ open: organizations, openTotal }: ReportModel): Markup {
  if (openTotal === 0)
    return markup`<p>No one can join an Organization without an invitation: automatic membership and sign-up are off.</p>`;
  const shown = within(OPEN_BYTES, organizations, openRow);
  const snapshot = markup`the lines of the <a href="#evidence">snapshot</a> with <code>"assign_membership_on_login":true</code> or <code>"is_signup_enabled":true</code>`;
  return markup`<h3>People can join ${counted(openTotal, "Organization")} without an invitation</h3>
<table>
<thead><tr><th scope="col">Organization</th><th scope="col">Automatic membership</th><th scope="col">Sign-up</th></tr></thead>
<tbody>
${shown.map((one) => one.markup)}
</tbody>
</table>
${leftOut(openTotal - shown.length, snapshot, "Organization")}`;
}

function openRow(one: OpenOrganization): Markup {
  return markup`<tr><th scope="row">${organizationName(one)}</th><td>${through(one.membership)}</td><td>${through(one.signup)}</td></tr>`;
}

function through(connections: readonly EnabledConnection[]): Markup {
  if (connections.length === 0) return markup`<span class="soft">no</span>`;
  const shown = connections
    .slice(0, SHOWN_CONNECTIONS)
    .map(
      (one) =>
        markup`<div><bdi>${connectionLabel(one)}</bdi> <span class="soft">(<bdi>${one.strategy ?? UNKNOWN}</bdi>)</span></div>`,
    );
  const rest = connections.length - shown.length;
  return rest > 0 ? markup`${shown}<div>and ${grouped(rest)} more</div>` : markup`${shown}`;
}
