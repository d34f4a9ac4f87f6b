import type { DurableExecutionClient, DurableLambdaHandler } from "@aws/durable-execution-sdk-js";
import { LocalService, type LocalServiceOptions } from "./service.ts";

/** How an execution ended, and what it used. */
export interface DurableResult {
  readonly result: unknown;
  readonly invocations: number;
  readonly operations: number;
}

export interface DurableRun extends LocalServiceOptions {
  /** Builds the handler that `withDurableExecution` makes, with the service as its client. */
  readonly handler: (client: DurableExecutionClient) => DurableLambdaHandler;
  readonly signal: AbortSignal;
  /** The error that a failed step threw; the SDK passes on only its name and message. */
  readonly lastError?: () => unknown;
}

/**
 * Runs a durable function on this machine: invocation after invocation, with a model of the service as the SDK's client.
 * It differs from the service in two ways: the next start tries again what failed, and `clock` sleeps the waits. Throws
 * the error that failed the execution, and the signal's reason.
 */
export async function runDurably(run: DurableRun): Promise<DurableResult> {
  const { signal } = run;
  const service = await LocalService.open(run);
  const invoke = run.handler(service);
  const abort = () => service.end(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    for (let invocations = 1; ; invocations += 1) {
      signal.throwIfAborted();
      const output = await Promise.race([
        invoke(service.invocation(), lambdaContext(service)),
        service.killed,
        service.ended,
      ]);
      // Lambda starts another invocation, which finds the steps as they were.
      if (output === "killed") continue;
      switch (output.Status) {
        case "SUCCEEDED": {
          const result: unknown = output.Result === undefined ? undefined : JSON.parse(output.Result);
          return { result, invocations, operations: service.operations };
        }
        case "FAILED":
          throw run.lastError?.() ?? new Error(output.Error.ErrorMessage ?? "The execution failed.");
        case "PENDING":
          await service.letTimePass(signal);
          break;
        default:
          output satisfies never;
      }
    }
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function lambdaContext(service: LocalService): Parameters<DurableLambdaHandler>[1] {
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: "local",
    functionVersion: "$LATEST",
    invokedFunctionArn: "arn:aws:lambda:local:000000000000:function:local:live",
    memoryLimitInMB: "256",
    awsRequestId: "local",
    logGroupName: "local",
    logStreamName: "local",
    getRemainingTimeInMillis: () => service.remainingMs(),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}
