import type { DescribeConnection } from "../../attribution/model.ts";
import type { Confidence } from "../../changes/summary.ts";
import type { ConnectionId, OrganizationId } from "../../domain/identifiers.ts";
import type { Operation } from "../../domain/operation.ts";
import { grouped } from "../../domain/text.ts";
import { type Manifest, readsWholeTenant } from "../../evidence/format/manifest.ts";
import type { Sweep } from "../work.ts";
import { type Compared, OperationDecider, strongest, withoutEffect } from "./decide.ts";
import type { FoundOperations } from "./read.ts";
import { byOrganization, byTime, OperationSorter, readSorted } from "./sorted-runs.ts";
import { tenantWideOf } from "./tenant-wide.ts";
import { type Decided, isWhole, lookedAfter } from "./write.ts";

/** What led to what is worked out for so many operations on one Organization in a run. */
export const MOST_OWN_OPERATIONS = 5_000;
/** So many Organizations with more of them are named in a warning of each step. */
const MOST_NAMED = 10;

/** The operations on one Organization, in the order of time. */
export interface OwnOperations {
  readonly organizationId: OrganizationId;
  /** The newest, `MOST_OWN_OPERATIONS` at most. */
  readonly own: readonly Operation[];
  /** Whether there are more, which are stored without an effect. */
  readonly isCrowded: boolean;
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
  readonly #crowded: OrganizationId[] = [];

  private constructor(work: Sweep, found: FoundOperations, decider: OperationDecider, from: number) {
    const { dependencies, run } = work;
    [this.#work, this.#found, this.#decider] = [work, found, decider];
    const name = `decided-${String(from).padStart(5, "0")}`;
    this.#sorter = new OperationSorter(dependencies.store, run, name, byTime);
  }

  /** Throws `RunFailure` (`evidence_unreadable`) when what the run read of the logs was changed. */
  static async open(work: Sweep, found: FoundOperations, context: Context): Promise<OperationDecisions> {
    const { run } = work;
    const tenantWide = await tenantWideOf(readSorted(work.dependencies.store, run, found.runs, byOrganization));
    const decider = new OperationDecider({
      run,
      listedAt: context.layers.find(readsWholeTenant)?.startedAt ?? null,
      isLookedFor: lookedFor(work),
      lookedAfter: lookedAfter(work, found),
      coverage: found.coverage,
      isShared: context.isShared,
      describe: context.describe,
      tenantWide: tenantWide.byConnection,
    });
    return new OperationDecisions(work, found, decider, context.from);
  }

  /**
   * The operations on Organizations past `after`, up to `last` (null: all), in ascending order. All of them must be taken.
   */
  async *operations(after: OrganizationId | null, last: OrganizationId | null): AsyncGenerator<OwnOperations> {
    const { dependencies, run } = this.#work;
    let own: Operation[] = [];
    let isCrowded = false;
    let current: OrganizationId | null = null;
    for await (const operation of readSorted(dependencies.store, run, this.#found.runs, byOrganization)) {
      const { organizationId } = operation;
      if (organizationId === null || (after !== null && organizationId <= after)) continue;
      if (last !== null && organizationId > last) break;
      if (current !== null && organizationId !== current) {
        yield { organizationId: current, own, isCrowded };
        [own, isCrowded] = [[], false];
      }
      current = organizationId;
      own.push(operation);
      if (own.length <= MOST_OWN_OPERATIONS) continue;
      isCrowded = true;
      const oldest = own.shift();
      if (oldest !== undefined) await this.#store(withoutEffect(oldest), true);
    }
    if (current !== null) yield { organizationId: current, own, isCrowded };
  }

  /** To be called for each Organization of the step. Throws `EvidenceStoreError`. */
  async decide(compared: Compared, operations: OwnOperations | null): Promise<void> {
    const { isCrowded = false, own = [] } = operations ?? {};
    if (isCrowded) this.#crowded.push(compared.organizationId);
    for (const operation of this.#decider.decide(compared, own, isCrowded)) await this.#store(operation, isCrowded);
  }

  /** What an earlier run stored of a crowded Organization is not stored again: it would be in each run from now on. */
  async #store(operation: Operation, isCrowded: boolean): Promise<void> {
    const { readFrom } = this.#found;
    if (!isCrowded || readFrom === null || operation.at >= readFrom) await this.#sorter.add(operation);
  }

  /** Throws `EvidenceStoreError`. */
  async finish(): Promise<Decided & { readonly attribution: Readonly<Record<Confidence, number>> }> {
    await this.#sorter.finish();
    const { attribution, tenantWide } = this.#decider;
    return { runs: this.#sorter.runs, tenantWide: [...tenantWide], warnings: this.#warnings(), attribution };
  }

  #warnings(): readonly string[] {
    const named = this.#crowded.slice(0, MOST_NAMED);
    const others = this.#crowded.length - named.length;
    const more = others > 0 ? ` The same holds for ${grouped(others)} others.` : "";
    return this.#crowded.length === 0
      ? []
      : [
          `More than ${grouped(MOST_OWN_OPERATIONS)} operations on ${named.join(", ")}: they are stored, but not what each of them led to.${more}`,
        ];
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
  return {
    runs: [...earlier.runs, ...later.runs],
    tenantWide: [...tenantWide],
    warnings: [...new Set([...earlier.warnings, ...later.warnings])],
  };
}
