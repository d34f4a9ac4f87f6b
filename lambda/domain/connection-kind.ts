/**
 * What kind of identity provider a connection's strategy is, in Auth0's four kinds
 * (https://auth0.com/docs/authenticate/identity-providers). A strategy that is not listed here counts as social: that is
 * the reading that warns.
 */
export type ConnectionKind = "enterprise" | "database" | "social" | "passwordless";

const ENTERPRISE: ReadonlySet<string> = new Set([
  "ad",
  "adfs",
  "auth0-adldap",
  "auth0-oidc",
  "custom",
  "google-apps",
  "ip",
  "mscrm",
  "office365",
  "oidc",
  "okta",
  "pingfederate",
  "samlp",
  "sharepoint",
  "waad",
]);
const PASSWORDLESS: ReadonlySet<string> = new Set(["email", "sms"]);

/** The kind of `strategy`, as the answer names it (`samlp`, `google-oauth2`, `auth0`, ...). */
export function connectionKind(strategy: string | null): ConnectionKind {
  if (strategy === "auth0") return "database";
  if (strategy === null) return "social";
  if (ENTERPRISE.has(strategy)) return "enterprise";
  return PASSWORDLESS.has(strategy) ? "passwordless" : "social";
}
