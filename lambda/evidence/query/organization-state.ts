import type { OrganizationId } from "../../domain/identifiers.ts";
import type { OrganizationSnapshot } from "../../domain/snapshot.ts";
import { type Manifest, readsWholeTenant } from "../format/manifest.ts";
import type { EvidenceReader } from "../store/port.ts";
import { organizationIn } from "./organization.ts";
import type { RecordedRuns } from "./recorded-runs.ts";
import { type OrganizationState, organizationState, type StateLine } from "./state.ts";

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
    const { organizationDisplayName, organizationName } = snapshot;
    if (organizationName !== null) return { ...found, organizationName, organizationDisplayName };
  }
  if (found !== null) return { ...found, organizationName: null, organizationDisplayName: null };
  return { run: null, isWholeTenantKnown: layers.some(readsWholeTenant) };
}

async function nextObservation(store: EvidenceReader, later: readonly Manifest[], organizationId: OrganizationId) {
  for (const manifest of later) {
    const { snapshot } = await organizationIn(store, manifest, organizationId);
    if (isObservation(snapshot)) return snapshot;
    // It left the tenant; if it came back later, that says nothing about this time. A run over a list says nothing of it.
    if (snapshot === null && manifest.status !== "failed" && readsWholeTenant(manifest)) return null;
  }
  return null;
}

function isObservation(
  snapshot: OrganizationSnapshot | null,
): snapshot is Extract<OrganizationSnapshot, { status: "observed" | "deleted" }> {
  return snapshot !== null && snapshot.status !== "failed";
}
