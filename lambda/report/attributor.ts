import type { Change } from "../domain/change.ts";
import type { Operation } from "../domain/operation.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import { type Attributed, OperationBlock } from "./operation-block.ts";

/** A run with more stored operations than this attributes no change in its reports: that would take too long. */
const MOST_ROWS = 200_000;

/** Reads the operations of a run in the order of time. */
export type ReadOperations = () => AsyncIterable<Operation>;

/**
 * Attributes the changes of a run, in ascending order of the Organizations, in memory that does not grow with the run.
 * The operations are in the order of time. Those of the first Organizations are in memory at first; for the changes of
 * later Organizations, the operations are read again.
 */
export class Attributor {
  readonly #logs: Manifest["logs"];
  readonly #read: ReadOperations;
  readonly #isListed: boolean;
  readonly #most: number | undefined;
  #block: OperationBlock;

  /** `most`: operations in memory. */
  constructor({ files, logs }: Pick<Manifest, "files" | "logs">, read: ReadOperations, most?: number) {
    const rows = files.filter(({ role }) => role === "operations").reduce((sum, file) => sum + file.rows, 0);
    this.#isListed = rows <= MOST_ROWS;
    this.#logs = logs;
    this.#read = read;
    this.#most = most;
    this.#block = new OperationBlock(null, most);
  }

  /** Adds each operation of the run, before the first change. */
  add(operation: Operation): void {
    if (this.#isListed) this.#block.add(operation);
  }

  /** Null: there are too many operations. Throws `EvidenceError`. */
  async attributed(change: Change): Promise<Attributed | null> {
    if (!this.#isListed) return null;
    if (!this.#block.covers(change.organizationId)) {
      this.#block = new OperationBlock(change.organizationId, this.#most);
      for await (const operation of this.#read()) this.#block.add(operation);
    }
    return this.#block.attributed(change, this.#logs);
  }
}
