import { EvidenceError } from "../domain/errors.ts";
import type { ObjectKey, RunId, Tenant } from "../domain/identifiers.ts";
import { indexDataKey, manifestKey, manifestsPrefix, parseManifestKey } from "../evidence/format/keys.ts";
import { readManifest } from "../evidence/store/manifests.ts";
import type { EvidenceStore } from "../evidence/store/port.ts";
import { collect } from "../streams/collect.ts";
import { inOrder } from "../streams/in-order.ts";
import { decodeIndex, type HistoryEntry, historyEntry, INDEX_RUNS, type IndexRun } from "./history.ts";

const CONCURRENT_READS = 16;

/**
 * A tenant's last runs, newest first, at most `INDEX_RUNS`. The list of stored manifests decides which runs there are;
 * what they say comes from the index that was made last, so that a run costs one list and one read instead of hundreds.
 * Only manifests that it does not know are read. The manifests never change, so the result is the one of reading them
 * all, which is what happens when that index is missing, is none, or is not `trusted`. Throws `EvidenceStoreError`.
 */
export async function readIndex(
  store: EvidenceStore,
  tenant: Tenant,
  { trusted }: { readonly trusted: boolean },
): Promise<readonly IndexRun[]> {
  const known = trusted ? await lastIndex(store, tenant) : new Map<RunId, HistoryEntry>();
  const keys = await lastManifests(store, tenant, known);
  const read = async (key: ObjectKey) => indexRun(store, key, known);
  const runs: IndexRun[] = [];
  for await (const run of inOrder(keys, read, CONCURRENT_READS)) if (run !== null) runs.push(run);
  return runs.reverse();
}

async function lastIndex(store: EvidenceStore, tenant: Tenant): Promise<ReadonlyMap<RunId, HistoryEntry>> {
  const object = await store.read(indexDataKey(tenant));
  if (object === null) return new Map();
  const entries = decodeIndex(Buffer.from(await collect(object.body)).toString());
  return new Map(entries.map((entry) => [entry.runId, entry]));
}

/** The last manifests' keys, ascending. */
async function lastManifests(
  store: EvidenceStore,
  tenant: Tenant,
  known: ReadonlyMap<RunId, HistoryEntry>,
): Promise<readonly ObjectKey[]> {
  const oldest = [...known.keys()].at(-1);
  if (oldest !== undefined && known.size >= INDEX_RUNS) {
    // One new run pushes the oldest out: years of manifests before it need not be listed.
    const recent = await lastAfter(store, tenant, manifestKey(tenant, oldest));
    if (recent.length >= INDEX_RUNS) return recent;
  }
  return lastAfter(store, tenant);
}

async function lastAfter(store: EvidenceStore, tenant: Tenant, after?: ObjectKey): Promise<readonly ObjectKey[]> {
  const keys: ObjectKey[] = [];
  for await (const key of store.list(manifestsPrefix(tenant), after)) {
    if (parseManifestKey(key) === null) continue;
    keys.push(key);
    if (keys.length > INDEX_RUNS) keys.shift();
  }
  return keys;
}

async function indexRun(
  store: EvidenceStore,
  key: ObjectKey,
  known: ReadonlyMap<RunId, HistoryEntry>,
): Promise<IndexRun | null> {
  const named = parseManifestKey(key);
  if (named === null) return null;
  const { runId } = named;
  const entry = known.get(runId);
  if (entry !== undefined) return { runId, entry };
  const stored = await readManifest(store, key);
  if (stored === null) return null;
  return { runId, entry: stored.manifest instanceof EvidenceError ? null : historyEntry(stored.manifest) };
}
