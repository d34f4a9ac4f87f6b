import { EvidenceError } from "../domain/errors.ts";
import type { Manifest, ManifestReference } from "../evidence/format/manifest.ts";
import { readManifest } from "../evidence/store/manifests.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import { type BrokenLink, HISTORY_RUNS, type History, historyEntry } from "./history.ts";

/**
 * The runs up to this one, walking its chain of manifests back and holding each link against the hash that the manifest
 * after it recorded. It depends on stored manifests alone, so the same run always has the same history. Throws
 * `EvidenceStoreError`.
 */
export async function readHistory(store: EvidenceReader, manifest: Manifest): Promise<History> {
  const runs = [historyEntry(manifest)];
  let next = manifest.previous;
  while (next !== null && runs.length < HISTORY_RUNS) {
    const linked = await follow(store, next);
    if ("problem" in linked) return { runs: runs.reverse(), broken: linked };
    runs.push(historyEntry(linked));
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
