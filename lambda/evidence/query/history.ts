import type { Change } from "../../domain/change.ts";
import type { ConnectionId, RunId, Timestamp } from "../../domain/identifiers.ts";
import type { Operation, Undone } from "../../domain/operation.ts";
import { compareText } from "../../domain/order.ts";
import type { EnabledConnection, Failure } from "../../domain/organization.ts";
import type { OrganizationSnapshot } from "../../domain/snapshot.ts";
import { type Manifest, readsWholeTenant } from "../format/manifest.ts";
import type { Uncovered } from "./coverage.ts";

/** What a run says of the Organization. */
export interface HistoryRun {
  readonly manifest: Manifest;
  readonly snapshot: OrganizationSnapshot | null;
  readonly changes: readonly Change[];
  /** The stored operations on it, and on connections of the whole tenant, in the order of time. */
  readonly operations: readonly Operation[];
}

interface Period {
  readonly firstRunId: RunId;
  readonly lastRunId: RunId;
  readonly runs: number;
}

/** One entry of an Organization's history. Consecutive runs that say the same are one entry. */
export type HistoryEntry =
  | {
      readonly kind: "change";
      readonly change: Change;
      /** What its author follows from: the run's operations, and what it read of the logs. */
      readonly operations: readonly Operation[];
      readonly logs: Manifest["logs"];
    }
  /** It came and went between two observations. `undoing` is the operation that undid it; null: the logs have none. */
  | {
      readonly kind: "undone";
      readonly undone: Undone;
      readonly operation: Operation;
      readonly undoing: Operation | null;
    }
  | (Period & {
      /** It was read, and these connections were enabled at each of these observations. */
      readonly kind: "observed";
      readonly organizationName: string | null;
      readonly firstObservedAt: Timestamp;
      readonly lastObservedAt: Timestamp;
      readonly enabledConnections: readonly EnabledConnection[];
    })
  | (Period & {
      /** It could not be read. `runIds` are all of these runs; `failure` is that of the last one. */
      readonly kind: "not_read";
      readonly runIds: readonly RunId[];
      readonly failure: Failure;
    })
  /** The whole run failed. */
  | { readonly kind: "run_failed"; readonly runId: RunId; readonly message: string }
  | { readonly kind: "deleted"; readonly runId: RunId; readonly observedAt: Timestamp }
  /** A run over the whole tenant has no line for it. */
  | (Period & { readonly kind: "absent" })
  | (Uncovered & { readonly kind: "uncovered" });

/** Builds an Organization's history from its runs, oldest first; with a connection ID, for that connection only. */
export class HistoryBuilder {
  readonly #connectionId: ConnectionId | null;
  readonly #entries: HistoryEntry[] = [];
  #organizationName: string | null = null;

  constructor(connectionId: ConnectionId | null) {
    this.#connectionId = connectionId;
  }

  add(run: HistoryRun): void {
    const { logs } = run.manifest;
    const operations = [...run.operations].sort((left, right) => compareText(left.at, right.at));
    for (const operation of operations)
      for (const undone of operation.undone)
        if (this.#isShown(undone.change)) {
          const undoing = operations.find(({ logId }) => logId === undone.undoneBy) ?? null;
          this.#entries.push({ kind: "undone", undone, operation, undoing });
        }
    for (const change of run.changes)
      if (this.#isShown(change)) this.#entries.push({ kind: "change", change, operations, logs });
    this.#organizationName = run.snapshot?.organizationName ?? this.#organizationName;
    const entry = this.#entryOf(run);
    if (entry === null) return;
    const last = this.#entries.at(-1);
    const merged = last === undefined ? null : merge(last, entry);
    if (merged === null) this.#entries.push(entry);
    else this.#entries[this.#entries.length - 1] = merged;
  }

  /** A period without a run. To be called between the runs before and after it. */
  addUncovered(period: Uncovered): void {
    this.#entries.push({ kind: "uncovered", ...period });
  }

  /** The last known name, and the entries, oldest first. */
  build(): { readonly organizationName: string | null; readonly entries: readonly HistoryEntry[] } {
    return { organizationName: this.#organizationName, entries: this.#entries };
  }

  /** Null when the run says nothing of it: a run over a list without it. */
  #entryOf({ manifest, snapshot }: HistoryRun): HistoryEntry | null {
    const { runId, status, error } = manifest;
    if (status === "failed") return { kind: "run_failed", runId, message: error?.message ?? "no reason was recorded" };
    const period = { firstRunId: runId, lastRunId: runId, runs: 1 };
    switch (snapshot?.status) {
      case undefined:
        return readsWholeTenant(manifest) ? { kind: "absent", ...period } : null;
      case "deleted":
        return { kind: "deleted", runId, observedAt: snapshot.observedAt };
      case "failed":
        return { kind: "not_read", ...period, runIds: [runId], failure: snapshot.failure };
      case "observed":
        return {
          kind: "observed",
          ...period,
          organizationName: snapshot.organizationName,
          firstObservedAt: snapshot.observedAt,
          lastObservedAt: snapshot.observedAt,
          enabledConnections: this.#shown(snapshot.enabledConnections),
        };
    }
  }

  #isShown({ connectionId }: Change): boolean {
    return this.#connectionId === null || connectionId === null || connectionId === this.#connectionId;
  }

  #shown(connections: readonly EnabledConnection[]): readonly EnabledConnection[] {
    const id = this.#connectionId;
    return id === null ? connections : connections.filter(({ connectionId }) => connectionId === id);
  }
}

/** Two consecutive entries as one, or null when they differ. */
function merge(last: HistoryEntry, next: HistoryEntry): HistoryEntry | null {
  if (last.kind === "observed" && next.kind === "observed")
    return isSame(last, next)
      ? { ...last, lastRunId: next.lastRunId, runs: last.runs + 1, lastObservedAt: next.lastObservedAt }
      : null;
  if (last.kind === "not_read" && next.kind === "not_read")
    return { ...next, firstRunId: last.firstRunId, runs: last.runs + 1, runIds: [...last.runIds, ...next.runIds] };
  if (last.kind === "absent" && next.kind === "absent")
    return { ...last, lastRunId: next.lastRunId, runs: last.runs + 1 };
  return null;
}

type State = Pick<Extract<HistoryEntry, { kind: "observed" }>, "organizationName" | "enabledConnections">;

function isSame(left: State, right: State): boolean {
  return left.organizationName === right.organizationName && sameConnections(left, right);
}

/** Whether two observations show the same connections, with all their properties. */
export function sameConnections(
  left: Pick<State, "enabledConnections">,
  right: Pick<State, "enabledConnections">,
): boolean {
  const wires = ({ enabledConnections }: Pick<State, "enabledConnections">) =>
    JSON.stringify(enabledConnections.map(({ wire }) => wire));
  return wires(left) === wires(right);
}
