import type { ConnectionId, OrganizationId } from "../../domain/identifiers.ts";
import { lastObservation } from "../../domain/snapshot.ts";
import { ALWAYS, type InstantRange } from "../../domain/time.ts";
import { inOrder } from "../../streams/in-order.ts";
import type { Manifest } from "../format/manifest.ts";
import type { EvidenceReader } from "../store/port.ts";
import { coversTenant, type Uncovered, uncoveredPeriods, usualIntervalMs } from "./coverage.ts";
import { KnownConnections } from "./find-connection.ts";
import { HistoryBuilder, type HistoryEntry, type HistoryRun } from "./history.ts";
import { organizationIn } from "./organization.ts";
import { operationsIn } from "./organization-operations.ts";
import { addConnection } from "./recorded-changes.ts";
import { type RecordedRuns, timeOf } from "./recorded-runs.ts";

const READ_AHEAD_RUNS = 8;

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
  const read = async (run: Manifest): Promise<HistoryRun> => {
    const found = await organizationIn(store, run, organizationId);
    // Most runs have nothing that an operation could explain: their operations need not be read.
    const isExplained = found.changes.length > 0 || run.summary.undone > 0;
    return { ...found, operations: isExplained ? await operationsIn(store, run, organizationId) : [] };
  };
  const readIn = (period: InstantRange) => Array.fromAsync(inOrder(runs.within(period), read, READ_AHEAD_RUNS));
  const all = await readIn(range);
  const everyRun = () => readIn(ALWAYS);
  const connectionId = connection === null ? null : await connectionNamed(connection, all, organizationId, everyRun);
  const builder = new HistoryBuilder(connectionId);
  const uncovered = uncoveredPeriods(all.filter(isCovering).map(manifestOf), range, usualIntervalMs(runs.readable));
  const isPast = ({ until }: Uncovered, ms: number) => Date.parse(until) <= ms;
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const run of all) {
    const ms = timeOf(run.manifest);
    for (const gap of uncovered) if (isPast(gap, ms) && !isPast(gap, lastMs)) builder.addUncovered(gap);
    builder.add(run);
    lastMs = ms;
  }
  for (const gap of uncovered) if (!isPast(gap, lastMs)) builder.addUncovered(gap);
  const withLine = all.filter(({ snapshot }) => snapshot !== null).length;
  return { organizationId, connectionId, runs: withLine, ...builder.build() };
}

function manifestOf({ manifest }: HistoryRun): Manifest {
  return manifest;
}

/** Whether the run looked for the Organization. */
function isCovering({ manifest, snapshot }: HistoryRun): boolean {
  return snapshot !== null || coversTenant(manifest);
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
