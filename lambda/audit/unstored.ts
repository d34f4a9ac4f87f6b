import { KEY_PREFIX } from "../contract.ts";
import { EvidenceStoreError } from "../domain/errors.ts";
import type { ObjectKey } from "../domain/identifiers.ts";
import { PART_CONTENT_TYPE } from "../evidence/store/part-writer.ts";
import type { EvidenceStore } from "../evidence/store/port.ts";

/**
 * A step's result holds 256 KB in all (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html), and
 * base64 makes three bytes four.
 */
const MOST_KEPT_BYTES = 180_000;
/** Reading ends when so much is compressed: what is under way then still fits. */
export const KEPT_PART_BYTES = 120_000;

/** An object that was read from the tenant and that the store could not take: the execution keeps it until it can. */
export interface Kept {
  readonly key: ObjectKey;
  readonly base64: string;
}

/** The part as the execution keeps it. Throws `error` when it is not that the store is away, or the part is too large. */
export function keepable(error: unknown, { key, body }: { readonly key: ObjectKey; readonly body: Uint8Array }): Kept {
  const isAway = error instanceof EvidenceStoreError && error.code === "unreachable";
  if (!isAway || body.length > MOST_KEPT_BYTES) throw error;
  return { key, base64: Buffer.from(body).toString("base64") };
}

/**
 * Stores a kept object; state may be replaced, evidence is only created. Throws `EvidenceStoreError`.
 */
export async function storeKept(store: EvidenceStore, { key, base64 }: Kept): Promise<void> {
  const body = Buffer.from(base64, "base64");
  if (key.startsWith(KEY_PREFIX.state)) await store.replace(key, body, PART_CONTENT_TYPE);
  else await store.create(key, body, PART_CONTENT_TYPE);
}
