import { KEY_PREFIX } from "../contract.ts";
import type { ObjectKey } from "../domain/identifiers.ts";
import { MOST_MANIFEST_BYTES } from "../evidence/store/manifests.ts";
import type { EvidenceReader, StoredObject } from "../evidence/store/port.ts";
import { collect } from "../streams/collect.ts";
import { MAX_RECENT_RUNS } from "./recent-runs.ts";

/** Together at most 16 MB. */
const MOST_CACHED = 2 * MAX_RECENT_RUNS;
const MOST_CACHED_BYTES = 256 * 1024;

/** Reads each manifest once while reports are rendered in the order of their runs: each report reads those before its own. */
export function withManifestCache(store: EvidenceReader): EvidenceReader {
  const cache = new Map<ObjectKey, { readonly bytes: Uint8Array; readonly etag: string }>();
  const read = async (key: ObjectKey): Promise<StoredObject | null> => {
    if (!key.startsWith(KEY_PREFIX.manifests)) return store.read(key);
    const cached = cache.get(key);
    if (cached !== undefined) return { body: once(cached.bytes), etag: cached.etag };
    const object = await store.read(key);
    if (object === null) return null;
    const bytes = await collect(object.body, MOST_MANIFEST_BYTES);
    if (bytes.length <= MOST_CACHED_BYTES) cache.set(key, { bytes, etag: object.etag });
    const [oldest] = cache.keys();
    if (cache.size > MOST_CACHED && oldest !== undefined) cache.delete(oldest);
    return { body: once(bytes), etag: object.etag };
  };
  return { location: store.location, exists: store.exists, list: store.list, read };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
