import type { DurableExecutionClient, DurableLambdaHandler, OperationUpdate } from "@aws/durable-execution-sdk-js";
import * as v from "valibot";
import type { Clock } from "../../domain/clock.ts";
import { MOST_OPERATIONS, MOST_RESULT_BYTES, MOST_WRITTEN_BYTES } from "../limits.ts";
import {
  appendOperations,
  loadExecution,
  operationTypeSchema,
  rewriteExecution,
  type SavedOperation,
} from "./execution-file.ts";

const INVOCATION_MS = 900_000;
/** Operations on one page of an execution's state. */
const PAGE_OPERATIONS = 100;

/** How an execution ended, and what it used. */
export interface DurableResult {
  readonly result: unknown;
  readonly invocations: number;
  readonly operations: number;
}

export interface DurableRun {
  /** Builds the handler that `withDurableExecution` makes, with the engine as its client. */
  readonly handler: (client: DurableExecutionClient) => DurableLambdaHandler;
  /** The event of a new execution; a saved one has its own. */
  readonly event: unknown;
  /** Where the execution is saved. The file is created, or its execution is resumed. */
  readonly file: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The error that a failed step threw; the SDK passes on only its name and message. */
  readonly lastError?: () => unknown;
}

/**
 * Runs a durable function on this machine: a model of the service behind the SDK's own client, with the service's limits,
 * saved in a file at every checkpoint. It differs from the service in two ways: a step that failed for good is not saved,
 * so the next start tries it again; and `clock` sleeps the waits. Throws the step's error, and the signal's reason.
 */
export async function runDurably(run: DurableRun): Promise<DurableResult> {
  const { clock, signal } = run;
  const engine = await LocalEngine.open(run);
  const invoke = run.handler(engine);
  const abort = () => engine.end(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    for (let invocations = 1; ; invocations += 1) {
      signal.throwIfAborted();
      const output = await Promise.race([invoke(engine.input(), lambdaContext(clock)), engine.ended]);
      switch (output.Status) {
        case "SUCCEEDED": {
          const result: unknown = output.Result === undefined ? undefined : JSON.parse(output.Result);
          return { result, invocations, operations: engine.operations };
        }
        case "FAILED":
          throw run.lastError?.() ?? new Error(output.Error.ErrorMessage ?? "The execution failed.");
        case "PENDING":
          await engine.letTimePass();
          break;
        default:
          output satisfies never;
      }
    }
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
  readonly #run: DurableRun;
  readonly #event: unknown;
  readonly #operations: Map<string, SavedOperation>;
  readonly #end = Promise.withResolvers<never>();
  #isEnded = false;
  #counted = 0;
  #writtenBytes = 0;
  #checkpoints = 0;

  private constructor(run: DurableRun, event: unknown, operations: ReadonlyMap<string, SavedOperation>) {
    this.#run = run;
    this.#event = event;
    this.#operations = new Map(operations);
    // The execution can end while an invocation is not awaited.
    this.ended.catch(() => {});
  }

  static async open(run: DurableRun): Promise<LocalEngine> {
    const state = (await loadExecution(run.file)) ?? { event: run.event, operations: new Map() };
    await rewriteExecution(run.file, state);
    return new LocalEngine(run, state.event, state.operations);
  }

  /** Rejects as soon as the execution cannot continue: no checkpoint is answered from then on. */
  get ended(): Promise<never> {
    return this.#end.promise;
  }

  /** Operations that this process started, retries included. */
  get operations(): number {
    return this.#counted;
  }

  end(reason: unknown): void {
    this.#isEnded = true;
    this.#end.reject(reason);
  }

  input(): Parameters<DurableLambdaHandler>[0] {
    return {
      DurableExecutionArn: "arn:aws:lambda:local:000000000000:function:local/durable-execution/local/local",
      CheckpointToken: String(this.#checkpoints),
      InitialExecutionState: this.#page(0),
    };
  }

  getExecutionState: DurableExecutionClient["getExecutionState"] = async ({ Marker: marker = "0" }) =>
    this.#page(Number(marker));

  #page(start: number) {
    const execution = {
      Id: "execution",
      Type: "EXECUTION",
      Status: "STARTED",
      StartTimestamp: new Date(0).toISOString(),
      ExecutionDetails: { InputPayload: JSON.stringify(this.#event) },
    } as const;
    const all = [execution, ...this.#operations.values()];
    const end = start + PAGE_OPERATIONS;
    return { Operations: all.slice(start, end), ...(end < all.length ? { NextMarker: String(end) } : {}) };
  }

  checkpoint: DurableExecutionClient["checkpoint"] = async ({ Updates: updates = [] }) => {
    const changed: SavedOperation[] = [];
    for (const update of updates) {
      if (!this.#isEnded) this.#check(update);
      // An interrupted step has not failed: nothing is saved after the end.
      if (this.#isEnded) return new Promise(() => {});
      const operation = this.#updated(update);
      this.#operations.set(operation.Id, operation);
      changed.push(operation);
    }
    await appendOperations(this.#run.file, changed);
    this.#checkpoints += 1;
    return { CheckpointToken: String(this.#checkpoints), NewExecutionState: { Operations: changed } };
  };

  /** Ends the execution when a step failed for good, or a limit is exceeded. */
  #check({ Action: action, Error: error, Id: id = "", Name: name, Payload: result = "" }: OperationUpdate): void {
    if (action === "RETRY" || (action === "START" && !this.#operations.has(id))) this.#counted += 1;
    const bytes = Buffer.byteLength(result);
    this.#writtenBytes += bytes;
    const exceeds = (limit: string) => this.end(new RangeError(`The execution exceeds ${limit}.`));
    if (this.#counted > MOST_OPERATIONS) exceeds(`${MOST_OPERATIONS} operations`);
    else if (bytes > MOST_RESULT_BYTES) exceeds(`${MOST_RESULT_BYTES} bytes for one result`);
    else if (this.#writtenBytes > MOST_WRITTEN_BYTES) exceeds(`${MOST_WRITTEN_BYTES} bytes for all results`);
    else if (action === "FAIL")
      this.end(this.#run.lastError?.() ?? new Error(error?.ErrorMessage ?? `${name} failed.`));
  }

  #updated(update: OperationUpdate): SavedOperation {
    const { Action: action, Id: id = "", Name, ParentId, Payload: Result, SubType } = update;
    const before = this.#operations.get(id);
    const at = (seconds = 0) => new Date(this.#run.clock.now() + seconds * 1000).toISOString();
    const shared = { Id: id, ParentId, Name, SubType, StartTimestamp: before?.StartTimestamp ?? at() };
    if (v.parse(operationTypeSchema, update.Type) === "WAIT") {
      const WaitDetails = { ScheduledEndTimestamp: at(update.WaitOptions?.WaitSeconds) };
      return { ...shared, Type: "WAIT", Status: "STARTED", WaitDetails };
    }
    const attempts = before?.StepDetails?.Attempt ?? 0;
    const StepDetails = {
      Attempt: action === "START" ? attempts + 1 : attempts,
      Result,
      NextAttemptTimestamp: action === "RETRY" ? at(update.StepOptions?.NextAttemptDelaySeconds) : undefined,
    };
    const Status = action === "SUCCEED" ? "SUCCEEDED" : action === "RETRY" ? "PENDING" : "STARTED";
    return { ...shared, Type: "STEP", Status, StepDetails };
  }

  /** Sleeps until the first wait or retry is due, and marks all that are due by then. */
  async letTimePass(): Promise<void> {
    const { clock, signal } = this.#run;
    const waiting = [...this.#operations.values()].flatMap((operation) => {
      const atMs = dueMs(operation);
      return atMs === null ? [] : [{ operation, atMs }];
    });
    if (waiting.length === 0) throw new Error("The execution is pending, but waits for nothing.");
    const firstMs = Math.min(...waiting.map(({ atMs }) => atMs));
    await clock.sleep(Math.max(0, firstMs - clock.now()), signal);
    for (const { operation, atMs } of waiting)
      if (atMs <= Math.max(firstMs, clock.now())) {
        const Status = operation.Type === "WAIT" ? "SUCCEEDED" : "READY";
        this.#operations.set(operation.Id, { ...operation, Status });
      }
  }
}

/** When a wait ends or a step is retried; null for an operation that waits for nothing. */
function dueMs({ Status, StepDetails, Type, WaitDetails }: SavedOperation): number | null {
  if (Type === "WAIT" && Status === "STARTED") return Date.parse(WaitDetails?.ScheduledEndTimestamp ?? "");
  if (Type === "STEP" && Status === "PENDING") return Date.parse(StepDetails?.NextAttemptTimestamp ?? "");
  return null;
}
