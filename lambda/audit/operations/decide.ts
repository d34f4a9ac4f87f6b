import { actionOf, isSuccessful } from "../../attribution/action.ts";
import { attribute } from "../../attribution/attribute.ts";
import type { LogCoverage } from "../../attribution/coverage.ts";
import { effectsOf, strongestEffect } from "../../attribution/effects.ts";
import type { DescribeConnection } from "../../attribution/model.ts";
import type { ObservedState } from "../../attribution/steps.ts";
import { type Confidence, EMPTY_SUMMARY } from "../../changes/summary.ts";
import type { Change } from "../../domain/change.ts";
import type { ConnectionId, OrganizationId, Timestamp } from "../../domain/identifiers.ts";
import type { Operation, OperationEffect } from "../../domain/operation.ts";
import { type KnownOrganization, lastObservation, type OrganizationSnapshot } from "../../domain/snapshot.ts";
import type { Run } from "../run.ts";
import { byTime } from "./sorted-runs.ts";

/** One Organization: what the state before and this run have of it, and what changed. */
export interface Compared {
  readonly organizationId: OrganizationId;
  readonly known: KnownOrganization | null;
  readonly current: OrganizationSnapshot | null;
  readonly changes: readonly Change[];
}

/** What decides the operations of a run. */
export interface Deciding {
  readonly run: Pick<Run, "runId" | "scope" | "startedAt" | "comparison">;
  /** When the list of Organizations was last read before this run; null: never. */
  readonly listedAt: Timestamp | null;
  /** Whether the run looked for an Organization: then one without a line does not exist. */
  readonly isLookedFor: (organizationId: OrganizationId) => boolean;
  /** A time after which the run looked for each of them. */
  readonly lookedAfter: Timestamp;
  readonly coverage: LogCoverage | null;
  readonly isShared: (connectionId: ConnectionId) => boolean;
  readonly describe: DescribeConnection;
  /** Operations on connections of the whole tenant. */
  readonly tenantWide: readonly Operation[];
}

/** Decides the operations of a run, Organization by Organization: their effects, and who made the changes. */
export class OperationDecider {
  readonly attribution: Record<Confidence, number> = { ...EMPTY_SUMMARY.attribution };
  /** The effects of operations on connections of the whole tenant, so far, by log ID. */
  readonly tenantWide = new Map<string, OperationEffect>();
  readonly #deciding: Deciding;
  readonly #byConnection = new Map<string, Operation[]>();

  constructor(deciding: Deciding) {
    this.#deciding = deciding;
    for (const operation of deciding.tenantWide) {
      const alike = this.#byConnection.get(String(operation.connectionId));
      if (alike === undefined) this.#byConnection.set(String(operation.connectionId), [operation]);
      else alike.push(operation);
    }
  }

  /** The Organization's own operations, decided; `own` are in the order of time. */
  decide(compared: Compared, own: readonly Operation[]): readonly Operation[] {
    const { coverage } = this.#deciding;
    const everywhere = this.#tenantWideOn(compared);
    const operations = everywhere.length === 0 ? own : [...own, ...everywhere].sort(byTime);
    for (const change of compared.changes) this.attribution[attribute(change, operations, coverage).confidence] += 1;
    if (operations.length === 0) return [];
    const { runId } = this.#deciding.run;
    const { organizationId } = compared;
    const before = this.#before(compared);
    const now = this.#now(compared);
    const effects = effectsOf({
      ...this.#deciding,
      runId,
      organizationId,
      organizationName: compared.current?.organizationName ?? compared.known?.organizationName ?? null,
      before,
      now,
      operations,
    });
    const decided: Operation[] = [];
    for (const operation of effects.operations) {
      const { effect, logId } = operation;
      if (operation.organizationId === null) this.#note(logId, effect);
      else {
        const undone = effects.undone.filter((one) => one.logId === logId);
        decided.push({ ...operation, undone: undone.map(({ change, undoneBy }) => ({ undoneBy, change })) });
      }
    }
    return decided;
  }

  #note(logId: string, effect: OperationEffect): void {
    this.tenantWide.set(logId, strongest(this.tenantWide.get(logId), effect));
  }

  #tenantWideOn({ current, known }: Compared): readonly Operation[] {
    if (this.#byConnection.size === 0) return [];
    const ids = [known, current].flatMap((line) =>
      line === null ? [] : (lastObservation(line)?.enabledConnections ?? []).map(({ connectionId }) => connectionId),
    );
    return [...new Set(ids)].flatMap((id) => this.#byConnection.get(id) ?? []);
  }

  #before({ known }: Compared): ObservedState | null {
    if (known !== null && known.status !== "deleted") return observed(known);
    const { listedAt, run } = this.#deciding;
    return listedAt === null || run.comparison.appeared !== "organization_created" ? null : absent(listedAt);
  }

  #now({ current, known, organizationId }: Compared): ObservedState | null {
    const { isLookedFor, lookedAfter } = this.#deciding;
    switch (current?.status) {
      case "observed":
        return observed(current);
      case "deleted":
        return absent(current.observedAt);
      case "failed":
        return null;
      case undefined:
        return known === null && isLookedFor(organizationId) ? absent(lookedAfter) : null;
    }
  }
}

/** The strongest effect of one operation on several Organizations. */
export function strongest(noted: OperationEffect | undefined, effect: OperationEffect): OperationEffect {
  return noted === undefined ? effect : strongestEffect(noted, effect);
}

function observed(line: OrganizationSnapshot): ObservedState | null {
  const last = lastObservation(line);
  if (last === null) return null;
  const { enabledConnections: connections, observedAt: at, organizationDisplayName, organizationName } = last;
  return { exists: true, name: organizationName, displayName: organizationDisplayName, connections, at };
}

function absent(at: Timestamp): ObservedState {
  return { exists: false, name: null, displayName: null, connections: [], at };
}

/**
 * The effect of an operation on a connection of the whole tenant: the strongest that it had on an Organization. One that
 * had none changed nothing that is audited, unless some Organizations that it could concern were not read after it.
 */
export function tenantWideEffect(
  operation: Operation,
  noted: OperationEffect | undefined,
  { isWhole, lookedAfter }: { readonly isWhole: boolean; readonly lookedAfter: Timestamp },
): OperationEffect {
  if (!isSuccessful(operation)) return "none";
  if (noted !== undefined && noted !== "none") return noted;
  return isWhole && operation.at <= lookedAfter && actionOf(operation).kind !== "hint" ? "none" : "unknown";
}
