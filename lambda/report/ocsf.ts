import { undoneText } from "../attribution/text.ts";
import type { Change, ChangeKind } from "../domain/change.ts";
import type { Json } from "../domain/json.ts";
import type { Operation, Undone } from "../domain/operation.ts";
import { ocsfActor } from "./ocsf-actor.ts";
import { named, type OcsfRun, ocsfLine, ocsfMetadata, ocsfSeverity } from "./ocsf-values.ts";
import type { Attributed } from "./operation-block.ts";
import { changeTitle } from "./text/change.ts";
import { organizationLabel } from "./text/organization.ts";

/**
 * A change as an event of the Open Cybersecurity Schema Framework 1.8.0, class Entity Management (3004)
 * (https://schema.ocsf.io/1.8.0/classes/entity_management). Times are in milliseconds since the epoch.
 */
const CATEGORY = { category_uid: 3, category_name: "Identity & Access Management" };
const CLASS = { class_uid: 3004, class_name: "Entity Management" };
const STATUS = { status_id: 1, status: "Success" };
const ORGANIZATION = { type_id: 4, type: "Organization" };
/** The class has no type for connections: 99 is "Other", which `type` names. */
const ENABLED_CONNECTION = { type_id: 99, type: "Enabled Connection" };

const ACTIVITY: Readonly<Record<ChangeKind, readonly [id: number, name: string]>> = {
  connection_enabled: [8, "Enable"],
  connection_disabled: [9, "Disable"],
  connection_updated: [3, "Update"],
  organization_created: [1, "Create"],
  organization_deleted: [4, "Delete"],
  organization_renamed: [3, "Update"],
  scope_added: [99, "Audit Scope Added"],
  scope_removed: [99, "Audit Scope Removed"],
};

/**
 * A change as one line of changes.ocsf.ndjson, with its line feed. `time` is when the change was detected. It happened
 * between `start_time` (absent when there is no older observation) and `end_time`. `actor`, `src_endpoint` and
 * `http_request` are those of the last operation that `who` names; without one, they are absent. `who` null: it is not listed.
 */
export function ocsfRow(change: Change, run: OcsfRun, who: Attributed | null): string {
  const { confidence, because, logIds } = who?.attribution ?? NOT_LISTED;
  const operation = who?.operations.at(-1) ?? null;
  return ocsfLine({
    ...changeEvent(change),
    time: Date.parse(change.between.before),
    message: `${organizationLabel(change)}: ${changeTitle(change)}`,
    ...ocsfActor(operation),
    // The same change in the same run always has the same ID.
    metadata: {
      ...ocsfMetadata(run, change.runId, [change.organizationId, change.change, change.connectionId]),
      ...original(operation),
    },
    unmapped: {
      run_id: change.runId,
      change: change.change,
      reasons: change.reasons,
      attribution: confidence,
      attribution_because: because,
      log_ids: logIds,
    },
  });
}

const NOT_LISTED = { confidence: "not_listed", because: null, logIds: [] } as const;

/**
 * Something that came and went, as one line of changes.ocsf.ndjson, with its line feed. `time` is when `operation` did it;
 * it lasted until `end_time`.
 */
export function ocsfUndoneRow({ change, undoneBy }: Undone, operation: Operation, run: OcsfRun): string {
  return ocsfLine({
    ...changeEvent(change),
    time: Date.parse(operation.at),
    message: undoneText({ change, undoneBy }),
    ...ocsfActor(operation),
    metadata: {
      ...ocsfMetadata(run, change.runId, [
        "undone",
        operation.logId,
        change.organizationId,
        change.change,
        change.connectionId,
        undoneBy,
      ]),
      ...original(operation),
    },
    unmapped: {
      run_id: change.runId,
      change: change.change,
      reasons: change.reasons,
      undone: true,
      undone_by: undoneBy,
      log_ids: [operation.logId],
    },
  });
}

/** The entry of the tenant's logs that tells of the operation. */
function original(operation: Operation | null): object {
  return operation === null ? {} : { original_event_uid: operation.logId, original_time: operation.at };
}

function changeEvent(change: Change): object {
  const [activityId, activityName] = ACTIVITY[change.change];
  const { after, before } = change.between;
  return {
    activity_id: activityId,
    activity_name: activityName,
    ...CATEGORY,
    ...CLASS,
    type_uid: CLASS.class_uid * 100 + activityId,
    type_name: `${CLASS.class_name}: ${activityName}`,
    ...ocsfSeverity(change.severity),
    ...STATUS,
    ...(after === null ? {} : { start_time: Date.parse(after) }),
    end_time: Date.parse(before),
    entity: entity(change, "previousValue"),
    ...(change.properties.length === 0 ? {} : { entity_result: entity(change, "updatedValue") }),
  };
}

function entity(change: Change, side: "previousValue" | "updatedValue"): object {
  const { organizationId, organizationName, connectionId, connectionName, strategy } = change;
  const org = { uid: organizationId, ...named(organizationName) };
  const values = Object.fromEntries(
    change.properties.map((property): [string, Json] => [property.name, property[side]]),
  );
  if (connectionId === null)
    return { ...ORGANIZATION, ...org, org, ...(change.properties.length === 0 ? {} : { data: values }) };
  return { ...ENABLED_CONNECTION, uid: connectionId, ...named(connectionName), org, data: { strategy, ...values } };
}
