import type { ConnectionId, OrganizationId, Tenant } from "../../domain/identifiers.ts";
import type { OrganizationSnapshot } from "../../domain/snapshot.ts";
import { type InstantRange, runInstant } from "../../domain/time.ts";
import { inOrder } from "../../streams/in-order.ts";
import type { Manifest } from "../format/manifest.ts";
import type { EvidenceReader } from "../store/port.ts";
import { HistoryBuilder, type HistoryEntry } from "./history.ts";
import { organizationIn } from "./organization.ts";
import { runsIn } from "./runs.ts";
import { type OrganizationState, organizationState } from "./state.ts";

const READ_AHEAD_RUNS = 4;

export interface History {
  readonly organizationId: OrganizationId;
  readonly organizationName: string | null;
  readonly connectionId: ConnectionId | null;
  /** Runs of the range that have a line for it. */
  readonly runs: number;
  readonly entries: readonly HistoryEntry[];
}

/** An Organization's states and changes over a range of runs. Throws `EvidenceError`. */
export async function historyOf(
  store: EvidenceReader,
  tenant: Tenant,
  organizationId: OrganizationId,
  range: InstantRange,
  connectionId: ConnectionId | null,
): Promise<History> {
  const builder = new HistoryBuilder(connectionId);
  let runs = 0;
  const read = (manifest: Manifest) => organizationIn(store, manifest, organizationId);
  for await (const run of inOrder(runsIn(store, tenant, range), read, READ_AHEAD_RUNS)) {
    if (run.snapshot !== null) runs += 1;
    builder.add(run);
  }
  return { organizationId, connectionId, runs, ...builder.build() };
}

/** The state of an Organization at a run, and the next observation. Throws `EvidenceError`. */
export async function stateIn(
  store: EvidenceReader,
  manifest: Manifest,
  organizationId: OrganizationId,
): Promise<OrganizationState> {
  const { snapshot } = await organizationIn(store, manifest, organizationId);
  return organizationState(manifest, snapshot, await nextObservation(store, manifest, organizationId));
}

async function nextObservation(store: EvidenceReader, { runId, tenant }: Manifest, organizationId: OrganizationId) {
  const after = { fromMs: runInstant(runId) + 1, toMs: Number.POSITIVE_INFINITY };
  for await (const manifest of runsIn(store, tenant, after)) {
    const { snapshot } = await organizationIn(store, manifest, organizationId);
    if (isObservation(snapshot)) return snapshot;
    // It left the tenant or the scope; if it came back later, that says nothing about this time.
    if (snapshot === null && manifest.status !== "failed") return null;
  }
  return null;
}

function isObservation(
  snapshot: OrganizationSnapshot | null,
): snapshot is Extract<OrganizationSnapshot, { status: "observed" | "deleted" }> {
  return snapshot !== null && snapshot.status !== "failed";
}
