import type {
  DurableExecutionClient,
  DurableLambdaHandler,
  OperationUpdate,
  WireOperation,
} from "@aws/durable-execution-sdk-js";
import * as v from "valibot";
import type { Clock } from "../../domain/clock.ts";
import {
  appendOperations,
  loadExecution,
  operationTypeSchema,
  rewriteExecution,
  type SavedOperation,
} from "./execution-file.ts";

/** What the service allows an execution: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const MOST_OPERATIONS = 3_000;
export const MOST_RESULT_BYTES = 256 * 1024;
export const MOST_WRITTEN_BYTES = 100 * 1024 * 1024;
const INVOCATION_MS = 900_000;
/** Operations that one page of an execution's state holds. */
const PAGE_OPERATIONS = 100;

/** The execution asked for more than the service would give it. */
export class DurableLimitError extends Error {
  override readonly name = "DurableLimitError";
}

/** How an execution ended, and what it took. */
export interface DurableResult {
  readonly result: unknown;
  readonly invocations: number;
  readonly operations: number;
}

export interface DurableRun {
  /** Builds the handler that `withDurableExecution` makes, over the engine's client. */
  readonly handler: (client: DurableExecutionClient) => DurableLambdaHandler;
  readonly event: unknown;
  /** Where the execution is saved: one line an update. It is created, or gone on with. */
  readonly file: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The error behind a failed step, which the service would know only by its name and message. */
  readonly lastError?: () => unknown;
}

/**
 * Runs a durable function on this machine: a model of the service behind the SDK's own client, with its limits, saved in
 * a file after every checkpoint. It differs from the service in two things: a step that failed for good is not saved, so
 * that the next start tries it again; and waits are slept by `clock`. Throws the step's error, and the signal's reason.
 */
export async function runDurably({
  handler,
  event,
  file,
  clock,
  signal,
  lastError,
}: DurableRun): Promise<DurableResult> {
  const engine = await LocalEngine.open(file, event, clock, signal);
  const invoke = handler(engine);
  for (let invocations = 1; ; invocations += 1) {
    const output = await aborted(signal, Promise.race([invoke(engine.input(), lambdaContext(clock)), engine.failed]));
    if (output === "failed") throw lastError?.() ?? engine.failure;
    switch (output.Status) {
      case "SUCCEEDED":
        return {
          result: output.Result === undefined ? undefined : JSON.parse(output.Result),
          invocations,
          operations: engine.operationCount,
        };
      case "FAILED":
        throw lastError?.() ?? new Error(output.Error.ErrorMessage ?? "The execution failed.");
      case "PENDING":
        await engine.letTimePass();
        break;
      default:
        output satisfies never;
    }
  }
}

async function aborted<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function lambdaContext(clock: Clock): Parameters<DurableLambdaHandler>[1] {
  const endMs = clock.now() + INVOCATION_MS;
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: "local",
    functionVersion: "$LATEST",
    invokedFunctionArn: "arn:aws:lambda:local:000000000000:function:local:live",
    memoryLimitInMB: "256",
    awsRequestId: "local",
    logGroupName: "local",
    logStreamName: "local",
    getRemainingTimeInMillis: () => Math.max(0, endMs - clock.now()),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}

class LocalEngine implements DurableExecutionClient {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #operations = new Map<string, SavedOperation>();
  readonly #event: unknown;
  #counted = 0;
  #writtenBytes = 0;
  #checkpoints = 0;
  readonly #end = Promise.withResolvers<"failed">();
  #failure: Error | null = null;

  private constructor(file: string, event: unknown, clock: Clock, signal: AbortSignal) {
    this.#file = file;
    this.#event = event;
    this.#clock = clock;
    this.#signal = signal;
  }

  static async open(file: string, event: unknown, clock: Clock, signal: AbortSignal): Promise<LocalEngine> {
    const saved = await loadExecution(file);
    const engine = new LocalEngine(file, saved?.event ?? event, clock, signal);
    for (const operation of saved?.operations ?? []) engine.#set(operation);
    await rewriteExecution(file, { event: engine.#event, operations: [...engine.#operations.values()] });
    return engine;
  }

  /** Why the execution cannot go on: a step failed for good, or a limit was exceeded. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Resolves as soon as the execution cannot go on: its last checkpoint is never answered, so no invocation ends it. */
  get failed(): Promise<"failed"> {
    return this.#end.promise;
  }

  get operationCount(): number {
    return this.#counted;
  }

  input(): Parameters<DurableLambdaHandler>[0] {
    const all = [this.#execution(), ...this.#operations.values()];
    return {
      DurableExecutionArn: "arn:aws:lambda:local:000000000000:function:local/durable-execution/local/local",
      CheckpointToken: String(this.#checkpoints),
      InitialExecutionState: {
        Operations: all.slice(0, PAGE_OPERATIONS),
        ...(all.length > PAGE_OPERATIONS ? { NextMarker: String(PAGE_OPERATIONS) } : {}),
      },
    };
  }

  #execution(): WireOperation {
    return {
      Id: "execution",
      Type: "EXECUTION",
      Status: "STARTED",
      StartTimestamp: new Date(0).toISOString(),
      ExecutionDetails: { InputPayload: JSON.stringify(this.#event) },
    };
  }

  getExecutionState: DurableExecutionClient["getExecutionState"] = async ({ Marker: marker = "0" }) => {
    const all = [this.#execution(), ...this.#operations.values()];
    const start = Number(marker);
    const end = start + PAGE_OPERATIONS;
    return { Operations: all.slice(start, end), ...(end < all.length ? { NextMarker: String(end) } : {}) };
  };

  checkpoint: DurableExecutionClient["checkpoint"] = async ({ Updates: updates = [] }) => {
    // After an interruption nothing is saved any more: an aborted step is no failed one.
    if (this.#signal.aborted || this.#failure !== null) return new Promise(() => {});
    const changed: SavedOperation[] = [];
    for (const update of updates) {
      const operation = this.#apply(update);
      if (operation === null) return new Promise(() => {});
      changed.push(operation);
    }
    await appendOperations(this.#file, changed);
    this.#checkpoints += 1;
    return { CheckpointToken: String(this.#checkpoints), NewExecutionState: { Operations: changed } };
  };

  /** The operation after the update; null when the execution ends here instead. */
  #apply(update: OperationUpdate): SavedOperation | null {
    const { Id: id = "", Action: action, Payload: result } = update;
    const before = this.#operations.get(id);
    if (action === "START" && before === undefined) this.#counted += 1;
    if (action === "RETRY") this.#counted += 1;
    const bytes = Buffer.byteLength(result ?? "");
    this.#writtenBytes += bytes;
    const exceeded =
      this.#counted > MOST_OPERATIONS
        ? `${MOST_OPERATIONS} operations`
        : bytes > MOST_RESULT_BYTES
          ? `${MOST_RESULT_BYTES} bytes a result`
          : this.#writtenBytes > MOST_WRITTEN_BYTES
            ? `${MOST_WRITTEN_BYTES} bytes in all`
            : null;
    if (exceeded !== null) this.#failure = new DurableLimitError(`The execution exceeds ${exceeded}.`);
    else if (action === "FAIL") this.#failure = new Error(update.Error?.ErrorMessage ?? `${update.Name} failed.`);
    if (this.#failure !== null) {
      this.#end.resolve("failed");
      return null;
    }
    const now = this.#clock.now();
    const at = (seconds: number) => new Date(now + seconds * 1000).toISOString();
    const type = v.parse(operationTypeSchema, update.Type);
    const attempt = before?.StepDetails?.Attempt ?? 0;
    const operation: SavedOperation = {
      Id: id,
      ...(update.ParentId === undefined ? {} : { ParentId: update.ParentId }),
      ...(update.Name === undefined ? {} : { Name: update.Name }),
      ...(update.SubType === undefined ? {} : { SubType: update.SubType }),
      Type: type,
      Status: action === "SUCCEED" ? "SUCCEEDED" : action === "RETRY" ? "PENDING" : "STARTED",
      StartTimestamp: before?.StartTimestamp ?? at(0),
      ...(action === "SUCCEED" ? { EndTimestamp: at(0) } : {}),
      ...(type === "STEP"
        ? {
            StepDetails: {
              Attempt: action === "START" ? attempt + 1 : attempt,
              ...(result === undefined ? {} : { Result: result }),
              ...(action === "RETRY"
                ? { NextAttemptTimestamp: at(update.StepOptions?.NextAttemptDelaySeconds ?? 0) }
                : {}),
            },
          }
        : {}),
      ...(type === "CONTEXT" && result !== undefined ? { ContextDetails: { Result: result } } : {}),
      ...(type === "WAIT" && action === "START"
        ? { WaitDetails: { ScheduledEndTimestamp: at(update.WaitOptions?.WaitSeconds ?? 0) } }
        : {}),
    };
    this.#set(operation);
    return operation;
  }

  #set(operation: SavedOperation): void {
    this.#operations.set(operation.Id, operation);
  }

  /** Sleeps until the first wait or retry is due, and lets all that are due by then go on. */
  async letTimePass(): Promise<void> {
    const due = (operation: SavedOperation): number | null => {
      if (operation.Type === "WAIT" && operation.Status === "STARTED")
        return Date.parse(operation.WaitDetails?.ScheduledEndTimestamp ?? "");
      if (operation.Type === "STEP" && operation.Status === "PENDING")
        return Date.parse(operation.StepDetails?.NextAttemptTimestamp ?? "");
      return null;
    };
    const waiting = [...this.#operations.values()].flatMap((operation) => {
      const atMs = due(operation);
      return atMs === null ? [] : [{ operation, atMs }];
    });
    if (waiting.length === 0) throw new Error("The execution is pending, and nothing will wake it.");
    const firstMs = Math.min(...waiting.map(({ atMs }) => atMs));
    await this.#clock.sleep(Math.max(0, firstMs - this.#clock.now()), this.#signal);
    for (const { operation, atMs } of waiting)
      if (atMs <= Math.max(firstMs, this.#clock.now()))
        this.#set({ ...operation, Status: operation.Type === "WAIT" ? "SUCCEEDED" : "READY" });
  }
}
