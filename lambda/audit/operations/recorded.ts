import { actionOf } from "../../attribution/action.ts";
import type { Operation } from "../../domain/operation.ts";
import type { RunKind } from "../../domain/run.ts";
import { type Manifest, readsWholeTenant } from "../../evidence/format/manifest.ts";
import { operationsOfRun } from "../../evidence/query/run-lines.ts";
import type { EvidenceReader } from "../../evidence/store/port.ts";
import { mergeSorted } from "../../streams/merge.ts";
import { unreadable } from "../state.ts";
import { byTime } from "./sorted-runs.ts";

/** An operation, and the newest run that recorded it. */
export interface Recorded {
  readonly operation: Operation;
  readonly by: Manifest;
}

/**
 * The operations that earlier runs recorded, in the order of time, each as the newest run has it, with one of each run in
 * memory. `runs` are newest first. Throws `RunFailure` (`evidence_unreadable`).
 */
export async function* recordedOperations(store: EvidenceReader, runs: readonly Manifest[]): AsyncGenerator<Recorded> {
  let last: Operation | null = null;
  try {
    const streams = runs.map((by) => recordedBy(store, by));
    for await (const one of mergeSorted(streams, (left, right) => byTime(left.operation, right.operation))) {
      if (last === null || byTime(last, one.operation) !== 0) yield one;
      last = one.operation;
    }
  } catch (error) {
    throw unreadable(error, "The operations of an earlier run can no longer be read");
  }
}

async function* recordedBy(store: EvidenceReader, by: Manifest): AsyncGenerator<Recorded> {
  for await (const operation of operationsOfRun(store, by)) yield { operation, by };
}

/** Tells whether operations were recorded; they are asked for in the order of time. */
export class RecordedCursor {
  readonly #recorded: AsyncGenerator<Recorded>;
  #next: IteratorResult<Recorded, void> | null = null;

  constructor(recorded: AsyncGenerator<Recorded>) {
    this.#recorded = recorded;
  }

  /** Throws `RunFailure` (`evidence_unreadable`). */
  async has(operation: Operation): Promise<boolean> {
    let next = this.#next ?? (await this.#recorded.next());
    while (!next.done && byTime(next.value.operation, operation) < 0) next = await this.#recorded.next();
    this.#next = next;
    return !next.done && byTime(next.value.operation, operation) === 0;
  }

  async close(): Promise<void> {
    await this.#recorded.return(undefined);
  }
}

/** What happened while a sweep was at work hints at Organizations that it may have read before, whatever it was. */
export function isSinceSweep({ by, operation }: Recorded, { kind }: { readonly kind: RunKind }): boolean {
  return kind === "update" && by.kind === "sweep" && operation.at >= by.startedAt && operation.effect === "unknown";
}

/**
 * Whether a later run can tell more of what an operation led to: its Organization had not been read, or before it only.
 * One on a connection of the whole tenant is known for some Organizations before others are read.
 */
export function isUndecided({ by, operation }: Recorded): boolean {
  const { kind } = actionOf(operation);
  if (kind === "hint" || kind === "connection_change" || operation.effect === "none") return false;
  const isReadSince = readsWholeTenant(by) && by.status === "complete" && operation.at <= by.startedAt;
  return !isReadSince && (operation.effect === "unknown" || operation.organizationId === null);
}
