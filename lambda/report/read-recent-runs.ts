import { EvidenceError } from "../domain/errors.ts";
import type { Manifest, ManifestReference } from "../evidence/format/manifest.ts";
import { readManifest } from "../evidence/store/manifests.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import { type BrokenLink, MAX_RECENT_RUNS, type RecentRuns, runSummary } from "./recent-runs.ts";

/**
 * Reads the runs before a run by following its chain of manifests back. Each manifest is checked against the hash in the
 * manifest that follows it. The result depends only on stored manifests, so it is the same each time. Throws
 * `EvidenceStoreError`.
 */
export async function readRecentRuns(store: EvidenceReader, manifest: Manifest): Promise<RecentRuns> {
  const runs = [runSummary(manifest)];
  let next = manifest.previous;
  while (next !== null && runs.length < MAX_RECENT_RUNS) {
    const linked = await follow(store, next);
    if ("problem" in linked) return { runs: runs.reverse(), broken: linked };
    runs.push(runSummary(linked));
    next = linked.previous;
  }
  return { runs: runs.reverse(), broken: null };
}

async function follow(store: EvidenceReader, reference: ManifestReference): Promise<Manifest | BrokenLink> {
  const stored = await readManifest(store, reference.key);
  if (stored === null) return { reference, problem: "missing" };
  if (stored.reference.sha256 !== reference.sha256) return { reference, problem: "altered" };
  return stored.manifest instanceof EvidenceError ? { reference, problem: "unreadable" } : stored.manifest;
}
