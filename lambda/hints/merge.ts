import type { ConnectionId, OrganizationId, Timestamp } from "../domain/identifiers.ts";
import { compareText } from "../domain/order.ts";
import type { Updates } from "../evidence/format/manifest.ts";
import type { OrganizationWith } from "../evidence/query/organizations-with.ts";
import { type Coverage, coverageOf } from "./coverage.ts";
import { type HintKind, type Hints, MOST_HINTED } from "./hints.ts";

/** Hints for more than one in so many of the tenant's Organizations lead to a sweep. */
const SWEEP_SHARE = 10;

export interface MergeOptions {
  /** The end of the time that the updates before covered; for the first update after a sweep, the sweep's start. */
  readonly since: Timestamp;
  /** How many Organizations the state of the tenant has. */
  readonly tenantOrganizations: number;
  /** The Organizations that have some of these connections enabled: `organizationsWith` over the state. */
  readonly organizationsWith: (connectionIds: ReadonlySet<ConnectionId>) => AsyncIterable<OrganizationWith>;
}

/** An Organization to read. */
export interface HintedOrganization {
  readonly organizationId: OrganizationId;
  /** Whether it was created, changed or deleted itself, so that it is read, too, and not its connections alone. */
  readonly isChanged: boolean;
}

/** What all sources say together. */
export interface MergedHints extends Coverage {
  /** What the update reads, ascending; empty when it is a sweep's work. */
  readonly organizations: readonly HintedOrganization[];
  /** How many Organizations each kind of hint names; one that several kinds name counts for each. */
  readonly counts: Updates["hints"];
  /** A sentence: why a sweep is to be started instead of the update; null: the update is small enough. */
  readonly sweepInstead: string | null;
  /** A sentence: how many Organizations that failed are left to the sweep; null: none. */
  readonly leftToSweep: string | null;
}

/**
 * Unites the hints of all sources. Too many for an update lead to a sweep. Retries never do, or a tenant of which much
 * cannot be read would be swept without end: they fill what room is left. Throws what `organizationsWith` throws.
 */
export async function mergeHints(
  hints: readonly Hints[],
  { organizationsWith, since, tenantOrganizations }: MergeOptions,
): Promise<MergedHints> {
  const limit = Math.max(1, Math.min(MOST_HINTED, Math.floor(tenantOrganizations / SWEEP_SHARE)));
  const named: Record<HintKind, Set<OrganizationId>> = { logs: new Set(), events: new Set(), retries: new Set() };
  const all = new Set<OrganizationId>();
  const fresh = hints.filter(({ kind }) => kind !== "retries");
  for (const { kind, organizationIds } of fresh)
    for (const id of organizationIds) {
      named[kind].add(id);
      all.add(id);
    }
  const connections = new Set(fresh.flatMap(({ connectionIds }) => connectionIds));
  if (all.size <= limit && connections.size > 0)
    for await (const { connectionIds, organizationId } of organizationsWith(connections)) {
      for (const hint of fresh)
        if (hint.connectionIds.some((id) => connectionIds.includes(id))) named[hint.kind].add(organizationId);
      all.add(organizationId);
      if (all.size > limit) break;
    }
  const isTooMany = all.size > limit;
  const changed = new Set(fresh.flatMap(({ changedIds }) => changedIds));
  let left = 0;
  for (const { kind, organizationIds } of hints.filter((one) => one.kind === "retries"))
    for (const id of organizationIds)
      if (all.has(id) || all.size < limit) {
        named[kind].add(id);
        all.add(id);
      } else left += 1;
  return {
    ...coverageOf(hints, since),
    organizations: isTooMany
      ? []
      : [...all]
          .sort(compareText)
          .map((organizationId) => ({ organizationId, isChanged: changed.has(organizationId) })),
    counts: { logs: named.logs.size, events: named.events.size, retries: named.retries.size },
    sweepInstead: isTooMany ? tooMany(limit, tenantOrganizations) : null,
    leftToSweep:
      isTooMany || left === 0
        ? null
        : `${left} Organizations that could not be read are not tried again before the next sweep: an update reads at most ${limit}.`,
  };
}

function tooMany(limit: number, tenantOrganizations: number): string {
  const share = limit === MOST_HINTED ? "" : `, a tenth of the tenant's ${tenantOrganizations}`;
  const organizations = limit === 1 ? "1 Organization" : `${limit} Organizations`;
  return `Hints name more than ${organizations}${share}: a sweep is started instead of an update.`;
}
