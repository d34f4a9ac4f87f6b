import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import { type DurableOptions, durableExecution } from "../../lambda/execution/durable.ts";
import { type DurableResult, runDurably } from "../../lambda/execution/local/engine.ts";
import type { Execution } from "../../lambda/execution/port.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";

/** A durable function on the local model, in virtual time. Each start goes on with what the one before saved. */
export class DurableFunction {
  readonly clock: ManualClock = manualClock();
  /** What the function threw in its last invocation. */
  thrown: unknown = null;
  readonly #folder: string;
  readonly #options: DurableOptions;

  private constructor(folder: string, options: DurableOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  static async create(options: DurableOptions): Promise<DurableFunction> {
    return new DurableFunction(await mkdtemp(join(tmpdir(), "durable-")), options);
  }

  start(work: (execution: Execution, context: DurableContext) => Promise<unknown>): Promise<DurableResult> {
    this.thrown = null;
    const handler = async (_event: unknown, context: DurableContext) => {
      try {
        return await work(durableExecution(context, this.#options), context);
      } catch (error) {
        this.thrown = error;
        throw error;
      }
    };
    return runDurably({
      handler: (durableExecutionClient) => withDurableExecution(handler, { durableExecutionClient }),
      event: {},
      file: join(this.#folder, "execution.ndjson"),
      clock: this.clock,
      invocationMs: 900_000,
      signal: new AbortController().signal,
    });
  }

  /** All that was saved, as text. */
  saved(): Promise<string> {
    return readFile(join(this.#folder, "execution.ndjson"), "utf8");
  }

  close(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }
}
