import type { ConnectionId, OrganizationId } from "../../domain/identifiers.ts";
import { lastObservation, type OrganizationSnapshot } from "../../domain/snapshot.ts";
import { ALWAYS, type InstantRange } from "../../domain/time.ts";
import { inOrder } from "../../streams/in-order.ts";
import type { Manifest } from "../format/manifest.ts";
import type { EvidenceReader } from "../store/port.ts";
import { uncoveredPeriods, usualIntervalMs } from "./coverage.ts";
import { KnownConnections } from "./find-connection.ts";
import { HistoryBuilder, type HistoryEntry, type HistoryRun } from "./history.ts";
import { organizationIn } from "./organization.ts";
import { addConnection } from "./recorded-changes.ts";
import { type RecordedRuns, timeOf } from "./recorded-runs.ts";
import { type OrganizationState, organizationState, type StateLine } from "./state.ts";

const READ_AHEAD_RUNS = 4;

export interface History {
  readonly organizationId: OrganizationId;
  readonly organizationName: string | null;
  readonly connectionId: ConnectionId | null;
  /** Runs of the range that have a line for it. */
  readonly runs: number;
  readonly entries: readonly HistoryEntry[];
}

/**
 * An Organization's states and changes over a range of time, with the periods that no run covers; for one connection, if
 * its ID or name is given. Throws `EvidenceError`, and `ConfigurationError` for a connection that it never had.
 */
export async function historyOf(
  store: EvidenceReader,
  runs: RecordedRuns,
  organizationId: OrganizationId,
  range: InstantRange,
  connection: string | null,
): Promise<History> {
  const readIn = (period: InstantRange) =>
    Array.fromAsync(inOrder(runs.within(period), (run) => organizationIn(store, run, organizationId), READ_AHEAD_RUNS));
  const all = await readIn(range);
  const everyRun = () => readIn(ALWAYS);
  const connectionId = connection === null ? null : await connectionNamed(connection, all, organizationId, everyRun);
  const builder = new HistoryBuilder(connectionId);
  const uncovered = uncoveredPeriods(all.filter(isCovering).map(manifestOf), range, usualIntervalMs(runs.readable));
  let gaps = 0;
  for (const run of all) {
    for (
      let gap = uncovered[gaps];
      gap !== undefined && Date.parse(gap.until) <= timeOf(run.manifest);
      gap = uncovered[gaps]
    ) {
      builder.addUncovered(gap);
      gaps += 1;
    }
    builder.add(run);
  }
  for (const gap of uncovered.slice(gaps)) builder.addUncovered(gap);
  const withLine = all.filter(({ snapshot }) => snapshot !== null).length;
  return { organizationId, connectionId, runs: withLine, ...builder.build() };
}

function manifestOf({ manifest }: HistoryRun): Manifest {
  return manifest;
}

/** Whether the run looked for the Organization. */
function isCovering({ manifest, snapshot }: HistoryRun): boolean {
  return snapshot !== null || (manifest.scope === "all" && manifest.status !== "failed");
}

/** Looks for the connection in some runs, then in every run: it may have been disabled before. */
async function connectionNamed(
  text: string,
  runs: readonly HistoryRun[],
  organizationId: OrganizationId,
  everyRun: () => Promise<readonly HistoryRun[]>,
): Promise<ConnectionId> {
  const known = connectionsIn(runs);
  return (known.has(text) ? known : connectionsIn(await everyRun())).find(
    text,
    `the recorded states of ${organizationId}`,
  );
}

function connectionsIn(runs: readonly HistoryRun[]): KnownConnections {
  const known = new KnownConnections();
  for (const { changes, snapshot } of runs) {
    for (const change of changes) addConnection(known, change);
    const enabled = snapshot === null ? [] : (lastObservation(snapshot)?.enabledConnections ?? []);
    for (const { connectionId, name } of enabled) known.add(connectionId, name);
  }
  return known;
}

/** The state of an Organization at a run, and the next observation. Throws `EvidenceError`. */
export async function stateIn(
  store: EvidenceReader,
  runs: RecordedRuns,
  manifest: Manifest,
  organizationId: OrganizationId,
): Promise<OrganizationState> {
  const line = await lineAt(store, runs.layersAt(manifest), organizationId);
  return organizationState(manifest, line, await nextObservation(store, runs.after(manifest), organizationId));
}

/** The newest line of an Organization in a state, with the name that an older run knew; `layers` are newest first. */
async function lineAt(
  store: EvidenceReader,
  layers: readonly Manifest[],
  organizationId: OrganizationId,
): Promise<StateLine> {
  let found: { readonly run: Manifest; readonly snapshot: OrganizationSnapshot } | null = null;
  for (const run of layers) {
    const { snapshot } = await organizationIn(store, run, organizationId);
    if (snapshot === null) continue;
    found ??= { run, snapshot };
    const { organizationName } = snapshot;
    if (organizationName !== null) return { ...found, organizationName };
  }
  if (found !== null) return { ...found, organizationName: null };
  return { run: null, isWholeTenantKnown: layers.some(({ scope }) => scope === "all") };
}

async function nextObservation(store: EvidenceReader, later: readonly Manifest[], organizationId: OrganizationId) {
  for (const manifest of later) {
    const { snapshot } = await organizationIn(store, manifest, organizationId);
    if (isObservation(snapshot)) return snapshot;
    // It left the tenant; if it came back later, that says nothing about this time. A run over a list says nothing of it.
    if (snapshot === null && manifest.status !== "failed" && manifest.scope === "all") return null;
  }
  return null;
}

function isObservation(
  snapshot: OrganizationSnapshot | null,
): snapshot is Extract<OrganizationSnapshot, { status: "observed" | "deleted" }> {
  return snapshot !== null && snapshot.status !== "failed";
}
