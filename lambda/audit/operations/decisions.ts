import type { DescribeConnection } from "../../attribution/model.ts";
import type { Confidence } from "../../changes/summary.ts";
import type { ConnectionId, OrganizationId } from "../../domain/identifiers.ts";
import type { Operation } from "../../domain/operation.ts";
import { type Manifest, readsWholeTenant } from "../../evidence/format/manifest.ts";
import type { Sweep } from "../sweep.ts";
import { type Compared, OperationDecider, strongest } from "./decide.ts";
import type { FoundOperations } from "./read.ts";
import { byOrganization, byTime, OperationSorter, readSorted } from "./sorted-runs.ts";
import { type Decided, isWhole, lookedAfter } from "./write.ts";

/** The operations on one Organization, in the order of time. */
export interface OwnOperations {
  readonly organizationId: OrganizationId;
  readonly own: readonly Operation[];
}

interface Context {
  readonly layers: readonly Manifest[];
  readonly isShared: (connectionId: ConnectionId) => boolean;
  readonly describe: DescribeConnection;
  /** The first snapshot part of the step: it names what the step keeps. */
  readonly from: number;
}

/** Decides the operations of a run while its Organizations are compared, in one step. */
export class OperationDecisions {
  readonly #work: Sweep;
  readonly #found: FoundOperations;
  readonly #decider: OperationDecider;
  readonly #sorter: OperationSorter;

  private constructor(work: Sweep, found: FoundOperations, decider: OperationDecider, from: number) {
    const { dependencies, run } = work;
    [this.#work, this.#found, this.#decider] = [work, found, decider];
    const name = `decided-${String(from).padStart(5, "0")}`;
    this.#sorter = new OperationSorter(dependencies.store, run, name, byTime);
  }

  /** Throws `RunFailure` (`evidence_unreadable`) when what the run read of the logs was changed. */
  static async open(work: Sweep, found: FoundOperations, context: Context): Promise<OperationDecisions> {
    const { run } = work;
    const tenantWide: Operation[] = [];
    for await (const operation of readSorted(work.dependencies.store, run, found.runs, byOrganization)) {
      if (operation.organizationId !== null) break;
      tenantWide.push(operation);
    }
    const decider = new OperationDecider({
      run,
      listedAt: context.layers.find(readsWholeTenant)?.startedAt ?? null,
      isLookedFor: lookedFor(work),
      lookedAfter: lookedAfter(work, found),
      coverage: found.coverage,
      isShared: context.isShared,
      describe: context.describe,
      tenantWide,
    });
    return new OperationDecisions(work, found, decider, context.from);
  }

  /** The operations on Organizations past `after`, in ascending order. */
  async *operations(after: OrganizationId | null): AsyncGenerator<OwnOperations> {
    const { dependencies, run } = this.#work;
    let own: Operation[] = [];
    let current: OrganizationId | null = null;
    for await (const operation of readSorted(dependencies.store, run, this.#found.runs, byOrganization)) {
      const { organizationId } = operation;
      if (organizationId === null || (after !== null && organizationId <= after)) continue;
      if (current !== null && organizationId !== current) {
        yield { organizationId: current, own };
        own = [];
      }
      current = organizationId;
      own.push(operation);
    }
    if (current !== null) yield { organizationId: current, own };
  }

  /** To be called for each Organization of the step. Throws `EvidenceStoreError`. */
  async decide(compared: Compared, own: readonly Operation[]): Promise<void> {
    for (const operation of this.#decider.decide(compared, own)) await this.#sorter.add(operation);
  }

  /** Throws `EvidenceStoreError`. */
  async finish(): Promise<Decided & { readonly attribution: Readonly<Record<Confidence, number>> }> {
    await this.#sorter.finish();
    const { attribution, tenantWide } = this.#decider;
    return { runs: this.#sorter.runs, tenantWide: [...tenantWide], attribution };
  }
}

/** An update asks for the Organizations that hints name; a run over the whole tenant, for all. */
function lookedFor(work: Sweep): (organizationId: OrganizationId) => boolean {
  const { hinted } = work;
  if (hinted === null) return () => isWhole(work);
  const ids = new Set(hinted.map(({ organizationId }) => organizationId));
  return (organizationId) => ids.has(organizationId);
}

/** What two steps decided. */
export function joined(earlier: Decided, later: Decided): Decided {
  const tenantWide = new Map(earlier.tenantWide);
  for (const [logId, effect] of later.tenantWide) tenantWide.set(logId, strongest(tenantWide.get(logId), effect));
  return { runs: [...earlier.runs, ...later.runs], tenantWide: [...tenantWide] };
}
