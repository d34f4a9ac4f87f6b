import type { ConnectionId, OrganizationId } from "../../domain/identifiers.ts";
import { lastObservation } from "../../domain/snapshot.ts";
import { readState, type StateLayer } from "../state/state.ts";
import type { EvidenceReader } from "../store/port.ts";

/** An Organization, and which of the connections it has enabled. */
export interface OrganizationWith {
  readonly organizationId: OrganizationId;
  readonly connectionIds: readonly ConnectionId[];
}

/**
 * The Organizations of a state that have any of some connections enabled, ascending; `layers` are newest first. An
 * Organization that could not be read counts with its last observation. One line of each layer is in memory. Throws
 * `EvidenceError`, `EvidenceStoreError`.
 */
export async function* organizationsWith(
  store: EvidenceReader,
  layers: readonly StateLayer[],
  connectionIds: ReadonlySet<ConnectionId>,
): AsyncGenerator<OrganizationWith> {
  if (connectionIds.size === 0) return;
  for await (const { known, organizationId } of readState(store, layers)) {
    const enabled = lastObservation(known)?.enabledConnections ?? [];
    const found = enabled.map((one) => one.connectionId).filter((one) => connectionIds.has(one));
    if (found.length > 0) yield { organizationId, connectionIds: found };
  }
}
