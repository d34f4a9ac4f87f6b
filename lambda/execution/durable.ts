import { type DurableContext, StepSemantics } from "@aws/durable-execution-sdk-js";
import { RunFailure } from "../domain/errors.ts";
import type { RunErrorCode } from "../domain/run.ts";
import { MOST_RESULT_BYTES } from "./limits.ts";
import { Operations } from "./operations.ts";
import type { Execution } from "./port.ts";
import { isPassing, type Retries } from "./retries.ts";
import { originalError, stepErrorOf } from "./saved-error.ts";

/**
 * What an attempt saves: its result, the failure that ends the run, or that a service is away. A replay finds the same,
 * so it makes the same retries and counts the same operations.
 */
type Saved<Result> =
  | { readonly kind: "done"; readonly result: Result }
  | { readonly kind: "failed"; readonly code: RunErrorCode; readonly message: string }
  | { readonly kind: "away" };

export interface DurableOptions {
  readonly retries: Retries;
  /** Receives what an attempt threw, and in how many seconds the next one starts; null after the last one. */
  readonly onError?: (error: unknown, retrySeconds: number | null) => void;
}

/**
 * A durable execution with the interface that the audit needs. While a service is away, the step is tried again after a
 * wait, as `retries` says; every other error ends the execution, and is thrown as what it was in every replay. A step
 * whose process is killed each time throws `RunFailure` (`interrupted`).
 */
export function durableExecution(context: DurableContext, { onError, retries }: DurableOptions): Execution {
  const { delaysSeconds, mostStarts } = retries;
  const operations = new Operations();

  async function attempt<Result>(
    name: string,
    work: () => Promise<Result>,
    retrySeconds: number | null,
  ): Promise<Saved<Result>> {
    const run = async (): Promise<Saved<Result>> => {
      try {
        return small(name, { kind: "done", result: await work() });
      } catch (error) {
        const mayPass = retrySeconds !== null && isPassing(error);
        onError?.(error, mayPass ? retrySeconds : null);
        if (mayPass) return { kind: "away" };
        if (error instanceof RunFailure) return { kind: "failed", code: error.code, message: error.message };
        throw stepErrorOf(error);
      }
    };
    const isCounted = mostStarts !== null;
    try {
      return await context.step<Saved<Result>>(name, run, {
        // With this, the SDK knows that a process died in the step, and how often.
        semantics: isCounted ? StepSemantics.AtMostOncePerRetry : StepSemantics.AtLeastOncePerRetry,
        retryStrategy: (error, starts) => ({
          shouldRetry: isCounted && error.name === "StepInterruptedError" && starts < mostStarts,
          delay: { seconds: 1 },
        }),
      });
    } catch (error) {
      throw originalError(name, error);
    }
  }

  return {
    operationsLeft: () => operations.left,
    async step<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
      operations.countPlanned();
      for (let retry = 0; ; retry += 1) {
        const seconds = (operations.mayRetry ? delaysSeconds[retry] : undefined) ?? null;
        const saved = await attempt(name, work, seconds);
        if (saved.kind === "done") return saved.result;
        if (saved.kind === "failed") throw new RunFailure(saved.code, saved.message);
        operations.countRetry();
        await context.wait(`${name}-retry-${retry + 1}`, { seconds: seconds ?? 1 });
      }
    },
    async wait(name, seconds) {
      operations.countPlanned();
      await context.wait(name, { seconds: Math.max(1, Math.ceil(seconds)) });
    },
  };
}

function small<Value>(name: string, value: Value): Value {
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes > MOST_RESULT_BYTES)
    throw new RangeError(`The step ${name} would save ${bytes} bytes; the limit is ${MOST_RESULT_BYTES}.`);
  return value;
}
