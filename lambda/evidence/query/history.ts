import type { Change } from "../../domain/change.ts";
import type { ConnectionId, RunId, Timestamp } from "../../domain/identifiers.ts";
import type { EnabledConnection, Failure } from "../../domain/organization.ts";
import type { OrganizationSnapshot } from "../../domain/snapshot.ts";
import type { Manifest } from "../format/manifest.ts";

/** What a run says of the one Organization that the history is of. */
export interface HistoryRun {
  readonly manifest: Manifest;
  readonly snapshot: OrganizationSnapshot | null;
  readonly changes: readonly Change[];
}

interface Period {
  readonly firstRunId: RunId;
  readonly lastRunId: RunId;
  readonly runs: number;
}

/** One piece of an Organization's history; runs that say the same one after the other are one piece. */
export type HistoryEntry =
  | { readonly kind: "change"; readonly change: Change }
  | (Period & {
      /** It was read, and this is what was enabled, from the first to the last of these observations. */
      readonly kind: "observed";
      readonly organizationName: string | null;
      readonly firstObservedAt: Timestamp;
      readonly lastObservedAt: Timestamp;
      readonly enabledConnections: readonly EnabledConnection[];
    })
  | (Period & {
      /** It could not be read: nothing is known of these runs. `runIds` are all of them, `failure` is the last one's. */
      readonly kind: "not_read";
      readonly runIds: readonly RunId[];
      readonly failure: Failure;
    })
  /** The whole run failed: it read nobody. */
  | { readonly kind: "run_failed"; readonly runId: RunId; readonly message: string }
  | { readonly kind: "deleted"; readonly runId: RunId; readonly observedAt: Timestamp }
  /** The snapshot has no line for it: it was not in the tenant, or not in the audit's scope. */
  | (Period & { readonly kind: "absent"; readonly scope: Manifest["scope"] });

/** Gathers an Organization's history from its runs, oldest first; with a connection, that one alone. */
export class HistoryBuilder {
  readonly #connectionId: ConnectionId | null;
  readonly #entries: HistoryEntry[] = [];
  #organizationName: string | null = null;

  constructor(connectionId: ConnectionId | null) {
    this.#connectionId = connectionId;
  }

  add(run: HistoryRun): void {
    const id = this.#connectionId;
    for (const change of run.changes)
      if (id === null || change.connectionId === null || change.connectionId === id)
        this.#entries.push({ kind: "change", change });
    this.#organizationName = run.snapshot?.organizationName ?? this.#organizationName;
    const entry = this.#entryOf(run);
    const last = this.#entries.at(-1);
    const merged = last === undefined ? null : merge(last, entry);
    if (merged === null) this.#entries.push(entry);
    else this.#entries[this.#entries.length - 1] = merged;
  }

  /** The last name that was told, and the pieces, oldest first. */
  build(): { readonly organizationName: string | null; readonly entries: readonly HistoryEntry[] } {
    return { organizationName: this.#organizationName, entries: this.#entries };
  }

  #entryOf({ manifest, snapshot }: HistoryRun): HistoryEntry {
    const { runId, scope, status, error } = manifest;
    if (status === "failed") return { kind: "run_failed", runId, message: error?.message ?? "no reason was recorded" };
    const period = { firstRunId: runId, lastRunId: runId, runs: 1 };
    switch (snapshot?.status) {
      case undefined:
        return { kind: "absent", ...period, scope };
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

  #shown(connections: readonly EnabledConnection[]): readonly EnabledConnection[] {
    const id = this.#connectionId;
    return id === null ? connections : connections.filter(({ connectionId }) => connectionId === id);
  }
}

/** Two neighbours as one, or null when they do not say the same. */
function merge(last: HistoryEntry, next: HistoryEntry): HistoryEntry | null {
  if (last.kind === "observed" && next.kind === "observed")
    return isSame(last, next)
      ? { ...last, lastRunId: next.lastRunId, runs: last.runs + 1, lastObservedAt: next.lastObservedAt }
      : null;
  if (last.kind === "not_read" && next.kind === "not_read")
    return { ...next, firstRunId: last.firstRunId, runs: last.runs + 1, runIds: [...last.runIds, ...next.runIds] };
  if (last.kind === "absent" && next.kind === "absent" && last.scope === next.scope)
    return { ...last, lastRunId: next.lastRunId, runs: last.runs + 1 };
  return null;
}

type State = Pick<Extract<HistoryEntry, { kind: "observed" }>, "organizationName" | "enabledConnections">;

function isSame(left: State, right: State): boolean {
  return left.organizationName === right.organizationName && sameConnections(left, right);
}

/** Whether two observations show the same connections, to the last property. */
export function sameConnections(
  left: Pick<State, "enabledConnections">,
  right: Pick<State, "enabledConnections">,
): boolean {
  const wires = ({ enabledConnections }: Pick<State, "enabledConnections">) =>
    JSON.stringify(enabledConnections.map(({ wire }) => wire));
  return wires(left) === wires(right);
}
