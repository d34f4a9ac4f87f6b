import type { Comparison } from "../../lambda/changes/difference.ts";
import { enabledConnection } from "../../lambda/domain/enabled-connection.ts";
import type { ConnectionId, OrganizationId, RunId, Timestamp } from "../../lambda/domain/identifiers.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import type { EnabledConnection, Failure } from "../../lambda/domain/organization.ts";
import type { FirstReading, LastObserved, OrganizationSnapshot } from "../../lambda/domain/snapshot.ts";

export const RUN_1 = "20260303T060000Z" as RunId;
export const RUN_2 = "20260304T060000Z" as RunId;
export const AT_1 = "2026-03-03T06:00:07.000Z" as Timestamp;
export const AT_2 = "2026-03-04T06:00:09.000Z" as Timestamp;

/** A comparison of two runs over the whole tenant. */
export const COMPARISON: Comparison = {
  runId: RUN_2,
  startedAt: AT_2,
  appeared: "organization_created",
  disappeared: "organization_deleted",
  isShared: () => false,
};

/** `org_` and 16 characters: `organizationId("7")` ends in 7. */
export function organizationId(end: string): OrganizationId {
  return `org_${end.padStart(16, "0")}` as OrganizationId;
}

export function connectionId(end: string): ConnectionId {
  return `con_${end.padStart(16, "0")}` as ConnectionId;
}

/** A connection as Auth0 would answer it; `name` and `strategy` are in its `connection`. */
export function connection(
  id: string,
  strategy: string,
  properties: JsonObject = {},
  name = `${strategy}-${id}`,
): EnabledConnection {
  return enabledConnection({
    connection_id: connectionId(id),
    assign_membership_on_login: false,
    show_as_button: true,
    is_signup_enabled: false,
    connection: { name, strategy },
    ...properties,
  });
}

const FAILURE: Failure = { code: "unavailable", httpStatus: 500, message: "It answered 500 five times.", attempts: 5 };

interface Named {
  readonly runId?: RunId;
  readonly name?: string | null;
  readonly displayName?: string | null;
  readonly observedAt?: Timestamp;
}

function identity(id: string, { runId = RUN_1, name = "acme", displayName = "Acme", observedAt = AT_1 }: Named) {
  return {
    runId,
    organizationId: organizationId(id),
    organizationName: name,
    organizationDisplayName: displayName,
    observedAt,
  };
}

export function observed(
  id: string,
  enabledConnections: readonly EnabledConnection[],
  named: Named = {},
): Extract<OrganizationSnapshot, { status: "observed" }> {
  return { ...identity(id, named), status: "observed", enabledConnections };
}

export function failed(
  id: string,
  lastObserved: LastObserved | null,
  { firstReading = null, ...named }: Named & { readonly firstReading?: FirstReading | null } = {},
): Extract<OrganizationSnapshot, { status: "failed" }> {
  return { ...identity(id, named), status: "failed", failure: FAILURE, lastObserved, firstReading };
}

export function deleted(id: string, named: Named = {}): Extract<OrganizationSnapshot, { status: "deleted" }> {
  return { ...identity(id, named), status: "deleted" };
}

/** What a later failed line carries of an observed one. */
export function carried(line: Extract<OrganizationSnapshot, { status: "observed" }>): LastObserved {
  const { runId, observedAt, organizationName, organizationDisplayName, enabledConnections } = line;
  return { runId, observedAt, organizationName, organizationDisplayName, enabledConnections };
}
