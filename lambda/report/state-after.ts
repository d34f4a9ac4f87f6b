import type { OrganizationSnapshot } from "../domain/snapshot.ts";
import type { ManifestReference } from "../evidence/format/manifest.ts";
import { findLayers } from "../evidence/state/layers.ts";
import { readState } from "../evidence/state/state.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";

/** Above this many Organizations, the state is written by sweeps alone: an update must stay cheap. */
const MOST_ORGANIZATIONS = 20_000;

/**
 * The state of the whole tenant after a run that read a part of it, in ascending order; null for a tenant with more than
 * `MOST_ORGANIZATIONS`. Throws `EvidenceError`, while it is read, for evidence of an earlier run that was altered.
 */
export async function stateAfter(
  store: EvidenceReader,
  run: ManifestReference,
): Promise<AsyncIterable<OrganizationSnapshot> | null> {
  const { layers } = await findLayers(store, run, "all", { areReadLater: true });
  const most = Math.max(0, ...layers.map(({ manifest }) => manifest.summary.organizations.requested));
  return most > MOST_ORGANIZATIONS
    ? null
    : newestLines(
        store,
        layers.map(({ manifest }) => manifest),
      );
}

async function* newestLines(store: EvidenceReader, layers: Parameters<typeof readState>[1]) {
  for await (const { known } of readState(store, layers)) yield known;
}
