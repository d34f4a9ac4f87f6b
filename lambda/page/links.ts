import { type Markup, trusted } from "../report/html/markup.ts";

/** What follows the question mark of an address; what is null or empty is left out. */
export type Query = Readonly<Record<string, string | number | null>>;

/** An address of these pages: `address(["organizations", id], { at })`. Every part of it is encoded. */
export function address(path: readonly string[], query: Query = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === null || value === "" ? [] : [`${name}=${encoded(String(value))}`],
  );
  return `/${path.map(encoded).join("/")}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`;
}

/** The same for an attribute. What is encoded has no character of HTML but the ampersand between two pairs. */
export function href(path: readonly string[], query: Query = {}): Markup {
  return trusted(address(path, query).replaceAll("&", "&amp;"));
}

/** Names may hold half a character, which has no encoding; an apostrophe would end an attribute. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll("'", "%27");
}

const SHARED_HOST = /^([a-z0-9][a-z0-9-]*)(?:\.([a-z]{2}))?\.auth0\.com$/;

/**
 * The page of an Organization in the Auth0 Dashboard, in the form that the Auth0 CLI opens (`auth0 orgs open`); null for a
 * custom domain or a private cloud, whose address does not follow from the domain. A domain without a region is in `us`.
 */
export function dashboardUrl(domain: string, organizationId: string): string | null {
  const [, tenant, region = "us"] = SHARED_HOST.exec(domain) ?? [];
  if (tenant === undefined) return null;
  return `https://manage.auth0.com/dashboard/${region}/${tenant}/organizations/${encoded(organizationId)}/overview`;
}
