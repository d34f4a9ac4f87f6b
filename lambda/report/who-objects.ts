import { undoneText } from "../attribution/text.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import type { Operation } from "../domain/operation.ts";
import { encodeChange } from "../evidence/format/lines.ts";
import type { ActorChanges } from "./actors.ts";
import type { Attributed } from "./operation-block.ts";
import { whoText } from "./text/who.ts";
import type { UndoneChange } from "./undone.ts";

/** Who made an operation, from where, with what and when, with the keys that the evidence uses. */
export function operationObject({
  actor: { email, id, kind, name },
  at,
  channel,
  clientId,
  clientName,
  ip,
  logId,
  userAgent,
}: Operation): JsonObject {
  return {
    log_id: logId,
    at,
    actor: { kind, id, name, email },
    client_id: clientId,
    client_name: clientName,
    ip,
    user_agent: userAgent,
    channel,
  };
}

/** Who made a change, for programs and in words. `who` null: there are too many operations. */
export function attributionObject(who: Attributed | null): JsonObject {
  const text = whoText(who);
  if (who === null) return { confidence: "not_listed", because: null, text, log_ids: [], operations: [] };
  const { because, confidence, logIds } = who.attribution;
  return { confidence, because, text, log_ids: logIds, operations: who.operations.map(operationObject) };
}

/** Something that came and went: the change that it briefly was, who did it, and who undid it. */
export function undoneObject(one: UndoneChange): JsonObject {
  const { change, operation, undoing, undoneBy } = one;
  const line: Record<string, Json> = JSON.parse(encodeChange(change));
  return {
    text: undoneText(one),
    change: line,
    made_by: operationObject(operation),
    undone_by: undoneBy,
    undone_by_operation: undoing && operationObject(undoing),
  };
}

/** Someone who made changes, and how many by severity. */
export function actorObject({
  changes,
  operation: { actor, clientId, clientName },
  total,
  undone,
}: ActorChanges): JsonObject {
  const { email, id, kind, name } = actor;
  const known = { kind, id, name, email, client_id: clientId, client_name: clientName };
  return { ...known, changes: total, severity: { ...changes }, undone };
}
