import type { ConnectionId, OrganizationId, Timestamp } from "../../domain/identifiers.ts";
import type { EnabledConnection } from "../../domain/organization.ts";
import { lastObservation } from "../../domain/snapshot.ts";
import type { SnapshotHead } from "../format/line-head.ts";
import { scanState } from "../state/scan.ts";
import type { StateLayer } from "../state/state.ts";
import type { EvidenceReader } from "../store/port.ts";

/** An Organization that has a connection enabled. */
export interface ConnectionUse {
  readonly organization: SnapshotHead;
  readonly connection: EnabledConnection;
  readonly observedAt: Timestamp;
}

/** One page of the Organizations that have a connection enabled. */
export interface ConnectionUses {
  readonly uses: readonly ConnectionUse[];
  /** How many Organizations have it, and how many of them come before this page. */
  readonly total: number;
  readonly before: number;
}

export interface UsesAsked {
  readonly connectionId: ConnectionId;
  /** Only Organizations past this one; null: from the first one on. */
  readonly after: OrganizationId | null;
  readonly most: number;
  readonly signal: AbortSignal;
}

/**
 * The Organizations of a state that have a connection enabled, as far as is known; `layers` are its runs, newest first. One
 * page is in memory. Throws `EvidenceError`, and the signal's reason.
 */
export async function connectionUses(
  store: EvidenceReader,
  layers: readonly StateLayer[],
  { after, connectionId, most, signal }: UsesAsked,
): Promise<ConnectionUses> {
  // Quotes inside of a stored string are escaped: this is never part of a name.
  const stored = `"connection_id":${JSON.stringify(connectionId)}`;
  const uses: ConnectionUse[] = [];
  let total = 0;
  let before = 0;
  for await (const organization of scanState(store, layers, signal)) {
    if (!organization.rest.includes(stored)) continue;
    total += 1;
    const { head } = organization;
    if (after !== null && head.organizationId <= after) before += 1;
    else if (uses.length < most) {
      const seen = lastObservation(organization.decode());
      const connection = seen?.enabledConnections.find((one) => one.connectionId === connectionId);
      if (seen !== null && connection !== undefined)
        uses.push({ organization: head, connection, observedAt: seen.observedAt });
    }
  }
  return { uses, total, before };
}
