import { CHANGE_KINDS, type Change, SEVERITIES } from "../../domain/change.ts";
import { FINDING_STATUSES, type Finding } from "../../domain/finding.ts";
import { ACTOR_KINDS, OPERATION_EFFECTS, type Operation, type Undone } from "../../domain/operation.ts";
import { FAILURE_CODES } from "../../domain/organization.ts";
import type { OrganizationSnapshot } from "../../domain/snapshot.ts";
import { decodeLine, encodeLine } from "./json-line.ts";
import { added, always, list, mapped, nullable, type ObjectShape, object, omittable, oneOf, variant } from "./shape.ts";
import {
  anyJson,
  connectionId,
  count,
  day,
  enabledConnection,
  organizationId,
  requested,
  runId,
  text,
  timestamp,
} from "./values.ts";

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

/** The lines of findings are format version 1.1, like those of operations. */
export const findingShape: ObjectShape<Finding> = object({
  run_id: runId,
  organization_id: organizationId,
  organization_name: nullable(text),
  rule: text,
  rule_version: count,
  severity: oneOf(SEVERITIES),
  connection_id: nullable(connectionId),
  connection_name: nullable(text),
  strategy: nullable(text),
  status: oneOf(FINDING_STATUSES),
  state_observed_at: nullable(timestamp),
  first_seen: object({ run_id: runId, at: timestamp }),
  message: text,
  waiver: nullable(object({ reason: text, expires: nullable(day), approved_by: nullable(text) })),
});

const undone: ObjectShape<Undone> = object({ undone_by: nullable(text), change: changeShape });

export const operationShape: ObjectShape<Operation> = object({
  run_id: runId,
  log_id: text,
  at: timestamp,
  type: text,
  method: text,
  path: text,
  organization_id: nullable(organizationId),
  connection_id: nullable(connectionId),
  status_code: nullable(count),
  requested,
  actor: object({ kind: oneOf(ACTOR_KINDS), id: nullable(text), name: nullable(text), email: nullable(text) }),
  client_id: nullable(text),
  client_name: nullable(text),
  ip: nullable(text),
  user_agent: nullable(text),
  channel: nullable(text),
  effect: oneOf(OPERATION_EFFECTS),
  undone: mapped(
    omittable(list(undone)),
    (stored): readonly Undone[] => stored ?? [],
    (all) => (all.length === 0 ? null : all),
  ),
});

/** One line of a snapshot part, with its line feed. */
export function encodeSnapshot(snapshot: OrganizationSnapshot): string {
  return encodeLine(snapshotShape, snapshot);
}

/** One line of a changes part, with its line feed. */
export function encodeChange(change: Change): string {
  return encodeLine(changeShape, change);
}

/** One line of a findings part, with its line feed. */
export function encodeFinding(finding: Finding): string {
  return encodeLine(findingShape, finding);
}

/** One line of an operations part, with its line feed. */
export function encodeOperation(operation: Operation): string {
  return encodeLine(operationShape, operation);
}

/** Reads a line of a snapshot. Throws `EvidenceError` (`malformed`); `where` is the line's place in its message. */
export function decodeSnapshot(line: string, where: string): OrganizationSnapshot {
  return decodeLine(snapshotShape, line, where);
}

/** Reads a line of the changes. Throws `EvidenceError` (`malformed`). */
export function decodeChange(line: string, where: string): Change {
  return decodeLine(changeShape, line, where);
}

/** Reads a line of the findings. Throws `EvidenceError` (`malformed`). */
export function decodeFinding(line: string, where: string): Finding {
  return decodeLine(findingShape, line, where);
}

/** Reads a line of the operations. Throws `EvidenceError` (`malformed`). */
export function decodeOperation(line: string, where: string): Operation {
  return decodeLine(operationShape, line, where);
}
