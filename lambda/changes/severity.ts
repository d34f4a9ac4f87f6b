import { type PropertyChange, SEVERITIES, type Severity } from "../domain/change.ts";
import { connectionKind } from "../domain/connection-kind.ts";
import type { ConnectionId } from "../domain/identifiers.ts";
import type { EnabledConnection } from "../domain/organization.ts";

/** Why people are locked out. Reports recognize these reasons in stored changes. */
export const NO_CONNECTION_LEFT = "No connection is enabled: the Organization's members are locked out.";
export const ONLY_HIDDEN_LEFT =
  "Only hidden enterprise connections are left: sign-in to the Organization ends in an error.";
export const NO_ENTERPRISE_LEFT =
  "The Organization has no enterprise connection left: people cannot sign in with the customer's identity provider.";

/** How severe a change is, and why, in words. */
export interface Assessment {
  readonly severity: Severity;
  /** Worst first, never empty. */
  readonly reasons: readonly string[];
}

interface Reason {
  readonly severity: Severity;
  readonly reason: string;
}

/** One Organization's connections before and after, and whether a connection is enabled in other Organizations too. */
export interface Connections {
  readonly previous: readonly EnabledConnection[];
  readonly current: readonly EnabledConnection[];
  readonly isShared: (connectionId: ConnectionId) => boolean;
}

function assessment(first: Reason, ...others: readonly Reason[]): Assessment {
  const rank = ({ severity }: Reason) => SEVERITIES.indexOf(severity);
  const worstFirst = [first, ...others].sort((left, right) => rank(left) - rank(right));
  const { severity } = others.reduce((worst, other) => (rank(other) < rank(worst) ? other : worst), first);
  return { severity, reasons: worstFirst.map(({ reason }) => reason) };
}

/** A connection became enabled: `connection` is in `current` and not in `previous`. */
export function assessEnabled(connection: EnabledConnection, connections: Connections): Assessment {
  const reasons: Reason[] = [];
  if (connection.assignMembershipOnLogin) reasons.push(membershipReason(connection, connections));
  if (connection.isSignupEnabled) reasons.push(signupReason(connection));
  if (!isEnterprise(connection) && connections.current.some(isEnterprise))
    reasons.push({
      severity: "high",
      reason: `A ${connectionKind(connection.strategy)} connection was added to an Organization that has an enterprise connection: people can now sign in without the customer's identity provider.`,
    });
  return assessment({ severity: "medium", reason: "A sign-in method was added." }, ...reasons);
}

/** A connection is no longer enabled in an Organization that still exists. */
export function assessDisabled(connection: EnabledConnection, connections: Connections): Assessment {
  const reasons: Reason[] = [];
  const lockOut = lockOutReason(connections);
  if (lockOut !== null) reasons.push(lockOut);
  if (isEnterprise(connection) && connections.current.length > 0 && !connections.current.some(isEnterprise))
    reasons.push({ severity: "high", reason: NO_ENTERPRISE_LEFT });
  return assessment({ severity: "medium", reason: "A sign-in method was removed." }, ...reasons);
}

/** A connection was disabled because its Organization was deleted. */
export function assessDisabledByDeletion(): Assessment {
  return assessment({ severity: "medium", reason: "The Organization was deleted together with its connections." });
}

/** One or more properties of an enabled connection changed; `connection` is as it is now. */
export function assessUpdated(
  connection: EnabledConnection,
  connections: Connections,
  [first, ...others]: readonly [PropertyChange, ...PropertyChange[]],
): Assessment {
  const assess = (property: PropertyChange) => assessProperty(property, connection, connections);
  return assessment(assess(first), ...others.map(assess));
}

function assessProperty(
  { name, updatedValue }: PropertyChange,
  connection: EnabledConnection,
  connections: Connections,
): Reason {
  switch (name) {
    case "assign_membership_on_login":
      return updatedValue === true
        ? membershipReason(connection, connections)
        : { severity: "low", reason: "Signing in with this connection no longer grants membership." };
    case "is_signup_enabled":
      return updatedValue === true
        ? signupReason(connection)
        : { severity: "low", reason: "Signup through this connection was turned off." };
    case "show_as_button":
      return updatedValue === true
        ? { severity: "low", reason: "The connection's button is now shown." }
        : hiddenReason(connections);
    case "connection.strategy":
      return {
        severity: "high",
        reason: "The connection's strategy changed: people authenticate with a different kind of identity provider.",
      };
    default:
      return { severity: "low", reason: "The connection was renamed." };
  }
}

function membershipReason({ connectionId, strategy }: EnabledConnection, { isShared }: Connections): Reason {
  const kind = connectionKind(strategy);
  if (kind !== "enterprise")
    return {
      severity: "high",
      reason: `Anyone who can authenticate with this ${kind} connection becomes a member of the Organization.`,
    };
  return isShared(connectionId)
    ? {
        severity: "high",
        reason:
          "Anyone who can authenticate with this connection becomes a member, and the connection is enabled in other Organizations too.",
      }
    : {
        severity: "medium",
        reason: "Users of this enterprise connection become members when they sign in (just-in-time membership).",
      };
}

/** Organization Signup is a feature of database connections; on a social connection it is at least as open. */
function signupReason(connection: EnabledConnection): Reason {
  return isEnterprise(connection)
    ? { severity: "medium", reason: "Signup was turned on for an enterprise connection." }
    : { severity: "high", reason: "Anyone can create an account through this connection." };
}

function hiddenReason(connections: Connections): Reason {
  return (
    lockOutReason(connections) ??
    (connections.current.some(({ showAsButton }) => showAsButton)
      ? { severity: "low", reason: "The connection's button is now hidden." }
      : { severity: "medium", reason: "The last visible button was hidden: the login page offers no connection." })
  );
}

/**
 * Why people are locked out, or null if they are not. An Organization whose enabled connections are all
 * enterprise and hidden answers every login with an error
 * (https://auth0.com/docs/manage-users/organizations/configure-organizations/enable-connections).
 */
function lockOutReason({ previous, current }: Connections): Reason | null {
  if (current.length === 0) return { severity: "high", reason: NO_CONNECTION_LEFT };
  if (isHiddenEnterpriseOnly(current) && !isHiddenEnterpriseOnly(previous))
    return { severity: "high", reason: ONLY_HIDDEN_LEFT };
  return null;
}

function isHiddenEnterpriseOnly(connections: readonly EnabledConnection[]): boolean {
  return connections.every((connection) => isEnterprise(connection) && !connection.showAsButton);
}

function isEnterprise({ strategy }: EnabledConnection): boolean {
  return connectionKind(strategy) === "enterprise";
}

/** Changes of an Organization as a whole, or of the scope of the audit. */
export type OrganizationChangeKind =
  | "organization_created"
  | "organization_deleted"
  | "organization_renamed"
  | "scope_added"
  | "scope_removed";

const ORGANIZATION_REASONS: Readonly<Record<OrganizationChangeKind, Reason>> = {
  organization_created: { severity: "medium", reason: "The Organization is new in the tenant." },
  organization_deleted: { severity: "medium", reason: "The Organization is no longer in the tenant." },
  organization_renamed: { severity: "low", reason: "The Organization was renamed." },
  scope_added: {
    severity: "info",
    reason: "The Organization was added to the list that is audited; its connections are not compared.",
  },
  scope_removed: {
    severity: "info",
    reason: "The Organization was removed from the list that is audited; its connections are not compared.",
  },
};

/** The Organization as a whole was created, deleted or renamed, or the audit's own scope changed. */
export function assessOrganization(change: OrganizationChangeKind): Assessment {
  return assessment(ORGANIZATION_REASONS[change]);
}
