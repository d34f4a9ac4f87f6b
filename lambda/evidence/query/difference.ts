import { type Comparison, diffOrganization } from "../../changes/difference.ts";
import type { Change } from "../../domain/change.ts";
import type { OrganizationId } from "../../domain/identifiers.ts";
import { lastObservation, type OrganizationSnapshot } from "../../domain/snapshot.ts";
import { pairUp } from "../../streams/merge.ts";
import { type Manifest, readsWholeTenant } from "../format/manifest.ts";
import { findLayers } from "../state/layers.ts";
import { StateSharing } from "../state/sharing.ts";
import { readState } from "../state/state.ts";
import { readManifest } from "../store/manifests.ts";
import type { EvidenceReader } from "../store/port.ts";
import { organizationIn } from "./organization.ts";
import { type RecordedRuns, timeOf } from "./recorded-runs.ts";

/**
 * The net difference between the states of a tenant after two runs, in the order of the evidence; one Organization is in
 * memory at a time. Throws `EvidenceError`.
 */
export async function* diffRuns(
  store: EvidenceReader,
  runs: RecordedRuns,
  from: Manifest,
  to: Manifest,
): AsyncGenerator<Change> {
  const [before, after] = [await layersAt(store, from), await layersAt(store, to)];
  const between = runsBetween(runs, from, to);
  const sharing = new StateSharing(store, async () => after);
  const comparison: Comparison = {
    runId: to.runId,
    startedAt: to.startedAt,
    appeared: before.some(readsWholeTenant) ? "organization_created" : "scope_added",
    disappeared: "organization_deleted",
    isShared: sharing.isShared,
  };
  for await (const { left, organizationId, right } of pairUp(readState(store, before), readState(store, after))) {
    const known = left?.known ?? null;
    const previous = (isNeverRead(known) ? await firstReading(store, between, organizationId) : null) ?? known;
    const current = right?.known ?? null;
    await sharing.prepare(previous, current);
    yield* diffAcross(previous, current, comparison);
  }
}

/** The runs completed after `from`, up to and including `to`. Throws `EvidenceError`. */
export function runsBetween(runs: RecordedRuns, from: Manifest, to: Manifest): readonly Manifest[] {
  return runs.within({ fromMs: timeOf(from) + 1, toMs: timeOf(to) });
}

async function layersAt(store: EvidenceReader, run: Manifest): Promise<readonly Manifest[]> {
  const stored = await readManifest(store, run.key);
  const { layers } = await findLayers(store, stored?.reference ?? null, "all");
  return layers.map(({ manifest }) => manifest);
}

/** Whether the Organization was never read, so that the first run that reads it sets its baseline. */
function isNeverRead(line: OrganizationSnapshot | null): boolean {
  return line?.status === "failed" && line.lastObserved === null && line.firstReading !== "enables_connections";
}

/** The first observation in some runs: the baseline of an Organization that was never read before. */
async function firstReading(store: EvidenceReader, between: readonly Manifest[], id: OrganizationId) {
  for (const manifest of between) {
    const { snapshot } = await organizationIn(store, manifest, id);
    if (snapshot?.status === "observed") return snapshot;
  }
  return null;
}

/**
 * What changed in one Organization between two runs, with any number of runs in between. Unlike between neighboring runs,
 * an Organization that the newer run could not read is compared by its last observation before that run, because the runs
 * in between reported its changes up to then.
 */
export function diffAcross(
  previous: OrganizationSnapshot | null,
  current: OrganizationSnapshot | null,
  comparison: Comparison,
): readonly Change[] {
  return diffOrganization(previous, current === null ? null : lastSeen(current, previous), comparison);
}

function lastSeen(line: OrganizationSnapshot, previous: OrganizationSnapshot | null): OrganizationSnapshot {
  if (line.status !== "failed" || line.lastObserved === null) return line;
  const { runId: _seenIn, ...seen } = line.lastObserved;
  const known = previous === null ? null : lastObservation(previous);
  // The observation is from before the older run: nothing was observed since.
  if (known !== null && known.observedAt >= seen.observedAt) return line;
  return { runId: line.runId, organizationId: line.organizationId, status: "observed", ...seen };
}
