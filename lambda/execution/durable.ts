import type { DurableContext } from "@aws/durable-execution-sdk-js";
import { EventBusError, EvidenceStoreError, RunFailure } from "../domain/errors.ts";
import type { RunErrorCode } from "../domain/run.ts";
import type { Execution } from "./port.ts";

/** A step's result is saved by the service: https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html */
const LARGEST_RESULT_BYTES = 256 * 1024;
const STEP_ATTEMPTS = 5;
/** What an execution may do: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MOST_OPERATIONS = 3_000;
/** Attempts count as well, and the end of the run needs some. */
const KEPT_OPERATIONS = 100;

/** What a step leaves behind: its result, or the failure that ends the run, so that a replay throws the same. */
type Saved<Result> =
  | { readonly kind: "done"; readonly result: Result }
  | { readonly kind: "failed"; readonly code: RunErrorCode; readonly message: string };

/**
 * A durable execution as the pipeline needs it. A store that cannot be reached is tried again for a while; every other
 * error ends the execution at once. `onError` is shown what a step threw, for callers in the same process.
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
  if (bytes > LARGEST_RESULT_BYTES)
    throw new RangeError(`The step ${name} would save ${bytes} bytes; ${LARGEST_RESULT_BYTES} is the most.`);
  return value;
}
