import type { PropertyChange, Severity } from "../domain/change.ts";
import { SEVERITIES } from "../domain/change.ts";
import { connectionKind } from "../domain/connection-kind.ts";
import type { EnabledConnection } from "../domain/organization.ts";

/** How bad a change is, and why, in words. */
export interface Assessment {
  readonly severity: Severity;
  /** Worst first, never empty. */
  readonly reasons: readonly string[];
}

interface Reason {
  readonly severity: Severity;
  readonly reason: string;
}

function assessment(first: Reason, ...others: readonly Reason[]): Assessment {
  const rank = ({ severity }: Reason) => SEVERITIES.indexOf(severity);
  const worstFirst = [first, ...others].sort((left, right) => rank(left) - rank(right));
  const worst = others.reduce((worst, other) => (rank(other) < rank(worst) ? other : worst), first);
  return { severity: worst.severity, reasons: worstFirst.map(({ reason }) => reason) };
}

/** One Organization's connections before and after. */
export interface Connections {
  readonly previous: readonly EnabledConnection[];
  readonly current: readonly EnabledConnection[];
}

/** A connection became enabled: `connection` is in `current` and not in `previous`. */
export function assessEnabled(connection: EnabledConnection, connections: Connections): Assessment {
  const reasons: Reason[] = [];
  if (connection.assignMembershipOnLogin)
    reasons.push({
      severity: "high",
      reason: "Whoever can authenticate with this connection becomes a member of the Organization.",
    });
  if (connection.isSignupEnabled)
    reasons.push({ severity: "high", reason: "Strangers can create an account through this connection." });
  if (isOpen(connection) && wasEnterpriseOnly(connections))
    reasons.push({
      severity: "high",
      reason: `A ${connectionKind(connection.strategy)} connection stands beside enterprise connections only: it is a way in past the customer's own identity provider.`,
    });
  return assessment({ severity: "medium", reason: "There is one more way to sign in." }, ...reasons);
}

function isOpen(connection: EnabledConnection): boolean {
  const kind = connectionKind(connection.strategy);
  return kind === "social" || kind === "database";
}

/**
 * Whether the Organization relied on enterprise connections alone: those it had before, or those it has now beside the
 * open ones that came with this change. Counting the newcomers among "the others" would let two social connections that
 * are enabled together excuse each other.
 */
function wasEnterpriseOnly({ previous, current }: Connections): boolean {
  const had = new Set(previous.map(({ connectionId }) => connectionId));
  const beside = current.filter((connection) => had.has(connection.connectionId) || !isOpen(connection));
  return [previous, beside].some(
    (others) => others.length > 0 && others.every(({ strategy }) => connectionKind(strategy) === "enterprise"),
  );
}

/** A connection is no longer enabled in an Organization that still exists. */
export function assessDisabled({ current }: Connections): Assessment {
  const fewer: Reason = { severity: "medium", reason: "There is one way less to sign in." };
  return current.length > 0
    ? assessment(fewer)
    : assessment(fewer, {
        severity: "high",
        reason: "No connection is enabled any more: the Organization's members are locked out.",
      });
}

/** A connection went with its Organization. */
export function assessDisabledByDeletion(): Assessment {
  return assessment({ severity: "medium", reason: "The Organization was deleted, and its connections with it." });
}

/** One or more properties of an enabled connection changed. */
export function assessUpdated(first: PropertyChange, ...others: readonly PropertyChange[]): Assessment {
  return assessment(assessProperty(first), ...others.map(assessProperty));
}

function assessProperty({ name, updatedValue }: PropertyChange): Reason {
  const turnedOn = updatedValue === true;
  switch (name) {
    case "assign_membership_on_login":
      return turnedOn
        ? { severity: "high", reason: "Whoever can authenticate with this connection now becomes a member." }
        : { severity: "low", reason: "Signing in no longer makes anybody a member." };
    case "is_signup_enabled":
      return turnedOn
        ? { severity: "high", reason: "Strangers can now create an account through this connection." }
        : { severity: "low", reason: "Signing up through this connection was turned off." };
    case "show_as_button":
      return { severity: "low", reason: `The connection's button is now ${turnedOn ? "shown" : "hidden"}.` };
    case "connection.strategy":
      return {
        severity: "high",
        reason: "The connection's strategy changed: people authenticate with another kind of identity provider.",
      };
    default:
      return { severity: "low", reason: "The connection was renamed." };
  }
}

/** The Organization as a whole came, went or got another name, or the audit's own scope changed. */
export function assessOrganization(
  change: "organization_created" | "organization_deleted" | "organization_renamed" | "scope_added" | "scope_removed",
): Assessment {
  switch (change) {
    case "organization_created":
      return assessment({ severity: "medium", reason: "The Organization is new in the tenant." });
    case "organization_deleted":
      return assessment({ severity: "medium", reason: "The Organization is no longer in the tenant." });
    case "organization_renamed":
      return assessment({ severity: "low", reason: "The Organization was renamed." });
    case "scope_added":
      return assessment({
        severity: "info",
        reason: "The Organization came into the audit's scope; nothing is said about its connections.",
      });
    case "scope_removed":
      return assessment({
        severity: "info",
        reason: "The Organization left the audit's scope; nothing is said about its connections.",
      });
  }
}
