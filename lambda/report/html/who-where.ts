import { type ConnectionKind, connectionKind } from "../../domain/connection-kind.ts";
import { counted, grouped } from "../../domain/text.ts";
import type { ReportModel } from "../model.ts";
import { isMembershipOpen, type SignInConnection, type SignInRow } from "../sign-in-rows.ts";
import { UNKNOWN } from "../text/organization.ts";
import { leftOut, type Markup, markup, NOTHING, within } from "./markup.ts";
import { organizationName } from "./organization-name.ts";

/** UTF-8 bytes of the page. */
const ROWS_BYTES = 110_000;
const KINDS: readonly ConnectionKind[] = ["enterprise", "database", "social", "passwordless"];

/** Who can sign in where: the connections of each Organization by kind, folded. */
export function whoWhere(model: ReportModel): Markup {
  const { manifest, signIn } = model;
  if (signIn.length === 0) return NOTHING;
  const displayNames = new Map(
    signIn.flatMap(({ organizationDisplayName: display, organizationId, organizationName: name }) =>
      display === null || display === name ? [] : [[organizationId, display]],
    ),
  );
  const shown = within(ROWS_BYTES, signIn, (one) => row(one, organizationName(one, { manifest, displayNames })));
  const more = manifest.summary.organizations.observed - shown.length;
  return markup`<details class="where"><summary>Who can sign in where: ${counted(shown.length, "Organization")}</summary>
<table class="pairs">
<thead><tr><th scope="col">Organization</th><th scope="col">Enabled connections</th></tr></thead>
<tbody>
${shown.map((one) => one.markup)}
</tbody>
</table>
${leftOut(more, markup`<a href="state.csv">state.csv</a>, or run <code>npm run evidence -- show --all --format csv</code>`, "Organization")}
</details>`;
}

function row({ connections, connectionsTotal }: SignInRow, organization: Markup): Markup {
  const kinds = KINDS.flatMap((kind) => {
    const alike = connections.filter(({ strategy }) => connectionKind(strategy) === kind);
    return alike.length === 0 ? [] : [markup`<div><span class="soft">${kind}:</span> ${listed(alike)}</div>`];
  });
  const more = connectionsTotal - connections.length;
  const none = markup`<span class="flag">no connections are enabled</span>`;
  return markup`<tr><th scope="row">${organization}</th><td>${connectionsTotal === 0 ? none : kinds}${more > 0 ? markup`<div>and ${grouped(more)} more</div>` : NOTHING}</td></tr>`;
}

function listed(connections: readonly SignInConnection[]): Markup {
  return markup`${connections.map((one, index) => markup`${index === 0 ? "" : ", "}${connection(one)}`)}`;
}

/** Only what is unusual is marked: membership on login is ordinary for an Organization's own enterprise connection. */
function connection(one: SignInConnection): Markup {
  const { connectionId, isHidden, isSignupEnabled, name, strategy } = one;
  const flags = [
    ...(isMembershipOpen(one) ? ["anyone becomes a member"] : []),
    ...(isSignupEnabled ? ["sign-up is open"] : []),
  ];
  return markup`<bdi>${name ?? connectionId}</bdi> <bdi class="soft">(${strategy ?? UNKNOWN}${isHidden ? ", hidden" : ""})</bdi>${flags.map((flag) => markup` <span class="flag">${flag}</span>`)}`;
}
