import { ConnectionSharing } from "../../changes/connection-sharing.ts";
import { SharedCandidates } from "../../changes/shared-candidates.ts";
import { type ConnectionKind, connectionKind } from "../../domain/connection-kind.ts";
import type { ConnectionId } from "../../domain/identifiers.ts";
import type { EnabledConnection } from "../../domain/organization.ts";
import { lastObservation, type OrganizationSnapshot } from "../../domain/snapshot.ts";
import { decodeSnapshot } from "../format/lines.ts";
import { fetchParts } from "../store/part-reader.ts";
import type { EvidenceReader } from "../store/port.ts";
import { readState, type StateLayer } from "./state.ts";

/** A social or passwordless connection is judged the same way, whether or not other Organizations have it enabled. */
const COMPARED: readonly ConnectionKind[] = ["enterprise", "database"];

/** Larger parts are streamed: the pass must leave memory to the rest of the run. In bytes, uncompressed. */
const AT_ONCE_BYTES = 1024 * 1024;
/** The connections of so many Organizations fit into memory, shared or not: 8 bytes each. */
const MOST_AT_ONCE = 100_000;

/** A connection as an Organization that has it enabled knows it. */
export interface DescribedConnection {
  readonly id: string;
  readonly name: string | null;
  readonly strategy: string | null;
}

/** What a state tells of the tenant's connections. */
export interface TenantConnections {
  /** Which enterprise and database connections several Organizations have. */
  readonly sharing: ConnectionSharing;
  /** Those of the wanted connections that an Organization has. */
  readonly described: readonly DescribedConnection[];
}

/**
 * Reads what a state tells of connections; `layers` are the runs that make up the state, newest first. A large state is
 * read twice: the first time for the connections that may be shared, so that the many that are not take no memory. Throws
 * `EvidenceError`.
 */
export async function readConnections(
  store: EvidenceReader,
  layers: readonly StateLayer[],
  wanted: ReadonlySet<string> = new Set(),
  mostAtOnce = MOST_AT_ONCE,
): Promise<TenantConnections> {
  const organizations = layers
    .flatMap(({ files }) => files)
    .reduce((sum, { role, rows }) => (role === "snapshot" ? sum + rows : sum), 0);
  const candidates = organizations <= mostAtOnce ? null : new SharedCandidates(organizations);
  if (candidates !== null)
    for await (const connections of enabledConnections(store, layers))
      for (const { connectionId } of connections.filter(isCompared)) candidates.add(connectionId);
  const sharing = new ConnectionSharing();
  const described = new Map<string, DescribedConnection>();
  for await (const connections of enabledConnections(store, layers)) {
    const compared = connections.filter(isCompared);
    sharing.add(compared.filter(({ connectionId }) => candidates?.mayBeShared(connectionId) ?? true));
    if (described.size < wanted.size)
      for (const { connectionId: id, name, strategy } of connections)
        if (wanted.has(id)) described.set(id, { id, name, strategy });
  }
  return { sharing, described: [...described.values()] };
}

function isCompared({ strategy }: EnabledConnection): boolean {
  return COMPARED.includes(connectionKind(strategy));
}

async function* enabledConnections(
  store: EvidenceReader,
  layers: readonly StateLayer[],
): AsyncGenerator<readonly EnabledConnection[]> {
  for await (const line of newestLines(store, layers)) yield lastObservation(line)?.enabledConnections ?? [];
}

async function* newestLines(
  store: EvidenceReader,
  layers: readonly StateLayer[],
): AsyncGenerator<OrganizationSnapshot> {
  const [only, ...others] = layers;
  if (only === undefined || others.length > 0) {
    for await (const { known } of readState(store, layers)) yield known;
    return;
  }
  // There may be 25,000 small ones: they are fetched ahead.
  const parts = only.files.filter(({ role }) => role === "snapshot");
  for await (const { file, lines } of fetchParts(store, parts, AT_ONCE_BYTES))
    for await (const some of lines) for (const line of some) yield decodeSnapshot(line, file.key);
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
    this.#sharing = (await readConnections(this.#store, await this.#layers())).sharing;
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
