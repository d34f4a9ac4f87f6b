import * as v from "valibot";
import { CHANGE_KINDS, type Change, SEVERITIES } from "../../domain/change.ts";
import { enabledConnectionSchema } from "../../domain/enabled-connection.ts";
import { EvidenceError } from "../../domain/errors.ts";
import type { ConnectionId } from "../../domain/identifiers.ts";
import type { Json } from "../../domain/json.ts";
import { type EnabledConnection, FAILURE_CODES } from "../../domain/organization.ts";
import type { LastObserved, OrganizationSnapshot } from "../../domain/snapshot.ts";
import {
  count,
  jsonSchema,
  line,
  named,
  organizationIdSchema,
  read,
  runIdSchema,
  textOrNull,
  timestampSchema,
} from "./primitives.ts";

/**
 * The evidence format, version 1: the one file that maps between the model and what is stored. Keys stand in the
 * contract's order, so the same input gives the same bytes; keys of our own come after the contract's.
 */

function wires(connections: readonly EnabledConnection[]): readonly Json[] {
  return connections.map(({ wire }) => wire);
}

function lastObservedObject(last: LastObserved): object {
  return {
    run_id: last.runId,
    observed_at: last.observedAt,
    enabled_connections: wires(last.enabledConnections),
    organization_name: last.organizationName,
    organization_display_name: last.organizationDisplayName,
  };
}

/** One line of a snapshot part, with its line feed. */
export function encodeSnapshot(snapshot: OrganizationSnapshot): string {
  const failed = snapshot.status === "failed" ? snapshot : null;
  return line({
    run_id: snapshot.runId,
    organization_id: snapshot.organizationId,
    organization_name: snapshot.organizationName,
    organization_display_name: snapshot.organizationDisplayName,
    status: snapshot.status,
    observed_at: snapshot.observedAt,
    enabled_connections: snapshot.status === "observed" ? wires(snapshot.enabledConnections) : [],
    failure:
      failed === null
        ? null
        : {
            code: failed.failure.code,
            http_status: failed.failure.httpStatus,
            message: failed.failure.message,
            attempts: failed.failure.attempts,
          },
    last_observed: failed?.lastObserved ? lastObservedObject(failed.lastObserved) : null,
    ...(failed?.firstReading ? { first_reading: failed.firstReading } : {}),
  });
}

/** One line of a changes part, with its line feed. */
export function encodeChange(change: Change): string {
  return line({
    run_id: change.runId,
    organization_id: change.organizationId,
    organization_name: change.organizationName,
    change: change.change,
    connection_id: change.connectionId,
    connection_name: change.connectionName,
    strategy: change.strategy,
    properties: change.properties.map(({ name, previousValue, updatedValue }) => ({
      name,
      previous_value: previousValue,
      updated_value: updatedValue,
    })),
    severity: change.severity,
    reasons: change.reasons,
    between: change.between,
  });
}

const snapshotSchema = v.looseObject({
  run_id: runIdSchema,
  organization_id: organizationIdSchema,
  organization_name: textOrNull,
  organization_display_name: textOrNull,
  status: v.picklist(["observed", "failed", "deleted"]),
  observed_at: timestampSchema,
  enabled_connections: v.array(enabledConnectionSchema),
  failure: v.nullable(
    v.looseObject({
      code: v.picklist(FAILURE_CODES),
      http_status: v.nullable(v.number()),
      message: v.string(),
      attempts: count,
    }),
  ),
  last_observed: v.nullable(
    v.looseObject({
      run_id: runIdSchema,
      observed_at: timestampSchema,
      enabled_connections: v.array(enabledConnectionSchema),
      organization_name: v.optional(textOrNull, null),
      organization_display_name: v.optional(textOrNull, null),
    }),
  ),
  first_reading: v.optional(v.nullable(v.picklist(["sets_baseline", "enables_connections"])), null),
});

const changeSchema = v.looseObject({
  run_id: runIdSchema,
  organization_id: organizationIdSchema,
  organization_name: textOrNull,
  change: v.picklist(CHANGE_KINDS),
  connection_id: v.nullable(named<ConnectionId>()),
  connection_name: textOrNull,
  strategy: textOrNull,
  properties: v.array(v.looseObject({ name: v.string(), previous_value: jsonSchema, updated_value: jsonSchema })),
  severity: v.picklist(SEVERITIES),
  reasons: v.array(v.string()),
  between: v.looseObject({ after: v.nullable(timestampSchema), before: timestampSchema }),
});

/** Reads a line of a snapshot. Throws `EvidenceError` (`malformed`); `where` names the line in its message. */
export function decodeSnapshot(text: string, where: string): OrganizationSnapshot {
  const stored = read(snapshotSchema, text, where);
  const identity = {
    runId: stored.run_id,
    organizationId: stored.organization_id,
    organizationName: stored.organization_name,
    organizationDisplayName: stored.organization_display_name,
    observedAt: stored.observed_at,
  };
  const { status, failure, last_observed: last } = stored;
  switch (status) {
    case "observed":
      return { ...identity, status, enabledConnections: stored.enabled_connections };
    case "deleted":
      return { ...identity, status };
    case "failed":
      if (failure === null) throw new EvidenceError("malformed", `${where}: $.failure is missing.`);
      return {
        ...identity,
        status,
        failure: {
          code: failure.code,
          httpStatus: failure.http_status,
          message: failure.message,
          attempts: failure.attempts,
        },
        lastObserved:
          last === null
            ? null
            : {
                runId: last.run_id,
                observedAt: last.observed_at,
                organizationName: last.organization_name,
                organizationDisplayName: last.organization_display_name,
                enabledConnections: last.enabled_connections,
              },
        firstReading: stored.first_reading,
      };
  }
}

/** Reads a line of the changes. Throws `EvidenceError` (`malformed`). */
export function decodeChange(text: string, where: string): Change {
  const stored = read(changeSchema, text, where);
  return {
    runId: stored.run_id,
    organizationId: stored.organization_id,
    organizationName: stored.organization_name,
    change: stored.change,
    connectionId: stored.connection_id,
    connectionName: stored.connection_name,
    strategy: stored.strategy,
    properties: stored.properties.map(({ name, previous_value, updated_value }) => ({
      name,
      previousValue: previous_value,
      updatedValue: updated_value,
    })),
    severity: stored.severity,
    reasons: stored.reasons,
    between: { after: stored.between.after, before: stored.between.before },
  };
}
