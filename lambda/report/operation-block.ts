import { isSuccessful } from "../attribution/action.ts";
import { type Attribution, attribute } from "../attribution/attribute.ts";
import type { LogCoverage } from "../attribution/coverage.ts";
import type { Change } from "../domain/change.ts";
import type { OrganizationId } from "../domain/identifiers.ts";
import type { Operation } from "../domain/operation.ts";
import { compareText } from "../domain/order.ts";

/** Operations that stay in memory; while a block is filled, twice as many. */
const MOST_OPERATIONS = 10_000;
/** Operations that a rendered attribution names. One that several operations can explain may have more. */
const NAMED_OPERATIONS = 20;

/** Who made a change, as renderers show it. */
export interface Attributed {
  /** Its `logIds` are at most the last 20. */
  readonly attribution: Attribution;
  /** The operations that it names, in the order of time. */
  readonly operations: readonly Operation[];
}

/** Attributes a change to some operations. A pure function of stored lines, so that every renderer answers the same. */
export function attributed(change: Change, operations: readonly Operation[], logs: LogCoverage | null): Attributed {
  const { logIds, ...attribution } = attribute(change, operations, logs);
  const named = logIds.slice(-NAMED_OPERATIONS);
  const byId = new Map(operations.map((operation) => [operation.logId, operation]));
  return { attribution: { ...attribution, logIds: named }, operations: named.flatMap((id) => byId.get(id) ?? []) };
}

/**
 * The operations of successive Organizations: as many as fit into memory, from a first one. Operations on connections of
 * the whole tenant are in every block, as they are in memory when the run decides its operations.
 */
export class OperationBlock {
  readonly #from: OrganizationId | null;
  readonly #most: number;
  readonly #own = new Map<OrganizationId, Operation[]>();
  /** Organizations with more operations than fit. */
  readonly #crowded = new Set<OrganizationId>();
  readonly #tenantWide = new Map<string, Operation[]>();
  #held = 0;
  #end: OrganizationId | null = null;

  /** `from` null: from the first Organization. */
  constructor(from: OrganizationId | null = null, most = MOST_OPERATIONS) {
    this.#from = from;
    this.#most = most;
  }

  /** Whether the block has the operations of an Organization. */
  covers(id: OrganizationId): boolean {
    return (
      (this.#from === null || compareText(id, this.#from) >= 0) &&
      (this.#end === null || compareText(id, this.#end) < 0)
    );
  }

  /** In any order of Organizations, and in the order of time. */
  add(operation: Operation): void {
    const { connectionId, organizationId } = operation;
    // No other operation can have made a change.
    if (!isSuccessful(operation)) return;
    if (organizationId === null) push(this.#tenantWide, String(connectionId), operation);
    else if (this.covers(organizationId) && !this.#crowded.has(organizationId)) {
      push(this.#own, organizationId, operation);
      this.#held += 1;
      if (this.#held > 2 * this.#most) this.#shrink();
    }
  }

  /** Keeps the first Organizations whose operations fit. */
  #shrink(): void {
    const ids = [...this.#own.keys()].sort(compareText);
    let kept = 0;
    for (const id of ids) {
      const own = this.#own.get(id)?.length ?? 0;
      if (own > this.#most) {
        this.#crowded.add(id);
        this.#own.delete(id);
      } else if (this.#end !== null && compareText(id, this.#end) >= 0) this.#own.delete(id);
      else if (kept + own > this.#most) {
        this.#end = id;
        this.#own.delete(id);
      } else kept += own;
    }
    this.#held = kept;
  }

  /** Null: the Organization has more operations than fit. Throws `RangeError` for one that the block does not cover. */
  attributed(change: Change, logs: LogCoverage | null): Attributed | null {
    const { connectionId, organizationId } = change;
    if (!this.covers(organizationId)) throw new RangeError(`The block does not have ${organizationId}.`);
    if (this.#crowded.has(organizationId)) return null;
    const everywhere = this.#tenantWide.get(String(connectionId)) ?? [];
    return attributed(change, [...(this.#own.get(organizationId) ?? []), ...everywhere], logs);
  }
}

function push<Key>(lists: Map<Key, Operation[]>, key: Key, operation: Operation): void {
  // What came and went is listed apart, and may be long.
  const kept = operation.undone.length === 0 ? operation : { ...operation, undone: [] };
  const alike = lists.get(key);
  if (alike === undefined) lists.set(key, [kept]);
  else alike.push(kept);
}
