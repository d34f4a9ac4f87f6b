import { EvidenceError } from "../domain/errors.ts";
import type { ObjectKey, RunId, Tenant } from "../domain/identifiers.ts";
import { manifestsPrefix, parseManifestKey } from "../evidence/format/keys.ts";
import { readManifest } from "../evidence/store/manifests.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import { inOrder } from "../streams/in-order.ts";
import { type RunSummary, runSummary } from "./recent-runs.ts";

/** The index lists at most this many runs: more than a year of daily runs. */
export const MAX_INDEX_RUNS = 400;
const CONCURRENT_READS = 8;

/** A run in the index. `summary` is null when this version cannot read the run's manifest. */
export interface IndexRun {
  readonly runId: RunId;
  readonly summary: RunSummary | null;
}

/**
 * A tenant's last runs, newest first, at most `MAX_INDEX_RUNS`. All figures come from the manifests, never from an earlier
 * index, because reports can be replaced. Throws `EvidenceStoreError`.
 */
export async function readIndex(store: EvidenceReader, tenant: Tenant): Promise<readonly IndexRun[]> {
  const keys: ObjectKey[] = [];
  for await (const key of store.list(manifestsPrefix(tenant))) {
    if (parseManifestKey(key) === null) continue;
    keys.push(key);
    if (keys.length > MAX_INDEX_RUNS) keys.shift();
  }
  const runs: IndexRun[] = [];
  for await (const run of inOrder(keys, (key) => indexRun(store, key), CONCURRENT_READS))
    if (run !== null) runs.push(run);
  return runs.reverse();
}

async function indexRun(store: EvidenceReader, key: ObjectKey): Promise<IndexRun | null> {
  const stored = await readManifest(store, key);
  if (stored === null) return null;
  const { manifest, reference } = stored;
  return { runId: reference.runId, summary: manifest instanceof EvidenceError ? null : runSummary(manifest) };
}
