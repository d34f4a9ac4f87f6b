import type { Severity } from "../domain/change.ts";

/** The IDs of the built-in rules, in the order in which people read them: worst first. */
export const BUILT_IN_RULE_IDS = [
  "sso-bypass",
  "open-membership",
  "open-signup",
  "shared-enterprise-connection",
  "locked-out",
  "unread-too-long",
  "signup-without-membership",
] as const;

export type BuiltInRuleId = (typeof BUILT_IN_RULE_IDS)[number];

/** What people read about a rule. A rule whose meaning changes gets a new version; waivers of the old one end. */
export interface Rule {
  readonly id: BuiltInRuleId;
  readonly version: number;
  /** Unless the owner's policy gives it another. */
  readonly severity: Severity;
  /** For a heading: a few words. */
  readonly title: string;
  /** What is wrong, in one sentence. */
  readonly wrong: string;
  /** Why it matters, in one sentence. */
  readonly why: string;
  /** What to do, and where in the Auth0 Dashboard, in one sentence. */
  readonly remedy: string;
  /** The page that the rule rests on. */
  readonly source: string;
}

const DOCS = "https://auth0.com/docs/manage-users/organizations";
const CONNECTIONS_TAB = "In the Auth0 Dashboard, open Organizations, the Organization, Connections";

/** Every built-in rule. docs/rules.md is made from this. */
export const RULES: Readonly<Record<BuiltInRuleId, Rule>> = {
  "sso-bypass": {
    id: "sso-bypass",
    version: 1,
    severity: "high",
    title: "Sign-in without the customer's identity provider",
    wrong: "The Organization has an enterprise connection, and a connection of another kind is enabled too.",
    why: "People can sign in without the customer's identity provider, so its MFA, its access policies and its removal of leavers do not apply to them.",
    remedy: `${CONNECTIONS_TAB}, and disable the connection, or waive the finding with a reason.`,
    source: `${DOCS}/configure-organizations/enable-connections`,
  },
  "open-membership": {
    id: "open-membership",
    version: 1,
    severity: "high",
    title: "Anyone who can authenticate becomes a member",
    wrong:
      "Membership On Authentication is on for a social or passwordless connection, or for a database connection that several Organizations have enabled.",
    why: "The users of such a connection are not all users of this customer, and each of them becomes a member by signing in.",
    remedy: `${CONNECTIONS_TAB}, the connection, and turn off Membership On Authentication; invite the members instead.`,
    source: `${DOCS}/configure-organizations/grant-just-in-time-membership`,
  },
  "open-signup": {
    id: "open-signup",
    version: 1,
    severity: "high",
    title: "Signup beside single sign-on",
    wrong: "Organization Signup is on, and the Organization has an enterprise connection.",
    why: "Strangers can create an account for a customer whose people come from its own identity provider; Organization Signup even overrides a database's disabled signup.",
    remedy: `${CONNECTIONS_TAB}, the connection, and turn off Organization Signup.`,
    source: `${DOCS}/configure-organizations/enable-organization-signup`,
  },
  "shared-enterprise-connection": {
    id: "shared-enterprise-connection",
    version: 1,
    severity: "medium",
    title: "One enterprise connection, several Organizations",
    wrong: "An enterprise connection of this Organization is enabled in other Organizations too.",
    why: "The users of one identity provider can sign in to several Organizations; where more than one of these has automatic membership on, they become members of them all.",
    remedy: `Give each customer a connection of its own, or waive the finding where the Organizations belong together. ${CONNECTIONS_TAB}.`,
    source: `${DOCS}/organizations-overview`,
  },
  "locked-out": {
    id: "locked-out",
    version: 1,
    severity: "medium",
    title: "No one can sign in",
    wrong: "No connection is enabled, or all enabled connections are enterprise connections whose buttons are hidden.",
    why: "Sign-in to the Organization ends in an error: its members are locked out.",
    remedy: `${CONNECTIONS_TAB}, and enable a connection, or show its button.`,
    source: `${DOCS}/configure-organizations/enable-connections`,
  },
  "unread-too-long": {
    id: "unread-too-long",
    version: 1,
    severity: "medium",
    title: "Not read for too long",
    wrong: "The Organization could not be read for longer than the policy allows.",
    why: "What is enabled now is not known: everything that is said of the Organization rests on an old observation.",
    remedy:
      "See the reason of the failure in the report, and check the Organization in the Auth0 Dashboard under Organizations.",
    source: "https://auth0.com/docs/api/management/v2/organizations/get-enabled-connections",
  },
  "signup-without-membership": {
    id: "signup-without-membership",
    version: 1,
    severity: "low",
    title: "Signup without membership",
    wrong: "Organization Signup is on, and Membership On Authentication is off, for the same connection.",
    why: "Auth0 requires both together: people who sign up do not become members, so they cannot sign in to the Organization.",
    remedy: `${CONNECTIONS_TAB}, the connection, and turn on both settings or neither.`,
    source: `${DOCS}/configure-organizations/enable-organization-signup`,
  },
};
