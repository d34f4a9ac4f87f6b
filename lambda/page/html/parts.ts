import { connectionKind } from "../../domain/connection-kind.ts";
import type { EnabledConnection } from "../../domain/organization.ts";
import { grouped } from "../../domain/text.ts";
import type { SnapshotHead } from "../../evidence/format/line-head.ts";
import { type Markup, markup, NOTHING } from "../../report/html/markup.ts";
import { connectionLabel, UNKNOWN } from "../../report/text/organization.ts";
import { href, type Query } from "../links.ts";

/** The names of an Organization, as far as they are known. */
export type Named = Pick<SnapshotHead, "organizationId" | "organizationName"> &
  Partial<Pick<SnapshotHead, "organizationDisplayName">>;

/** What an Organization is called: its display name, its name, or its ID. */
export function titleOf({ organizationDisplayName, organizationId, organizationName }: Named): string {
  return organizationDisplayName || organizationName || organizationId;
}

/** A link to an Organization, with the name and ID that the link's text does not have. */
export function organizationLink(one: Named, query: Query = {}): Markup {
  const { organizationDisplayName, organizationId, organizationName } = one;
  const isDisplayed = Boolean(organizationDisplayName) && organizationName !== null;
  const name = isDisplayed ? markup` <bdi class="soft">${organizationName ?? ""}</bdi>` : NOTHING;
  return markup`<a href="${href(["organizations", organizationId], query)}"><bdi>${titleOf(one)}</bdi></a>${name}<code class="hide"> ${organizationId}</code>`;
}

/** A link to a connection. */
export function connectionLink(one: Pick<EnabledConnection, "connectionId" | "name">, query: Query = {}): Markup {
  return markup`<a href="${href(["connections", one.connectionId], query)}"><bdi>${connectionLabel(one)}</bdi></a>`;
}

/** The columns of a connection's settings, in the order of the Dashboard. */
export const SETTINGS_HEAD = markup`<th scope="col">Membership</th><th scope="col">Sign-up</th><th scope="col">Button</th>`;

/**
 * Whether people who are not the customer's own become members by signing in. For an enterprise connection, membership on
 * authentication is the ordinary way to become a member.
 */
export function isOpenMembership({ assignMembershipOnLogin, strategy }: EnabledConnection): boolean {
  return assignMembershipOnLogin && connectionKind(strategy) !== "enterprise";
}

/** The settings of a connection. What lets people in without an invitation is marked. */
export function settingsCells(connection: EnabledConnection): Markup {
  const { assignMembershipOnLogin, isSignupEnabled, showAsButton } = connection;
  const flag = (isOn: boolean, isOpen: boolean) => (isOpen ? markup`<b>on</b>` : markup`${isOn ? "on" : "off"}`);
  return markup`<td class="setting">${flag(assignMembershipOnLogin, isOpenMembership(connection))}</td><td class="setting">${flag(isSignupEnabled, isSignupEnabled)}</td><td class="setting">${showAsButton ? "shown" : "hidden"}</td>`;
}

/** The strategy of a connection, and which kind of identity provider it is. */
export function strategyText(strategy: string | null): Markup {
  return markup`<small><bdi>${strategy ?? UNKNOWN}</bdi>, ${connectionKind(strategy)}</small>`;
}

/** A form that asks the same page for another date. `kept` are the other values of the address. */
export function dateForm(path: readonly string[], at: string, kept: Query = {}): Markup {
  const hidden = Object.entries(kept).map(([name, value]) =>
    value === null ? NOTHING : markup`<input type="hidden" name="${name}" value="${value}">`,
  );
  const now = at === "" ? NOTHING : markup`<p><a href="${href(path, kept)}">Show the present state</a></p>`;
  return markup`<form action="${href(path)}" method="get">
${hidden}
<p><label for="at">State on this day (UTC)</label><input type="date" id="at" name="at" value="${/^\d{4}-\d{2}-\d{2}$/.test(at) ? at : ""}"></p>
<p><button type="submit">Show</button></p>
${now}
</form>`;
}

/** Links to other pages of a list. */
export function pager(links: readonly { readonly label: string; readonly to: Markup }[]): Markup {
  if (links.length === 0) return NOTHING;
  return markup`<nav class="pager" aria-label="More of this list">${links.map(({ label, to }) => markup`<a href="${to}">${label}</a>`)}</nav>`;
}

/** `101 to 200 of 3,400`. */
export function shownText(before: number, shown: number, total: number): string {
  return shown === total ? grouped(total) : `${grouped(before + 1)} to ${grouped(before + shown)} of ${grouped(total)}`;
}
