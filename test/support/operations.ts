import type { Change } from "../../lambda/domain/change.ts";
import type { ConnectionId, Timestamp } from "../../lambda/domain/identifiers.ts";
import type { Operation } from "../../lambda/domain/operation.ts";
import { timestamp } from "../../lambda/domain/time.ts";
import { connectionId, organizationId, RUN_2 } from "./builders.ts";

export const ORGANIZATION = organizationId("1");
/** The older observation. */
export const AFTER = "2026-11-24T06:00:00.000Z" as Timestamp;
/** The newer one. */
export const BEFORE = "2026-11-25T06:00:00.000Z" as Timestamp;
/** The logs of the whole time between, and more. */
export const COVERED = {
  from: "2026-11-24T05:50:00.000Z" as Timestamp,
  until: "2026-11-25T06:01:00.000Z" as Timestamp,
  complete: true,
  because: null,
  entries: 12,
};

/** `minutes` after the older observation. */
export function minute(minutes: number): Timestamp {
  return timestamp(Date.parse(AFTER) + minutes * 60_000);
}

const ALICE = { kind: "user", id: "auth0|alice", name: "Alice Example", email: "alice@example.com" } as const;

/** A successful PATCH of connection 1 by Alice in the Dashboard, a minute after the older observation. */
export function operation(logId: string, other: Partial<Operation> = {}): Operation {
  const of = other.connectionId === undefined ? connectionId("1") : other.connectionId;
  return {
    runId: RUN_2,
    logId,
    at: minute(1),
    type: "sapi",
    method: "PATCH",
    path: `/api/v2/organizations/${ORGANIZATION}/enabled_connections/${of}`,
    organizationId: ORGANIZATION,
    connectionId: of,
    statusCode: 200,
    requested: {},
    actor: ALICE,
    clientId: "dashboard",
    clientName: null,
    ip: "203.0.113.7",
    userAgent: "Chrome",
    channel: "https://manage.auth0.com/",
    effect: "unknown",
    undone: [],
    ...other,
  };
}

/** A request that enables connection `id`. */
export function enabling(logId: string, at: Timestamp, id = "1", other: Partial<Operation> = {}): Operation {
  const path = `/api/v2/organizations/${ORGANIZATION}/enabled_connections`;
  return operation(logId, { at, method: "POST", path, connectionId: connectionId(id), statusCode: 201, ...other });
}

export function disabling(logId: string, at: Timestamp, id = "1", other: Partial<Operation> = {}): Operation {
  return operation(logId, { at, method: "DELETE", connectionId: connectionId(id), statusCode: 204, ...other });
}

/** A connection that was deleted in the whole tenant. */
export function deletingTenantWide(logId: string, at: Timestamp, id = "1"): Operation {
  const path = `/api/v2/connections/${connectionId(id)}`;
  return operation(logId, { at, method: "DELETE", path, organizationId: null, connectionId: connectionId(id) });
}

/** A change of connection 1 between the two observations. */
export function changed(change: Change["change"], other: Partial<Change> = {}): Change {
  const isOfConnection = change.startsWith("connection_");
  return {
    runId: RUN_2,
    organizationId: ORGANIZATION,
    organizationName: "acme",
    change,
    connectionId: isOfConnection ? (connectionId("1") as ConnectionId) : null,
    connectionName: isOfConnection ? "google-oauth2" : null,
    strategy: isOfConnection ? "google-oauth2" : null,
    properties: [],
    severity: "medium",
    reasons: ["A sign-in method was added."],
    between: { after: AFTER, before: BEFORE },
    ...other,
  };
}
