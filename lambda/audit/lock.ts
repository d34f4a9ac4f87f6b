import * as v from "valibot";
import { EvidenceStoreError } from "../domain/errors.ts";
import type { RunId, Tenant } from "../domain/identifiers.ts";
import { parseJson } from "../evidence/format/json-line.ts";
import { tenantStateKey } from "../evidence/format/keys.ts";
import type { ManifestReference } from "../evidence/format/manifest.ts";
import { count, digest, objectKey, runId } from "../evidence/format/values.ts";
import type { EvidenceReader, EvidenceStore } from "../evidence/store/port.ts";
import { collect } from "../streams/collect.ts";

const LOCK_NAME = "sweep-lock.json";
const JSON_CONTENT_TYPE = "application/json";
/** Others may change the object between our read and our write; each loser reads again. */
const COMPARE_AND_SWAP_ATTEMPTS = 20;

/**
 * The tenant's one mutable object: who sweeps it now, and where its chain of manifests ends. It is changed by
 * compare-and-swap only. It is not evidence: when it is lost, the chain's end is found again from the manifests.
 */
export interface SweepLock {
  readonly holder: {
    readonly runId: RunId;
    readonly executionId: string;
    /** Milliseconds since the epoch; past it, anybody may take over. */
    readonly leaseUntilMs: number;
  } | null;
  /** The last manifest that was committed; null when nobody knows. */
  readonly head: ManifestReference | null;
  /** The manifest that is about to be committed: written before it, so that a crash between the two heals. */
  readonly pending: ManifestReference | null;
}

const referenceSchema = v.nullable(
  v.pipe(
    v.object({ run_id: runId.schema, key: objectKey.schema, sha256: digest.schema }),
    v.transform(({ run_id, key, sha256 }): ManifestReference => ({ runId: run_id, key, sha256 })),
  ),
);
const lockSchema = v.object({
  holder: v.nullable(v.object({ run_id: runId.schema, execution_id: v.string(), lease_until_ms: count.schema })),
  head: referenceSchema,
  pending: referenceSchema,
});
const NOBODY: SweepLock = { holder: null, head: null, pending: null };

function referenceObject(reference: ManifestReference | null): object | null {
  return reference === null ? null : { run_id: reference.runId, key: reference.key, sha256: reference.sha256 };
}

function encode({ holder, head, pending }: SweepLock): Uint8Array {
  return Buffer.from(
    `${JSON.stringify({
      holder:
        holder === null
          ? null
          : { run_id: holder.runId, execution_id: holder.executionId, lease_until_ms: holder.leaseUntilMs },
      head: referenceObject(head),
      pending: referenceObject(pending),
    })}\n`,
  );
}

/** The lock as it stands; nobody's when it is lost. Throws `EvidenceStoreError`. */
export async function readSweepLock(store: EvidenceReader, tenant: Tenant): Promise<SweepLock> {
  const stored = await store.read(tenantStateKey(tenant, LOCK_NAME));
  return stored === null ? NOBODY : decode(Buffer.from(await collect(stored.body)).toString());
}

/** State may be cut off, edited or deleted: what cannot be read counts as lost, and nothing is lost with it. */
function decode(text: string): SweepLock {
  let value: unknown;
  try {
    value = parseJson(text, "the sweep lock");
  } catch {
    return NOBODY;
  }
  const parsed = v.safeParse(lockSchema, value);
  if (!parsed.success) return NOBODY;
  const { holder, head, pending } = parsed.output;
  return {
    holder:
      holder === null
        ? null
        : { runId: holder.run_id, executionId: holder.execution_id, leaseUntilMs: holder.lease_until_ms },
    head,
    pending,
  };
}

/**
 * Changes the lock by compare-and-swap: `change` sees what stands there and answers what shall, or null to leave it.
 * Answers what stood there and whether it was changed. Throws `EvidenceStoreError`.
 */
export async function changeSweepLock(
  store: EvidenceStore,
  tenant: Tenant,
  change: (lock: SweepLock) => SweepLock | null | Promise<SweepLock | null>,
): Promise<{ readonly before: SweepLock; readonly changed: boolean }> {
  const key = tenantStateKey(tenant, LOCK_NAME);
  for (let attempt = 1; attempt <= COMPARE_AND_SWAP_ATTEMPTS; attempt += 1) {
    const stored = await store.read(key);
    const before = stored === null ? NOBODY : decode(Buffer.from(await collect(stored.body)).toString());
    const after = await change(before);
    if (after === null) return { before, changed: false };
    const condition = { ifMatch: stored?.etag ?? null };
    if ((await store.replace(key, encode(after), JSON_CONTENT_TYPE, condition)) !== null)
      return { before, changed: true };
  }
  throw new EvidenceStoreError("unreachable", `${key}: it changes faster than it can be changed; try again.`);
}
