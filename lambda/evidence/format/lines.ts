import { CHANGE_KINDS, type Change, SEVERITIES } from "../../domain/change.ts";
import { FAILURE_CODES } from "../../domain/organization.ts";
import type { OrganizationSnapshot } from "../../domain/snapshot.ts";
import { decodeLine, encodeLine } from "./json-line.ts";
import { added, always, list, nullable, type ObjectShape, object, omittable, oneOf, variant } from "./shape.ts";
import { anyJson, connectionId, count, enabledConnection, organizationId, runId, text, timestamp } from "./values.ts";

/** The lines of the evidence format, version 1. Keys that are not in the contract come after those that are. */

const identity = {
  run_id: runId,
  organization_id: organizationId,
  organization_name: nullable(text),
  organization_display_name: nullable(text),
};
const connections = list(enabledConnection);
const failure = object({
  code: oneOf(FAILURE_CODES),
  http_status: nullable(count),
  message: text,
  attempts: count,
});
const lastObserved = object({
  run_id: runId,
  observed_at: timestamp,
  enabled_connections: connections,
  organization_name: added(nullable(text), null),
  organization_display_name: added(nullable(text), null),
});

/** One Organization in a run's snapshot. */
export const snapshotShape: ObjectShape<OrganizationSnapshot> = variant("status", {
  observed: object({
    ...identity,
    status: oneOf(["observed"]),
    observed_at: timestamp,
    enabled_connections: connections,
    failure: always(nullable(failure), null),
    last_observed: always(nullable(lastObserved), null),
  }),
  deleted: object({
    ...identity,
    status: oneOf(["deleted"]),
    observed_at: timestamp,
    enabled_connections: always(connections, []),
    failure: always(nullable(failure), null),
    last_observed: always(nullable(lastObserved), null),
  }),
  failed: object({
    ...identity,
    status: oneOf(["failed"]),
    observed_at: timestamp,
    enabled_connections: always(connections, []),
    failure,
    last_observed: nullable(lastObserved),
    first_reading: omittable(oneOf(["sets_baseline", "enables_connections"])),
  }),
});

export const changeShape: ObjectShape<Change> = object({
  run_id: runId,
  organization_id: organizationId,
  organization_name: nullable(text),
  change: oneOf(CHANGE_KINDS),
  connection_id: nullable(connectionId),
  connection_name: nullable(text),
  strategy: nullable(text),
  properties: list(object({ name: text, previous_value: anyJson, updated_value: anyJson })),
  severity: oneOf(SEVERITIES),
  reasons: list(text),
  between: object({ after: nullable(timestamp), before: timestamp }),
});

/** One line of a snapshot part, with its line feed. */
export function encodeSnapshot(snapshot: OrganizationSnapshot): string {
  return encodeLine(snapshotShape, snapshot);
}

/** One line of a changes part, with its line feed. */
export function encodeChange(change: Change): string {
  return encodeLine(changeShape, change);
}

/** Reads a line of a snapshot. Throws `EvidenceError` (`malformed`); `where` is the line's place in its message. */
export function decodeSnapshot(line: string, where: string): OrganizationSnapshot {
  return decodeLine(snapshotShape, line, where);
}

/** Reads a line of the changes. Throws `EvidenceError` (`malformed`). */
export function decodeChange(line: string, where: string): Change {
  return decodeLine(changeShape, line, where);
}
