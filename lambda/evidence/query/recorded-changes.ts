import type { Change, Severity } from "../../domain/change.ts";
import type { ConnectionId, OrganizationId } from "../../domain/identifiers.ts";
import { lastObservation } from "../../domain/snapshot.ts";
import type { Manifest } from "../format/manifest.ts";
import { readState } from "../state/state.ts";
import type { EvidenceReader } from "../store/port.ts";
import { KnownConnections } from "./find-connection.ts";
import type { RecordedRuns } from "./recorded-runs.ts";
import { changesOf } from "./run-lines.ts";

/** Which changes are asked for; null or absent: all. */
export interface ChangeFilter {
  readonly organizationId?: OrganizationId | null;
  readonly connectionId?: ConnectionId | null;
  readonly severity?: Severity | null;
}

/** The changes that some runs recorded, as they are stored, run by run. Throws `EvidenceError`. */
export async function* recordedChanges(
  store: EvidenceReader,
  runs: readonly Manifest[],
  { connectionId = null, organizationId = null, severity = null }: ChangeFilter,
): AsyncGenerator<Change> {
  for (const run of runs)
    for await (const change of changesOf(store, run))
      if (
        (organizationId === null || change.organizationId === organizationId) &&
        (connectionId === null || change.connectionId === connectionId) &&
        (severity === null || change.severity === severity)
      )
        yield change;
}

/** Every connection of the newest state and of the recorded changes. Throws `EvidenceError`. */
export async function connectionsOf(store: EvidenceReader, runs: RecordedRuns): Promise<KnownConnections> {
  const known = new KnownConnections();
  for (const run of runs.readable) for await (const change of changesOf(store, run)) addConnection(known, change);
  const last = runs.readable.findLast(({ status }) => status !== "failed") ?? null;
  for await (const entry of readState(store, last === null ? [] : runs.layersAt(last)))
    for (const { connectionId, name } of lastObservation(entry.known)?.enabledConnections ?? [])
      known.add(connectionId, name);
  return known;
}

/** Adds the connection of a change, with its names before and after. */
export function addConnection(known: KnownConnections, { connectionId, connectionName, properties }: Change): void {
  known.add(connectionId, connectionName);
  for (const { name, previousValue } of properties)
    if (name === "connection.name") known.add(connectionId, previousValue);
}
