import { ConnectionSharing } from "../../changes/connection-sharing.ts";
import type { OrganizationId } from "../../domain/identifiers.ts";
import { lastObservation, type OrganizationSnapshot } from "../../domain/snapshot.ts";
import { decodeSnapshot } from "../format/lines.ts";
import { readsWholeTenant } from "../format/manifest.ts";
import { fetchParts, readVerified } from "../store/part-reader.ts";
import type { EvidenceReader } from "../store/port.ts";
import { mayName } from "./raw-line.ts";
import { type DescribedConnection, readConnections, type TenantConnections } from "./sharing.ts";
import type { StateLayer } from "./state.ts";

/** The Organizations that so many lines of updates name fit into memory. */
const MOST_UPDATED = 100_000;
/** Larger parts are streamed. In bytes, uncompressed. */
const AT_ONCE_BYTES = 1024 * 1024;

/**
 * What a state tells of some of the tenant's connections; `layers` are newest first. As `readConnections`, for those
 * alone: of a large sweep, only the lines that name one of them are decoded. Throws `EvidenceError`.
 */
export async function readFewConnections(
  store: EvidenceReader,
  layers: readonly StateLayer[],
  connectionIds: ReadonlySet<string>,
): Promise<TenantConnections> {
  const newer = layers.slice(0, -1);
  const base = layers.at(-1);
  const updated = newer
    .flatMap(({ files }) => files)
    .reduce((sum, { role, rows }) => sum + (role === "snapshot" ? rows : 0), 0);
  if (base === undefined || !readsWholeTenant(base) || updated > MOST_UPDATED)
    return readConnections(store, layers, connectionIds);
  const few = new FewConnections(connectionIds);
  if (connectionIds.size === 0) return few.result;
  for (const { files } of newer)
    for (const file of files)
      if (file.role === "snapshot")
        for await (const line of readVerified(store, file)) few.add(decodeSnapshot(line, file.key));
  few.noteUpdated();
  const parts = base.files.filter(({ role }) => role === "snapshot");
  for await (const { file, lines } of fetchParts(store, parts, AT_ONCE_BYTES))
    for await (const some of lines)
      for (const line of some) if (mayName(line, connectionIds)) few.add(decodeSnapshot(line, file.key));
  return few.result;
}

/** Collects what lines tell of some connections. Of an Organization, the line that is added first counts. */
class FewConnections {
  readonly #wanted: ReadonlySet<string>;
  readonly #sharing = new ConnectionSharing();
  readonly #described = new Map<string, DescribedConnection>();
  readonly #seen = new Set<OrganizationId>();
  #isOver = false;

  constructor(wanted: ReadonlySet<string>) {
    this.#wanted = wanted;
  }

  get result(): TenantConnections {
    return { sharing: this.#sharing, described: [...this.#described.values()] };
  }

  /** What follows has each Organization once. */
  noteUpdated(): void {
    this.#isOver = true;
  }

  add(line: OrganizationSnapshot): void {
    if (this.#seen.has(line.organizationId)) return;
    if (!this.#isOver) this.#seen.add(line.organizationId);
    const enabled = (lastObservation(line)?.enabledConnections ?? []).filter(({ connectionId }) =>
      this.#wanted.has(connectionId),
    );
    this.#sharing.add(enabled);
    for (const { connectionId: id, name, strategy } of enabled) this.#described.set(id, { id, name, strategy });
  }
}
