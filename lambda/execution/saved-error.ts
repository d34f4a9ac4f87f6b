import { StepError } from "@aws/durable-execution-sdk-js";
import * as v from "valibot";
import { ConfigurationError, EventBusError, EvidenceError, EvidenceStoreError, RunFailure } from "../domain/errors.ts";

/** The service does not document how long an error may be; the program's own messages are far shorter. */
const MOST_MESSAGE_CHARACTERS = 4_000;

/** The program's own errors as a failed step saves them. */
const savedErrorSchema = v.variant("name", [
  v.object({
    name: v.literal("EvidenceStoreError"),
    code: v.picklist(["unreachable", "forbidden", "not_found", "invalid_location"]),
  }),
  v.object({
    name: v.literal("EvidenceError"),
    code: v.picklist(["altered", "missing", "truncated", "malformed", "newer_format"]),
  }),
  v.object({ name: v.literal("EventBusError"), code: v.picklist(["unreachable", "refused"]) }),
  v.object({ name: v.literal("ConfigurationError") }),
]);
type SavedError = v.InferOutput<typeof savedErrorSchema>;

/**
 * What a failed step throws: the SDK saves it, and returns it in every later invocation. One of the program's own errors
 * keeps its code and message; any other only its name, because its message could quote a secret.
 */
export function stepErrorOf(error: unknown): StepError {
  const cause = error instanceof Error ? error : undefined;
  const saved = savedOf(error);
  if (saved === null || cause === undefined) return new StepError(cause?.name ?? "no error was given", cause);
  return new StepError(cause.message.slice(0, MOST_MESSAGE_CHARACTERS), cause, JSON.stringify(saved));
}

function savedOf(error: unknown): SavedError | null {
  if (error instanceof EvidenceStoreError || error instanceof EvidenceError || error instanceof EventBusError)
    return v.parse(savedErrorSchema, { name: error.name, code: error.code });
  return error instanceof ConfigurationError ? { name: "ConfigurationError" } : null;
}

/**
 * The error that a failed step threw, from what the SDK rethrows: one of the program's own classes, or `RunFailure`
 * (`interrupted`) for a step that was killed each time. What it does not know is returned as it is.
 */
export function originalError(step: string, error: unknown): unknown {
  if (!(error instanceof StepError)) return error;
  if (error.cause?.name === "StepInterruptedError")
    return new RunFailure(
      "interrupted",
      `The step ${step} was killed each time that it was started; look for a time-out or too little memory in the function's log.`,
      { cause: error },
    );
  const { output, success } = v.safeParse(v.pipe(v.string(), v.parseJson(), savedErrorSchema), error.errorData);
  return success ? restored(output, error) : error;
}

function restored(saved: SavedError, cause: StepError): Error {
  const { message } = cause;
  switch (saved.name) {
    case "EvidenceStoreError":
      return new EvidenceStoreError(saved.code, message, { cause });
    case "EvidenceError":
      return new EvidenceError(saved.code, message, { cause });
    case "EventBusError":
      return new EventBusError(saved.code, message, { cause });
    case "ConfigurationError":
      return new ConfigurationError(message, { cause });
    default:
      return saved satisfies never;
  }
}
