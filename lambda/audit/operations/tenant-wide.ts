import type { Operation } from "../../domain/operation.ts";
import { sha256 } from "../../evidence/format/digest.ts";

/** So many operations on connections of the whole tenant are held beside each Organization that had them. */
const MOST_HELD = 2_000;
/** Of one connection, the newest: the last one that fits is the one that is named. */
const MOST_ALIKE = 10;

/** Operations on connections of the whole tenant, by connection; those past a bound are stored without an effect. */
export class TenantWideOperations {
  readonly byConnection = new Map<string, Operation[]>();
  #held = 0;

  /** Takes them in the order of time. */
  add(operation: Operation): void {
    const id = String(operation.connectionId);
    const alike = this.byConnection.get(id) ?? [];
    if (alike.length === MOST_ALIKE) alike.shift();
    else if (this.#held === MOST_HELD) return;
    else this.#held += 1;
    this.byConnection.set(id, [...alike, operation]);
  }

  /** Whether it is held: what the others led to is not known. */
  has({ connectionId, logId }: Operation): boolean {
    return this.byConnection.get(String(connectionId))?.some((one) => one.logId === logId) ?? false;
  }
}

/** Those of a run, whose `sorted` operations begin with them. */
export async function tenantWideOf(sorted: AsyncIterable<Operation>): Promise<TenantWideOperations> {
  const tenantWide = new TenantWideOperations();
  for await (const operation of sorted) {
    if (operation.organizationId !== null) break;
    tenantWide.add(operation);
  }
  return tenantWide;
}

/** A short name for an operation, as what a step leaves behind must be small. 16 hex digits. */
export function shortName({ logId }: Pick<Operation, "logId">): string {
  return sha256(logId).slice(0, 16);
}
