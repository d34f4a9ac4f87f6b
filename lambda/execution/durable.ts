import type { DurableContext } from "@aws/durable-execution-sdk-js";
import { EventBusError, EvidenceStoreError, RunFailure } from "../domain/errors.ts";
import type { RunErrorCode } from "../domain/run.ts";
import { MOST_OPERATIONS, MOST_RESULT_BYTES } from "./limits.ts";
import type { Execution } from "./port.ts";

const STEP_ATTEMPTS = 5;
/** Kept for retries, which count as operations, and for the end of the run. */
const KEPT_OPERATIONS = 100;

/** What a step saves: its result, or the failure that ends the run, so that a replay throws the same. */
type Saved<Result> =
  | { readonly kind: "done"; readonly result: Result }
  | { readonly kind: "failed"; readonly code: RunErrorCode; readonly message: string };

/**
 * A durable execution with the interface that the audit needs. When an AWS service cannot be reached, the step is retried;
 * every other error ends the execution. `onError` gets what a step threw, for callers in the same process.
 */
export function durableExecution(context: DurableContext, onError: (error: unknown) => void = () => {}): Execution {
  let operations = 0;
  return {
    operationsLeft: () => MOST_OPERATIONS - KEPT_OPERATIONS - operations,
    async step<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
      operations += 1;
      const attempt = async (): Promise<Saved<Result>> => {
        try {
          return small(name, { kind: "done", result: await work() });
        } catch (error) {
          if (error instanceof RunFailure) return { kind: "failed", code: error.code, message: error.message };
          onError(error);
          throw error;
        }
      };
      const saved = await context.step<Saved<Result>>(name, attempt, {
        retryStrategy: (error, attempts) => ({
          shouldRetry: attempts < STEP_ATTEMPTS && isPassing(error),
          delay: { seconds: 2 ** (attempts - 1) },
        }),
      });
      if (saved.kind === "failed") throw new RunFailure(saved.code, saved.message);
      return saved.result;
    },
    async wait(name, seconds) {
      operations += 1;
      await context.wait(name, { seconds: Math.max(1, Math.ceil(seconds)) });
    },
  };
}

function isPassing(error: unknown): boolean {
  const isOfAdapter = error instanceof EvidenceStoreError || error instanceof EventBusError;
  return isOfAdapter && error.code === "unreachable";
}

function small<Value>(name: string, value: Value): Value {
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes > MOST_RESULT_BYTES)
    throw new RangeError(`The step ${name} would save ${bytes} bytes; the limit is ${MOST_RESULT_BYTES}.`);
  return value;
}
