import type { ObjectKey } from "../../domain/identifiers.ts";
import type { Operation } from "../../domain/operation.ts";
import { compareText } from "../../domain/order.ts";
import { runStateKey } from "../../evidence/format/keys.ts";
import { operationShape } from "../../evidence/format/lines.ts";
import type { EvidenceReader, EvidenceStore } from "../../evidence/store/port.ts";
import { mergeSorted } from "../../streams/merge.ts";
import { type KeptLines, keepLines, readKept } from "../kept-lines.ts";
import type { Run } from "../run.ts";

/** How many operations are sorted in memory at once. */
const SORTED_OPERATIONS = 10_000;

/** A sorted run of operations in state, by its name there. */
export interface SortedRun extends KeptLines {
  readonly name: string;
}

type Naming = Pick<Run, "tenant" | "runId">;
export type Order = (left: Operation, right: Operation) => number;

/** The order of the evidence. One log entry can tell of several Organizations. */
export function byTime(left: Operation, right: Operation): number {
  return (
    compareText(left.at, right.at) ||
    compareText(left.logId, right.logId) ||
    compareText(left.organizationId ?? "", right.organizationId ?? "")
  );
}

/** By Organization, each one's by time. Operations on connections of the whole tenant come first. */
export function byOrganization(left: Operation, right: Operation): number {
  return compareText(left.organizationId ?? "", right.organizationId ?? "") || byTime(left, right);
}

/** Sorts any number of operations in bounded memory: into sorted runs in state, which `readSorted` merges. */
export class OperationSorter {
  readonly runs: SortedRun[] = [];
  readonly #store: EvidenceStore;
  readonly #run: Naming;
  readonly #name: string;
  readonly #order: Order;
  #held: Operation[] = [];

  /** The runs are named by `name` and a number: the same operations give the same objects. */
  constructor(store: EvidenceStore, run: Naming, name: string, order: Order) {
    [this.#store, this.#run, this.#name, this.#order] = [store, run, name, order];
  }

  /** Throws `EvidenceStoreError`. */
  async add(operation: Operation): Promise<void> {
    this.#held.push(operation);
    if (this.#held.length >= SORTED_OPERATIONS) await this.finish();
  }

  /** Stores what is held. Throws `EvidenceStoreError`. */
  async finish(): Promise<void> {
    if (this.#held.length === 0) return;
    const name = `${this.#name}-${String(this.runs.length).padStart(5, "0")}`;
    const key = keyOf(this.#run, name);
    const kept = await keepLines(this.#store, key, operationShape, this.#held.sort(this.#order));
    this.runs.push({ name, ...kept });
    this.#held = [];
  }
}

/** The operations of sorted runs in one order. Throws `RunFailure` (`evidence_unreadable`) when one was changed. */
export function readSorted(
  store: EvidenceReader,
  run: Naming,
  runs: readonly SortedRun[],
  order: Order,
): AsyncGenerator<Operation> {
  return mergeSorted(
    runs.map((one) => readKept(store, keyOf(run, one.name), operationShape, one, "What the run read of the logs")),
    order,
  );
}

function keyOf({ runId, tenant }: Naming, name: string): ObjectKey {
  return runStateKey(tenant, runId, `${name}.ndjson.gz`);
}
