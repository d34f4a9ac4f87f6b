import { KEY_PREFIX } from "../contract.ts";
import type { ObjectKey } from "../domain/identifiers.ts";
import type { EvidenceReader, StoredObject } from "../evidence/store/port.ts";
import { collect } from "../streams/collect.ts";

/** Parts and policies never change: those that were read last stay in memory, compressed, up to so many bytes together. */
const MOST_BYTES = 128 * 1024 * 1024;
/** Larger objects are streamed each time. */
const MOST_OBJECT_BYTES = 4 * 1024 * 1024;
const CACHED_PREFIXES = [
  KEY_PREFIX.snapshots,
  KEY_PREFIX.changes,
  KEY_PREFIX.findings,
  KEY_PREFIX.operations,
  KEY_PREFIX.policies,
];

/** The same evidence, with the parts that were read last in memory. What is read is still checked against its manifest. */
export function withPartCache(store: EvidenceReader): EvidenceReader {
  const cache = new Map<ObjectKey, { readonly bytes: Uint8Array; readonly etag: string }>();
  let held = 0;

  const keep = (key: ObjectKey, bytes: Uint8Array, etag: string) => {
    if (cache.has(key)) return;
    cache.set(key, { bytes, etag });
    held += bytes.length;
    for (const [oldest, { bytes: dropped }] of cache) {
      if (held <= MOST_BYTES) break;
      cache.delete(oldest);
      held -= dropped.length;
    }
  };

  const read = async (key: ObjectKey): Promise<StoredObject | null> => {
    const cached = cache.get(key);
    if (cached !== undefined) {
      // Moves it to the end: the oldest use is dropped first.
      cache.delete(key);
      cache.set(key, cached);
      return { body: once([cached.bytes]), etag: cached.etag };
    }
    const object = await store.read(key);
    if (object === null || !CACHED_PREFIXES.some((prefix) => key.startsWith(prefix))) return object;
    const chunks = object.body[Symbol.asyncIterator]();
    const begun = await collect(upTo(chunks), MOST_OBJECT_BYTES);
    if (begun.length > MOST_OBJECT_BYTES) return { body: joined(begun, chunks), etag: object.etag };
    keep(key, begun, object.etag);
    return { body: once([begun]), etag: object.etag };
  };

  return { location: store.location, exists: store.exists, list: store.list, read };
}

async function* once(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** Does not close the iterator when the reader stops: the rest is read later. */
function upTo(chunks: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => ({ next: () => chunks.next() }) };
}

async function* joined(begun: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield begun;
  try {
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
