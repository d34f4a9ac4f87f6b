import { connectionKind } from "../../domain/connection-kind.ts";
import type { EnabledConnection } from "../../domain/organization.ts";
import { counted, grouped } from "../../domain/text.ts";
import type { OpenOrganization, ReportModel, StrategyUse } from "../model.ts";
import { organizationName } from "./changes.ts";
import { type Markup, markup, NOTHING, within } from "./markup.ts";

/** UTF-8 bytes of the page that open Organizations may take. */
const OPEN_BYTES = 150_000;
/** The same for strategies. */
const STRATEGIES_BYTES = 50_000;
const SHOWN_CONNECTIONS = 5;

/** Who can sign in where: how, over all Organizations, and where people can let themselves in. */
export function signIn(model: ReportModel): Markup {
  const { manifest, strategies } = model;
  const most = strategies[0]?.connections ?? 0;
  const shown = within(STRATEGIES_BYTES, strategies, (use) => strategy(use, most));
  const rest = strategies.length - shown.length;
  const body =
    manifest.status === "failed"
      ? markup`<p>This run has no snapshot; the last run with one still tells.</p>`
      : markup`<table>
<thead><tr><th scope="col">Strategy</th><th scope="col">Kind</th><th scope="col" class="number">Connections</th><th scope="col" class="number">Organizations</th><td class="wide"></td></tr></thead>
<tbody>
${shown.map((one) => one.markup)}
</tbody>
</table>
${rest > 0 ? markup`<p>And ${counted(rest, "more strategy", "more strategies")}: see <a href="report.json">report.json</a>.</p>` : NOTHING}
<p>To look one Organization up, find its line in the <a href="#evidence">snapshot</a>.</p>
${open(model)}`;
  return markup`<section aria-labelledby="sign-in">
<h2 id="sign-in">Who can sign in where</h2>
${body}
</section>`;
}

function strategy({ strategy: name, connections, organizations }: StrategyUse, most: number): Markup {
  const width = Math.round((connections / most) * 1000) / 10;
  return markup`<tr><th scope="row"><bdi>${name ?? "not told"}</bdi></th><td>${connectionKind(name)}</td><td class="number">${grouped(connections)}</td><td class="number">${grouped(organizations)}</td><td class="wide"><svg aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none"><rect class="fill-low" width="${width}" height="10"/></svg></td></tr>`;
}

function open({ open: organizations, openTotal }: ReportModel): Markup {
  if (openTotal === 0)
    return markup`<p>Nobody can join an Organization by themselves: no automatic membership, no sign-up.</p>`;
  const shown = within(OPEN_BYTES, organizations, row);
  const rest = openTotal - shown.length;
  return markup`<h3>People can join ${counted(openTotal, "Organization")} by themselves</h3>
<table>
<thead><tr><th scope="col">Organization</th><th scope="col">Automatic membership</th><th scope="col">Sign-up</th></tr></thead>
<tbody>
${shown.map((one) => one.markup)}
</tbody>
</table>
${rest > 0 ? markup`<p>And ${counted(rest, "more Organization")}: they are the lines of the <a href="#evidence">snapshot</a> with <code>"assign_membership_on_login":true</code> or <code>"is_signup_enabled":true</code>.</p>` : NOTHING}`;
}

function row(one: OpenOrganization): Markup {
  return markup`<tr><th scope="row">${organizationName(one)}</th><td>${through(one.membership)}</td><td>${through(one.signup)}</td></tr>`;
}

function through(connections: readonly EnabledConnection[]): Markup {
  if (connections.length === 0) return markup`<span class="soft">no</span>`;
  const shown = connections
    .slice(0, SHOWN_CONNECTIONS)
    .map(
      ({ name, connectionId, strategy: by }) =>
        markup`<div><bdi>${name ?? connectionId}</bdi> <span class="soft">(<bdi>${by ?? "not told"}</bdi>)</span></div>`,
    );
  const rest = connections.length - shown.length;
  return rest > 0 ? markup`${shown}<div>and ${counted(rest, "more")}</div>` : markup`${shown}`;
}
