import { baselineOf, type Comparison, diffOrganization } from "../../changes/difference.ts";
import type { Change } from "../../domain/change.ts";
import type { OrganizationId } from "../../domain/identifiers.ts";
import type { OrganizationSnapshot } from "../../domain/snapshot.ts";
import { runInstant } from "../../domain/time.ts";
import { pairUp } from "../../streams/merge.ts";
import type { Manifest } from "../format/manifest.ts";
import type { EvidenceReader } from "../store/port.ts";
import { organizationIn } from "./organization.ts";
import { snapshotOf } from "./run-lines.ts";
import { runsIn } from "./runs.ts";

/**
 * The changes between any two runs, in the order of the evidence; one Organization is in memory at a time. Throws
 * `EvidenceError`.
 */
export async function* diffRuns(store: EvidenceReader, from: Manifest, to: Manifest): AsyncGenerator<Change> {
  const comparison = { runId: to.runId, startedAt: to.startedAt, scope: to.scope, previousScope: from.scope };
  for await (const { left, organizationId, right } of pairUp(snapshotOf(store, from), snapshotOf(store, to))) {
    const previous = isNeverRead(left) ? await firstReading(store, from, to, organizationId) : null;
    yield* diffAcross(previous ?? left, right, comparison);
  }
}

/** Whether the Organization was never read, so that the first run that reads it sets its baseline. */
function isNeverRead(line: OrganizationSnapshot | null): boolean {
  return line?.status === "failed" && line.lastObserved === null && line.firstReading !== "enables_connections";
}

/** The first observation after `from`: the baseline of an Organization that was never read before. */
async function firstReading(store: EvidenceReader, from: Manifest, to: Manifest, id: OrganizationId) {
  const between = { fromMs: runInstant(from.runId) + 1, toMs: runInstant(to.runId) };
  for await (const manifest of runsIn(store, from.tenant, between)) {
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
  const known = previous === null ? null : baselineOf(previous);
  // The observation is from before the older run: nothing was observed since.
  if (known !== null && known.observedAt >= seen.observedAt) return line;
  return { runId: line.runId, organizationId: line.organizationId, status: "observed", ...seen };
}
