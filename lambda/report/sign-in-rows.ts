import { connectionKind } from "../domain/connection-kind.ts";
import type { Finding } from "../domain/finding.ts";
import type { EnabledConnection } from "../domain/organization.ts";
import type { ObservedOrganization } from "../domain/snapshot.ts";

const MAX_ROWS = 500;
const MAX_CONNECTIONS = 10;

/** A connection that people can sign in with, and what is unusual about it. */
export interface SignInConnection extends Pick<EnabledConnection, "connectionId" | "name" | "strategy"> {
  /** People become members when they sign in. */
  readonly isMembershipAutomatic: boolean;
  /** Several Organizations have this enterprise connection. */
  readonly isShared: boolean;
  readonly isSignupEnabled: boolean;
  /** The login page does not offer it. */
  readonly isHidden: boolean;
}

/** Who can sign in to an Organization. */
export interface SignInRow
  extends Pick<ObservedOrganization, "organizationId" | "organizationName" | "organizationDisplayName"> {
  /** At most `MAX_CONNECTIONS`. */
  readonly connections: readonly SignInConnection[];
  readonly connectionsTotal: number;
}

/** Collects the first `MAX_ROWS` Organizations that were read. */
export class SignInBuilder {
  readonly #rows: SignInRow[] = [];

  get rows(): readonly SignInRow[] {
    return this.#rows;
  }

  add({ enabledConnections, organizationDisplayName, organizationId, organizationName }: ObservedOrganization): void {
    if (this.#rows.length === MAX_ROWS) return;
    this.#rows.push({
      organizationId,
      organizationName,
      organizationDisplayName,
      connections: enabledConnections.slice(0, MAX_CONNECTIONS).map(signInConnection),
      connectionsTotal: enabledConnections.length,
    });
  }

  /** After the Organization itself. */
  addFinding({ connectionId, organizationId, rule, status }: Finding): void {
    const last = this.#rows.at(-1);
    if (last?.organizationId !== organizationId || rule !== "shared-enterprise-connection" || status !== "open") return;
    const marked = (one: SignInConnection) => (one.connectionId === connectionId ? { ...one, isShared: true } : one);
    this.#rows.splice(-1, 1, { ...last, connections: last.connections.map(marked) });
  }
}

/**
 * Whether strangers become members. Membership on login is the ordinary case for an enterprise connection that only one
 * Organization has.
 */
export function isMembershipOpen({ isMembershipAutomatic, isShared, strategy }: SignInConnection): boolean {
  return isMembershipAutomatic && (isShared || connectionKind(strategy) !== "enterprise");
}

function signInConnection(connection: EnabledConnection): SignInConnection {
  const { assignMembershipOnLogin, connectionId, isSignupEnabled, name, showAsButton, strategy } = connection;
  return {
    connectionId,
    name,
    strategy,
    isMembershipAutomatic: assignMembershipOnLogin,
    isShared: false,
    isSignupEnabled,
    isHidden: !showAsButton,
  };
}
