import { EvidenceError, RunFailure } from "../domain/errors.ts";
import type { OrganizationId } from "../domain/identifiers.ts";
import type { KnownOrganization } from "../domain/snapshot.ts";
import { manifestKey } from "../evidence/format/keys.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import { readState } from "../evidence/state/state.ts";
import { readValid } from "../evidence/store/manifests.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import type { Run } from "./run.ts";

/** What the state at the start of the run holds of an Organization. */
export interface Known {
  readonly organizationId: OrganizationId;
  readonly known: KnownOrganization;
}

/**
 * The Organizations that the run is compared with, past `after`, in ascending order. A run over a list is compared with
 * what the state holds of its own Organizations and of those of the list before. Throws `RunFailure`
 * (`evidence_unreadable`) when the evidence changed since the run began.
 */
export async function* knownAfter(
  store: EvidenceReader,
  run: Pick<Run, "scope" | "comparison">,
  layers: readonly Manifest[],
  wanted: readonly OrganizationId[] | "all",
  after: OrganizationId | null,
): AsyncGenerator<Known> {
  try {
    const ofRun = wanted === "all" ? null : new Set(wanted);
    // The newest sweep's list, of which its updates are a part.
    const wholeUpTo =
      run.comparison.disappeared === "scope_removed" ? layers.findIndex(({ kind }) => kind === "sweep") : -1;
    const selection = wanted === "all" ? { after } : { after, wanted, wholeUpTo };
    for await (const { organizationId, known, scope, layer } of readState(store, layers, selection)) {
      if (run.scope === "all" && scope === "list" && isNeverObserved(known)) continue;
      // A list says nothing about Organizations that neither it nor the list before names.
      if (ofRun?.has(organizationId) !== false || layer <= wholeUpTo) yield { organizationId, known };
    }
  } catch (error) {
    throw unreadable(error, "The previous evidence can no longer be read");
  }
}

/** The failure of a run that stored evidence can no longer be read, and what that is; any other error as it is. */
export function unreadable(error: unknown, what: string): unknown {
  if (!(error instanceof EvidenceError)) return error;
  return new RunFailure("evidence_unreadable", `${what}: ${error.message}`, { cause: error });
}

/** Whether only lists ever named it, and none of their runs could read it: such an ID may never have existed. */
function isNeverObserved(known: KnownOrganization): boolean {
  return known.status === "failed" && known.lastObserved === null;
}

/** The manifests of the runs that make up the state. Throws `RunFailure` (`evidence_unreadable`) when one was changed. */
export async function readLayers(
  store: EvidenceReader,
  { tenant, state }: Pick<Run, "tenant" | "state">,
): Promise<readonly Manifest[]> {
  const layers: Manifest[] = [];
  try {
    for (const { runId, sha256 } of state) {
      const key = manifestKey(tenant, runId);
      const { manifest, reference } = await readValid(store, key);
      if (reference.sha256 !== sha256)
        throw new EvidenceError("altered", `${key}: it changed while the run was compared with it.`);
      layers.push(manifest);
    }
  } catch (error) {
    throw unreadable(error, "The previous evidence can no longer be read");
  }
  return layers;
}
