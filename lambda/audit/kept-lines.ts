import type { ObjectKey, OrganizationId, Sha256 } from "../domain/identifiers.ts";
import { decodeLine, encodeLine } from "../evidence/format/json-line.ts";
import type { Shape } from "../evidence/format/shape.ts";
import { readVerified } from "../evidence/store/part-reader.ts";
import { PART_CONTENT_TYPE, PartWriter } from "../evidence/store/part-writer.ts";
import type { EvidenceReader, EvidenceStore } from "../evidence/store/port.ts";
import { unreadable } from "./state.ts";

/** Lines that a run keeps in state. The execution keeps their digest: an object that was changed since is not used. */
export interface KeptLines {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: Sha256;
}

/** Keeps `items` under `key`, in their order. Throws `EvidenceStoreError`. */
export async function keepLines<Item extends { readonly organizationId: OrganizationId | null }>(
  store: EvidenceStore,
  key: ObjectKey,
  shape: Shape<Item>,
  items: Iterable<Item>,
): Promise<KeptLines> {
  const writer = new PartWriter("kept", key);
  for (const item of items) await writer.add(item.organizationId, encodeLine(shape, item));
  const { body, file } = await writer.finish();
  await store.replace(key, body, PART_CONTENT_TYPE);
  return { rows: file.rows, bytes: file.bytes, sha256: file.sha256 };
}

/** The items that were kept under `key`. Throws `RunFailure` (`evidence_unreadable`): `what` was changed. */
export async function* readKept<Item>(
  store: EvidenceReader,
  key: ObjectKey,
  shape: Shape<Item>,
  { bytes, rows, sha256 }: KeptLines,
  what: string,
): AsyncGenerator<Item> {
  try {
    for await (const line of readVerified(store, { key, rows, bytes, sha256, stored: null }))
      yield decodeLine(shape, line, key);
  } catch (error) {
    throw unreadable(error, `${what} was changed`);
  }
}
