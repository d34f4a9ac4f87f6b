import { baselineOf, type Comparison, diffOrganization } from "../../changes/difference.ts";
import type { Change } from "../../domain/change.ts";
import type { OrganizationSnapshot } from "../../domain/snapshot.ts";

/**
 * What changed in one Organization between two runs, however many lie in between. As between neighbours, but for an
 * Organization that the newer run could not read: what was last seen of it before then is compared, for the runs in
 * between have told changes up to there.
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
  // Carried from before the older run: nothing was seen since.
  if (known !== null && known.observedAt >= seen.observedAt) return line;
  return { runId: line.runId, organizationId: line.organizationId, status: "observed", ...seen };
}
