import type { OperationUpdate } from "@aws/durable-execution-sdk-js";
import * as v from "valibot";
import { operationTypeSchema, type SavedOperation } from "./execution-file.ts";

type Status = SavedOperation["Status"];

/** The state in which an operation must be for an action on it; null: it must not exist. */
const ALLOWED_BEFORE: Readonly<Record<string, readonly (Status | null)[]>> = {
  START: [null, "READY"],
  SUCCEED: ["STARTED"],
  FAIL: ["STARTED"],
  RETRY: ["STARTED"],
};
const STEP_STATUS: Readonly<Record<string, Status>> = {
  START: "STARTED",
  SUCCEED: "SUCCEEDED",
  FAIL: "FAILED",
  RETRY: "PENDING",
};

/**
 * The operation after a checkpoint's update of it, as the service has it:
 * https://docs.aws.amazon.com/lambda/latest/api/API_OperationUpdate.html. An attempt counts when it is over and another
 * follows. Throws `RangeError` for an update that the service refuses.
 */
export function afterUpdate(
  before: SavedOperation | undefined,
  update: OperationUpdate,
  nowMs: number,
): SavedOperation {
  const { Action: action = "", Id: id = "", Name, ParentId, SubType } = update;
  const type = v.parse(operationTypeSchema, update.Type);
  const status = STEP_STATUS[action];
  const isAllowed =
    ALLOWED_BEFORE[action]?.includes(before?.Status ?? null) && (type === "STEP" || before === undefined);
  if (!isAllowed || status === undefined || (before !== undefined && before.Type !== type))
    throw new RangeError(`${Name}: ${action} is not allowed for a ${type} that is ${before?.Status ?? "new"}.`);
  const at = (seconds = 0) => new Date(nowMs + seconds * 1000).toISOString();
  const shared = { Id: id, ParentId, Name, SubType, StartTimestamp: before?.StartTimestamp ?? at() };
  if (type === "WAIT") {
    const WaitDetails = { ScheduledEndTimestamp: at(update.WaitOptions?.WaitSeconds) };
    return { ...shared, Type: "WAIT", Status: "STARTED", WaitDetails };
  }
  const attempts = before?.StepDetails?.Attempt ?? 0;
  const StepDetails = {
    Attempt: action === "RETRY" ? attempts + 1 : attempts,
    Result: update.Payload,
    Error: update.Error,
    NextAttemptTimestamp: action === "RETRY" ? at(update.StepOptions?.NextAttemptDelaySeconds) : undefined,
  };
  return { ...shared, Type: "STEP", Status: status, StepDetails };
}

/** When a wait ends or a step is retried; null for an operation that waits for nothing. */
export function dueMs({ Status, StepDetails, Type, WaitDetails }: SavedOperation): number | null {
  if (Type === "WAIT" && Status === "STARTED") return Date.parse(WaitDetails?.ScheduledEndTimestamp ?? "");
  if (Type === "STEP" && Status === "PENDING") return Date.parse(StepDetails?.NextAttemptTimestamp ?? "");
  return null;
}
