import type { DurableExecutionClient, DurableLambdaHandler, OperationUpdate } from "@aws/durable-execution-sdk-js";
import type { Clock } from "../../domain/clock.ts";
import { MOST_OPERATIONS, MOST_RESULT_BYTES, MOST_WRITTEN_BYTES } from "../limits.ts";
import { appendOperations, loadExecution, rewriteExecution, type SavedOperation } from "./execution-file.ts";
import { afterUpdate, dueMs } from "./transitions.ts";

/** Operations on one page of an execution's state. */
const PAGE_OPERATIONS = 100;

export interface LocalServiceOptions {
  /** The event of a new execution; a saved one has its own. */
  readonly event: unknown;
  /** Where the execution is saved. The file is created, or its execution is resumed. */
  readonly file: string;
  readonly clock: Clock;
  /** Milliseconds that an invocation may take: it is killed after that. Default: any time. */
  readonly invocationMs?: number;
}

/**
 * The service behind the SDK's client, for one execution: it has the service's limits, checks tokens and transitions, and
 * saves every checkpoint in a file. A checkpoint that the service would refuse ends the execution.
 */
export class LocalService implements DurableExecutionClient {
  readonly #options: LocalServiceOptions;
  readonly #event: unknown;
  readonly #operations: Map<string, SavedOperation>;
  readonly #end = Promise.withResolvers<never>();
  #isEnded = false;
  #killed = Promise.withResolvers<"killed">();
  #counted = 0;
  #writtenBytes = 0;
  #checkpoints = 0;
  /** The token and the end of the present invocation. */
  #firstToken = 0;
  #invocationEndMs = Number.POSITIVE_INFINITY;

  private constructor(options: LocalServiceOptions, event: unknown, operations: ReadonlyMap<string, SavedOperation>) {
    this.#options = options;
    this.#event = event;
    this.#operations = new Map(operations);
    // The execution can end while an invocation is not awaited.
    this.ended.catch(() => {});
  }

  static async open(options: LocalServiceOptions): Promise<LocalService> {
    const state = (await loadExecution(options.file)) ?? { event: options.event, operations: new Map() };
    await rewriteExecution(options.file, state);
    return new LocalService(options, state.event, state.operations);
  }

  /** Rejects as soon as the execution cannot continue: no checkpoint is answered from then on. */
  get ended(): Promise<never> {
    return this.#end.promise;
  }

  /** Resolves when the present invocation is killed, because its time is up. */
  get killed(): Promise<"killed"> {
    return this.#killed.promise;
  }

  /** Operations that this process started, retries included. */
  get operations(): number {
    return this.#counted;
  }

  end(reason: unknown): void {
    this.#isEnded = true;
    this.#end.reject(reason);
  }

  /** Starts an invocation. Only its checkpoints are answered from now on. */
  invocation(): Parameters<DurableLambdaHandler>[0] {
    const { clock, invocationMs = Number.POSITIVE_INFINITY } = this.#options;
    this.#checkpoints += 1;
    this.#firstToken = this.#checkpoints;
    this.#invocationEndMs = clock.now() + invocationMs;
    this.#killed = Promise.withResolvers();
    return {
      DurableExecutionArn: "arn:aws:lambda:local:000000000000:function:local/durable-execution/local/local",
      CheckpointToken: String(this.#checkpoints),
      InitialExecutionState: this.#page(0),
    };
  }

  remainingMs(): number {
    return Math.max(0, this.#invocationEndMs - this.#options.clock.now());
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

  checkpoint: DurableExecutionClient["checkpoint"] = async ({ CheckpointToken: token, Updates: updates = [] }) => {
    if (this.remainingMs() === 0) this.#killed.resolve("killed");
    const isOfDeadInvocation = this.remainingMs() === 0 || Number(token) < this.#firstToken;
    const changed: SavedOperation[] = [];
    if (!isOfDeadInvocation) this.#apply(token, updates, changed);
    // A process that is interrupted has not failed: it gets no answer, and nothing is saved.
    if (isOfDeadInvocation || this.#isEnded) return new Promise(() => {});
    await appendOperations(this.#options.file, changed);
    this.#checkpoints += 1;
    return { CheckpointToken: String(this.#checkpoints), NewExecutionState: { Operations: changed } };
  };

  #apply(token: string | undefined, updates: readonly OperationUpdate[], changed: SavedOperation[]): void {
    try {
      if (Number(token) !== this.#checkpoints)
        throw new RangeError(`The checkpoint token ${token} is not the last one.`);
      for (const update of updates) {
        this.#count(update);
        const operation = afterUpdate(this.#operations.get(update.Id ?? ""), update, this.#options.clock.now());
        this.#operations.set(operation.Id, operation);
        changed.push(operation);
      }
    } catch (error) {
      this.end(error);
    }
  }

  /** Throws `RangeError` when a limit is exceeded. */
  #count({ Action: action, Error: error, Id: id = "", Payload: result = "" }: OperationUpdate): void {
    if (action === "RETRY" || (action === "START" && !this.#operations.has(id))) this.#counted += 1;
    const bytes = Buffer.byteLength(result) + (error === undefined ? 0 : Buffer.byteLength(JSON.stringify(error)));
    this.#writtenBytes += bytes;
    const exceeded = (limit: string) => new RangeError(`The execution exceeds ${limit}.`);
    if (this.#counted > MOST_OPERATIONS) throw exceeded(`${MOST_OPERATIONS} operations`);
    if (bytes > MOST_RESULT_BYTES) throw exceeded(`${MOST_RESULT_BYTES} bytes for one result`);
    if (this.#writtenBytes > MOST_WRITTEN_BYTES) throw exceeded(`${MOST_WRITTEN_BYTES} bytes for all results`);
  }

  /** Sleeps until the first wait or retry is due, and marks all that are due by then. */
  async letTimePass(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
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
