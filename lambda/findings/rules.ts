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
  /** For a rule that has a worse case: its severity, and what is wrong then, in one sentence. */
  readonly worse?: Pick<Rule, "severity" | "wrong">;
}

const DOCS = "https://auth0.com/docs";
const CONFIGURE = `${DOCS}/manage-users/organizations/configure-organizations`;
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
    source: `${CONFIGURE}/enable-connections`,
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
    source: `${CONFIGURE}/grant-just-in-time-membership`,
  },
  "open-signup": {
    id: "open-signup",
    version: 1,
    severity: "high",
    title: "Signup beside single sign-on",
    wrong: "Organization Signup is on, and the Organization has an enterprise connection.",
    why: "Strangers can create an account for a customer whose people come from its own identity provider; Organization Signup overrides the disabled signup of a database.",
    remedy: `${CONNECTIONS_TAB}, the connection, and turn off Organization Signup.`,
    source: `${CONFIGURE}/enable-connections`,
  },
  "shared-enterprise-connection": {
    id: "shared-enterprise-connection",
    version: 1,
    severity: "medium",
    title: "One enterprise connection, several Organizations",
    wrong: "An enterprise connection of this Organization is enabled in other Organizations too.",
    why: "The users of one identity provider can sign in to several Organizations; where Membership On Authentication is on, they become members of each by signing in.",
    remedy: `Give each customer a connection of its own, or waive the finding where the Organizations belong together. ${CONNECTIONS_TAB}.`,
    source: `${DOCS}/get-started/architecture-scenarios/multiple-organization-architecture`,
    worse: {
      severity: "high",
      wrong:
        "An enterprise connection of this Organization is enabled in other Organizations too, and Membership On Authentication is on for it in more than one of them.",
    },
  },
  "locked-out": {
    id: "locked-out",
    version: 1,
    severity: "medium",
    title: "No one can sign in",
    wrong: "No connection is enabled, or all enabled connections are enterprise connections whose buttons are hidden.",
    why: "The login prompt of the Organization has no connection to offer, so sign-in ends in an error, unless the application names a hidden connection in its request.",
    remedy: `${CONNECTIONS_TAB}, and enable a connection, or turn on Display connection as a button for one.`,
    source: `${CONFIGURE}/enable-connections`,
  },
  "unread-too-long": {
    id: "unread-too-long",
    version: 1,
    severity: "medium",
    title: "Not read for too long",
    wrong: "The Organization could not be read for longer than the policy allows.",
    why: "No one knows which connections are enabled now: the other findings of the Organization are based on an old observation.",
    remedy:
      "Find the reason of the failure in the report, and check that the Organization exists in the Auth0 Dashboard under Organizations.",
    source: `${DOCS}/api/management/v2/organizations/get-enabled-connections`,
  },
  "signup-without-membership": {
    id: "signup-without-membership",
    version: 1,
    severity: "low",
    title: "Signup without membership",
    wrong: "Organization Signup is on, and Membership On Authentication is off, for the same connection.",
    why: "Auth0 requires both together: people who sign up do not become members, and only members can sign in to the Organization.",
    remedy: `${CONNECTIONS_TAB}, the connection, and turn on both settings or neither.`,
    source: `${CONFIGURE}/enable-connections`,
  },
};
