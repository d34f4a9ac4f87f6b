import { EvidenceError } from "../domain/errors.ts";
import type { RunId, Tenant, Timestamp } from "../domain/identifiers.ts";
import type { RunKind } from "../domain/run.ts";
import { runIdAt } from "../domain/time.ts";
import { manifestKey } from "../evidence/format/keys.ts";
import type { ManifestReference } from "../evidence/format/manifest.ts";
import { readManifest } from "../evidence/store/manifests.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";

/** So many names are tried, a second apart, when others have put objects where the run is to be recorded. */
const MOST_NAMES = 60;

/** The name that a run can be recorded under, or the manifest that records it already. */
export type NamedRun =
  | { readonly kind: "free"; readonly runId: RunId; readonly warnings: readonly string[] }
  | { readonly kind: "recorded"; readonly record: ManifestReference };

/**
 * Names a run by its scheduled time, else by its start. The key of its manifest is predictable, and what is created there
 * cannot be replaced: an object that is not a manifest of this tenant, or is from the future, is not taken for a record,
 * and the run gets the name of the next second. So does a sweep whose name an update has taken, or the other way around:
 * both may be scheduled for the same second; and an update that starts in the same second as another. Throws `EvidenceStoreError`.
 */
export async function nameRun(
  store: EvidenceReader,
  tenant: Tenant,
  { kind, scheduledAt }: { readonly kind: RunKind; readonly scheduledAt: Timestamp | null },
  startedAtMs: number,
): Promise<NamedRun> {
  const fromMs = scheduledAt === null ? startedAtMs : Date.parse(scheduledAt);
  const warnings: string[] = [];
  for (let name = 0; name < MOST_NAMES; name += 1) {
    const runId = runIdAt(fromMs + name * 1000);
    const key = manifestKey(tenant, runId);
    if (!(await store.exists(key))) return { kind: "free", runId, warnings };
    const found = await readSoundManifest(store, tenant, runId, startedAtMs);
    if (found !== null) {
      const isOther = found.kind !== null && found.kind !== kind;
      // An update without a scheduled time is never repeated: one that starts in the same second is a different run.
      if (isOther || (kind === "update" && scheduledAt === null)) continue;
      return { kind: "recorded", record: found.reference };
    }
    warnings.push(`${key} is not a manifest that this auditor wrote. The run is recorded under a later name.`);
  }
  const problem = warnings.at(-1) ?? `The names from ${runIdAt(fromMs)} on are taken by other runs.`;
  throw new EvidenceError("altered", `${problem} ${MOST_NAMES} names were tried; remove these objects.`);
}

/** The manifest of a run, if a sound one is stored that was completed before `nowMs`; else null. */
export async function readRecord(
  store: EvidenceReader,
  tenant: Tenant,
  runId: RunId,
  nowMs: number,
): Promise<ManifestReference | null> {
  return (await readSoundManifest(store, tenant, runId, nowMs))?.reference ?? null;
}

/** `kind` is null in a newer format, which this version does not read. */
async function readSoundManifest(
  store: EvidenceReader,
  tenant: Tenant,
  runId: RunId,
  nowMs: number,
): Promise<{ readonly reference: ManifestReference; readonly kind: RunKind | null } | null> {
  const stored = await readManifest(store, manifestKey(tenant, runId));
  if (stored === null) return null;
  const { manifest, reference } = stored;
  if (manifest instanceof EvidenceError) return manifest.code === "newer_format" ? { reference, kind: null } : null;
  const isPast = Date.parse(manifest.completedAt) <= nowMs + LARGEST_CLOCK_DIFFERENCE_MS;
  return isPast ? { reference, kind: manifest.kind } : null;
}

/** Two machines' clocks may differ by so much. */
const LARGEST_CLOCK_DIFFERENCE_MS = 300_000;
