import { EvidenceError, RunFailure } from "../domain/errors.ts";
import type { OrganizationId } from "../domain/identifiers.ts";
import type { OrganizationSnapshot } from "../domain/snapshot.ts";
import { decodeSnapshot } from "../evidence/format/lines.ts";
import { readManifest } from "../evidence/store/manifests.ts";
import { readVerified } from "../evidence/store/part-reader.ts";
import type { EvidenceStore } from "../evidence/store/port.ts";
import type { Run } from "./run.ts";

/**
 * The previous snapshot past `after`, in ascending order, read from the parts that can hold it. An Organization that it
 * found deleted is not in it. Throws `RunFailure` (`evidence_unreadable`) when it changed since the run began.
 */
export async function* baselineAfter(
  store: EvidenceStore,
  { baseline }: Pick<Run, "baseline">,
  after: OrganizationId | null,
): AsyncGenerator<OrganizationSnapshot> {
  if (baseline === null) return;
  try {
    const stored = await readManifest(store, baseline.manifest.key);
    if (stored === null || stored.reference.sha256 !== baseline.manifest.sha256)
      throw new EvidenceError("altered", `${baseline.manifest.key}: it changed while the run compared with it.`);
    if (stored.manifest instanceof EvidenceError) throw stored.manifest;
    for (const file of stored.manifest.files) {
      if (file.role !== "snapshot" || isBefore(file.lastOrganizationId, after)) continue;
      for await (const line of readVerified(store, file)) {
        const snapshot = decodeSnapshot(line, file.key);
        if (snapshot.status !== "deleted" && !isBefore(snapshot.organizationId, after)) yield snapshot;
      }
    }
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    throw new RunFailure("evidence_unreadable", `The previous snapshot can no longer be read: ${error.message}`, {
      cause: error,
    });
  }
}

function isBefore(last: OrganizationId | null, after: OrganizationId | null): boolean {
  return last !== null && after !== null && last <= after;
}
