import { EvidenceError } from "../domain/errors.ts";
import type { ObjectKey, RunId, Tenant } from "../domain/identifiers.ts";
import { indexDataKey, manifestKey, manifestsPrefix, parseManifestKey } from "../evidence/format/keys.ts";
import { readManifest } from "../evidence/store/manifests.ts";
import type { EvidenceStore } from "../evidence/store/port.ts";
import { collect } from "../streams/collect.ts";
import { inOrder } from "../streams/in-order.ts";
import { decodeIndex, type IndexRun, MAX_INDEX_RUNS } from "./index-format.ts";
import { type RunSummary, runSummary } from "./recent-runs.ts";

const CONCURRENT_READS = 16;

/**
 * A tenant's last runs, newest first, at most `MAX_INDEX_RUNS`. The stored manifests decide which runs are listed. With
 * `trusted`, the summaries of known runs come from the stored index and only new manifests are read. Manifests never
 * change, so the result is the same as reading all of them, which is what happens otherwise. Throws `EvidenceStoreError`.
 */
export async function readIndex(
  store: EvidenceStore,
  tenant: Tenant,
  { trusted }: { readonly trusted: boolean },
): Promise<readonly IndexRun[]> {
  const known = trusted ? await storedIndex(store, tenant) : new Map<RunId, RunSummary>();
  const keys = await lastManifests(store, tenant, known);
  const read = async (key: ObjectKey) => indexRun(store, key, known);
  const runs: IndexRun[] = [];
  for await (const run of inOrder(keys, read, CONCURRENT_READS)) if (run !== null) runs.push(run);
  return runs.reverse();
}

async function storedIndex(store: EvidenceStore, tenant: Tenant): Promise<ReadonlyMap<RunId, RunSummary>> {
  const object = await store.read(indexDataKey(tenant));
  if (object === null) return new Map();
  const summaries = decodeIndex(Buffer.from(await collect(object.body)).toString());
  return new Map(summaries.map((summary) => [summary.runId, summary]));
}

/** The keys of the last manifests, oldest first. */
async function lastManifests(
  store: EvidenceStore,
  tenant: Tenant,
  known: ReadonlyMap<RunId, RunSummary>,
): Promise<readonly ObjectKey[]> {
  const oldest = [...known.keys()].at(-1);
  if (oldest !== undefined && known.size >= MAX_INDEX_RUNS) {
    // The index is full: a new run replaces its oldest, so manifests from before the oldest need not be listed.
    const recent = await lastAfter(store, tenant, manifestKey(tenant, oldest));
    if (recent.length >= MAX_INDEX_RUNS) return recent;
  }
  return lastAfter(store, tenant);
}

async function lastAfter(store: EvidenceStore, tenant: Tenant, after?: ObjectKey): Promise<readonly ObjectKey[]> {
  const keys: ObjectKey[] = [];
  for await (const key of store.list(manifestsPrefix(tenant), after)) {
    if (parseManifestKey(key) === null) continue;
    keys.push(key);
    if (keys.length > MAX_INDEX_RUNS) keys.shift();
  }
  return keys;
}

async function indexRun(
  store: EvidenceStore,
  key: ObjectKey,
  known: ReadonlyMap<RunId, RunSummary>,
): Promise<IndexRun | null> {
  const runId = parseManifestKey(key)?.runId;
  if (runId === undefined) return null;
  const summary = known.get(runId);
  if (summary !== undefined) return { runId, summary };
  const stored = await readManifest(store, key);
  if (stored === null) return null;
  return { runId, summary: stored.manifest instanceof EvidenceError ? null : runSummary(stored.manifest) };
}
