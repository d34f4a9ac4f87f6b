import { ConnectionSharing } from "../../changes/connection-sharing.ts";
import { type ConnectionKind, connectionKind } from "../../domain/connection-kind.ts";
import type { ConnectionId } from "../../domain/identifiers.ts";
import { lastObservation, type OrganizationSnapshot } from "../../domain/snapshot.ts";
import { snapshotOf } from "../query/run-lines.ts";
import type { EvidenceReader } from "../store/port.ts";
import { readState, type StateLayer } from "./state.ts";

/** A social or passwordless connection is judged alike whoever else has it enabled. */
const COMPARED: readonly ConnectionKind[] = ["enterprise", "database"];

/**
 * Which enterprise and database connections several Organizations of a state have, in one pass; `layers` are the runs that
 * make up the state, newest first. Throws `EvidenceError`.
 */
export async function readSharing(store: EvidenceReader, layers: readonly StateLayer[]): Promise<ConnectionSharing> {
  const sharing = new ConnectionSharing();
  for await (const line of newestLines(store, layers)) {
    const connections = lastObservation(line)?.enabledConnections ?? [];
    sharing.add(connections.filter(({ strategy }) => COMPARED.includes(connectionKind(strategy))));
  }
  return sharing;
}

async function* newestLines(
  store: EvidenceReader,
  layers: readonly StateLayer[],
): AsyncGenerator<OrganizationSnapshot> {
  const [only, ...others] = layers;
  // The parts of one run are fetched ahead: there may be 25,000 of them.
  if (only !== undefined && others.length === 0) yield* snapshotOf(store, only);
  else for await (const { known } of readState(store, layers)) yield known;
}

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
    this.#sharing = await readSharing(this.#store, await this.#layers());
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
