import type { Severity } from "../domain/change.ts";
import { type ConnectionKind, connectionKind } from "../domain/connection-kind.ts";
import type { ConnectionId } from "../domain/identifiers.ts";
import type { EnabledConnection } from "../domain/organization.ts";
import { type BuiltInRuleId, RULES } from "./rules.ts";

/** What only the whole state of a tenant can tell of a connection. */
export interface TenantFacts {
  /** Whether more than one Organization has the connection enabled. */
  isShared(connectionId: ConnectionId): boolean;
  /** Whether more than one Organization has it enabled with automatic membership. */
  isMembershipShared(connectionId: ConnectionId): boolean;
}

/** What a built-in rule objects to in an Organization's state. */
export interface Offense {
  readonly rule: BuiltInRuleId;
  /** Null: the Organization itself. */
  readonly connection: EnabledConnection | null;
  readonly severity: Severity;
  readonly message: string;
}

/**
 * What the built-in rules object to in a set of enabled connections, in no promised order. `facts` null: the rules that
 * compare Organizations are left out.
 */
export function connectionOffenses(
  connections: readonly EnabledConnection[],
  facts: TenantFacts | null,
): readonly Offense[] {
  const hasEnterprise = connections.some(isEnterprise);
  const offenses = connections.flatMap((connection) => ofConnection(connection, hasEnterprise, facts));
  const isOffered = (connection: EnabledConnection) => connection.showAsButton || !isEnterprise(connection);
  return connections.some(isOffered) ? offenses : [...offenses, offense("locked-out", null)];
}

function isEnterprise({ strategy }: EnabledConnection): boolean {
  return connectionKind(strategy) === "enterprise";
}

function ofConnection(
  connection: EnabledConnection,
  hasEnterprise: boolean,
  facts: TenantFacts | null,
): readonly Offense[] {
  const { connectionId, strategy, assignMembershipOnLogin, isSignupEnabled } = connection;
  const kind = connectionKind(strategy);
  const offenses: Offense[] = [];
  if (hasEnterprise && kind !== "enterprise") offenses.push(offense("sso-bypass", connection));
  if (assignMembershipOnLogin && isOpenToOthers(connectionId, kind, facts))
    offenses.push(offense("open-membership", connection));
  if (isSignupEnabled && hasEnterprise) offenses.push(offense("open-signup", connection));
  if (isSignupEnabled && !assignMembershipOnLogin) offenses.push(offense("signup-without-membership", connection));
  if (kind === "enterprise" && facts?.isShared(connectionId))
    offenses.push(offense("shared-enterprise-connection", connection, facts.isMembershipShared(connectionId)));
  return offenses;
}

/** Whether people who are not of this customer can have users of the connection. */
function isOpenToOthers(connectionId: ConnectionId, kind: ConnectionKind, facts: TenantFacts | null): boolean {
  switch (kind) {
    case "social":
    case "passwordless":
      return true;
    case "database":
      return facts?.isShared(connectionId) ?? false;
    case "enterprise":
      return false;
  }
}

/** An offense in the words and with the severity of its rule, or of the rule's worse case if it has one. */
export function offense(rule: BuiltInRuleId, connection: EnabledConnection | null, isWorse = false): Offense {
  const usual = RULES[rule];
  const { wrong, severity } = (isWorse ? usual.worse : usual) ?? usual;
  return { rule, connection, severity, message: wrong };
}
