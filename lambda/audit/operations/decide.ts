import { actionOf, isSuccessful } from "../../attribution/action.ts";
import { attribute } from "../../attribution/attribute.ts";
import type { LogCoverage } from "../../attribution/coverage.ts";
import { effectsOf, strongestEffect, UNSETTLED_MS } from "../../attribution/effects.ts";
import type { DescribeConnection } from "../../attribution/model.ts";
import type { ObservedState } from "../../attribution/steps.ts";
import { type Confidence, EMPTY_SUMMARY } from "../../changes/summary.ts";
import type { Change } from "../../domain/change.ts";
import type { ConnectionId, OrganizationId, Timestamp } from "../../domain/identifiers.ts";
import type { Operation, OperationEffect, Undone } from "../../domain/operation.ts";
import { type KnownOrganization, lastObservation, type OrganizationSnapshot } from "../../domain/snapshot.ts";
import type { Run } from "../run.ts";
import { byTime } from "./sorted-runs.ts";
import { shortName } from "./tenant-wide.ts";

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
  /** Operations on connections of the whole tenant, by connection. */
  readonly tenantWide: ReadonlyMap<string, readonly Operation[]>;
}

/** Decides the operations of a run, Organization by Organization: their effects, and who made the changes. */
export class OperationDecider {
  readonly attribution: Record<Confidence, number> = { ...EMPTY_SUMMARY.attribution };
  /** The effects of operations on connections of the whole tenant, so far, by short name. */
  readonly tenantWide = new Map<string, OperationEffect>();
  readonly #deciding: Deciding;

  constructor(deciding: Deciding) {
    this.#deciding = deciding;
  }

  /**
   * The Organization's own operations, decided; `own` are in the order of time. Where it is crowded, they are a part of
   * them, and tell nothing for certain.
   */
  decide(compared: Compared, own: readonly Operation[], isCrowded: boolean): readonly Operation[] {
    const coverage = isCrowded ? partly(this.#deciding.coverage) : this.#deciding.coverage;
    const everywhere = this.#tenantWideOn(compared);
    const operations = everywhere.length === 0 ? own : [...own, ...everywhere].sort(byTime);
    for (const change of compared.changes) this.attribution[attribute(change, operations, coverage).confidence] += 1;
    if (operations.length === 0) return [];
    const { runId } = this.#deciding.run;
    const { organizationId } = compared;
    const before = isCrowded ? null : this.#before(compared);
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
    for (const one of effects.operations) {
      const records = effects.undone.filter(({ logId }) => logId === one.logId);
      const operation = isUnsettled(one, records, now) ? { ...one, effect: "unknown" as const } : one;
      const undone = operation === one ? records.map(({ change, undoneBy }) => ({ undoneBy, change })) : [];
      if (operation.organizationId === null) this.#note(operation, operation.effect);
      else decided.push({ ...operation, undone });
    }
    return decided;
  }

  #note(operation: Operation, effect: OperationEffect): void {
    const name = shortName(operation);
    this.tenantWide.set(name, strongest(this.tenantWide.get(name), effect));
  }

  #tenantWideOn({ current, known }: Compared): readonly Operation[] {
    const { tenantWide } = this.#deciding;
    if (tenantWide.size === 0) return [];
    const ids = [known, current].flatMap((line) =>
      line === null ? [] : (lastObservation(line)?.enabledConnections ?? []).map(({ connectionId }) => connectionId),
    );
    return [...new Set(ids)].flatMap((id) => tenantWide.get(id) ?? []);
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

/**
 * Whether an operation just before the answer, which does not show it, may have come after it: the answer takes its time,
 * and the clocks of the tenant and of the audit differ. Then nothing came and went.
 */
function isUnsettled({ at, effect }: Operation, undone: readonly Undone[], now: ObservedState | null): boolean {
  if (effect !== "undone" || now === null) return false;
  return Date.parse(at) > Date.parse(now.at) - UNSETTLED_MS && undone.every(({ undoneBy }) => undoneBy === null);
}

/** An operation whose effect is not worked out. */
export function withoutEffect(operation: Operation): Operation {
  return { ...operation, effect: isSuccessful(operation) ? "unknown" : "none", undone: [] };
}

function partly(coverage: LogCoverage | null): LogCoverage | null {
  return coverage && { ...coverage, complete: false, because: "logs_incomplete" };
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
