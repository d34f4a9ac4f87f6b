import { EvidenceError, EvidenceStoreError } from "../../domain/errors.ts";
import type { ObjectKey } from "../../domain/identifiers.ts";
import { collect } from "../../streams/collect.ts";
import { decodeLine, encodeLine } from "../format/json-line.ts";
import type { Shape } from "../format/shape.ts";
import type { EvidenceReader, EvidenceStore } from "./port.ts";

const JSON_CONTENT_TYPE = "application/json";
/** Others may change the object between our read and our write; each loser reads again. */
const COMPARE_AND_SWAP_ATTEMPTS = 20;
/** State takes a few hundred bytes; anything larger was not written by this program. */
const LARGEST_STATE_BYTES = 64 * 1024;

/**
 * The state that is stored under a key, null when there is none. State may be cut off, edited or deleted: what cannot be
 * read counts as lost, and nothing is lost with it. Throws `EvidenceStoreError`.
 */
export async function readStateObject<Model>(
  store: EvidenceReader,
  key: ObjectKey,
  shape: Shape<Model>,
): Promise<Model | null> {
  return (await read(store, key, shape)).model;
}

/**
 * Changes a state by compare-and-swap: `change` receives the current one and answers the new one, or null to leave it.
 * Answers the state before, and whether it was changed. Throws `EvidenceStoreError`.
 */
export async function changeStateObject<Model>(
  store: EvidenceStore,
  key: ObjectKey,
  shape: Shape<Model>,
  change: (before: Model | null) => Model | null | Promise<Model | null>,
): Promise<{ readonly before: Model | null; readonly changed: boolean }> {
  for (let attempt = 1; attempt <= COMPARE_AND_SWAP_ATTEMPTS; attempt += 1) {
    const { etag, model: before } = await read(store, key, shape);
    const after = await change(before);
    if (after === null) return { before, changed: false };
    const body = Buffer.from(encodeLine(shape, after));
    if ((await store.replace(key, body, JSON_CONTENT_TYPE, { ifMatch: etag })) !== null)
      return { before, changed: true };
  }
  throw new EvidenceStoreError("unreachable", `${key}: other processes keep changing it; try again.`);
}

async function read<Model>(store: EvidenceReader, key: ObjectKey, shape: Shape<Model>) {
  const stored = await store.read(key);
  if (stored === null) return { etag: null, model: null };
  const bytes = await collect(stored.body, LARGEST_STATE_BYTES);
  return { etag: stored.etag, model: decode(bytes, key, shape) };
}

function decode<Model>(bytes: Uint8Array, key: ObjectKey, shape: Shape<Model>): Model | null {
  try {
    return decodeLine(shape, Buffer.from(bytes).toString(), key);
  } catch (error) {
    if (error instanceof EvidenceError) return null;
    throw error;
  }
}
