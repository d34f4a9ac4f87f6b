import { ConnectionSharing } from "../../changes/connection-sharing.ts";
import { connectionKind } from "../../domain/connection-kind.ts";
import type { ConnectionId } from "../../domain/identifiers.ts";
import { lastObservation, type OrganizationSnapshot } from "../../domain/snapshot.ts";
import type { EvidenceReader } from "../store/port.ts";
import { readState, type StateLayer } from "./state.ts";

/** Which connections several Organizations of a state have: read once, and only when a change depends on it. */
export class StateSharing {
  readonly #store: EvidenceReader;
  readonly #layers: () => Promise<readonly StateLayer[]>;
  #sharing: ConnectionSharing | null = null;

  /** `layers` are the runs that make up the state, newest first. */
  constructor(store: EvidenceReader, layers: () => Promise<readonly StateLayer[]>) {
    this.#store = store;
    this.#layers = layers;
  }

  /** To be called before the two lines of an Organization are compared. Throws `EvidenceError`. */
  async prepare(known: OrganizationSnapshot | null, current: OrganizationSnapshot | null): Promise<void> {
    if (this.#sharing !== null || !grantsMembershipNow(known, current)) return;
    const sharing = new ConnectionSharing();
    for await (const entry of readState(this.#store, await this.#layers()))
      sharing.add((lastObservation(entry.known)?.enabledConnections ?? []).map(({ connectionId }) => connectionId));
    this.#sharing = sharing;
  }

  readonly isShared = (connectionId: ConnectionId): boolean => this.#sharing?.isShared(connectionId) ?? false;
}

/** Whether an enterprise connection grants membership that did not before: then it matters who else has it enabled. */
function grantsMembershipNow(known: OrganizationSnapshot | null, current: OrganizationSnapshot | null): boolean {
  if (current === null) return false;
  const connectionsOf = (line: OrganizationSnapshot | null) =>
    (line === null ? null : lastObservation(line))?.enabledConnections ?? [];
  const before = connectionsOf(known);
  return connectionsOf(current).some(
    ({ connectionId, assignMembershipOnLogin, strategy }) =>
      assignMembershipOnLogin &&
      connectionKind(strategy) === "enterprise" &&
      !before.some((one) => one.connectionId === connectionId && one.assignMembershipOnLogin),
  );
}
