import type { RunId, Sha256, Tenant } from "../domain/identifiers.ts";
import { tenantStateKey } from "../evidence/format/keys.ts";
import { type ManifestReference, referenceShape } from "../evidence/format/manifest.ts";
import { added, list, nullable, object } from "../evidence/format/shape.ts";
import { count, digest, runId, text } from "../evidence/format/values.ts";
import type { EvidenceReader, EvidenceStore } from "../evidence/store/port.ts";
import { changeStateObject, readStateObject } from "../evidence/store/state-object.ts";

const LOCK_NAME = "sweep-lock.json";
/** Rejected manifests that the lock remembers, the newest last. */
const MOST_REJECTED = 100;

/**
 * The tenant's one mutable object: who audits it now, and where its chain of manifests ends. It is changed by
 * compare-and-swap only. It is a hint and no evidence: it is believed as far as the evidence confirms it, and when it is
 * lost, the end of the chain is found again from the manifests.
 */
export interface SweepLock {
  readonly holder: {
    readonly runId: RunId;
    readonly executionId: string;
    /** Milliseconds since the epoch; after it, any run may take over. */
    readonly leaseUntilMs: number;
  } | null;
  /** The last manifest that was committed; null when it is not known. */
  readonly head: ManifestReference | null;
  /** The manifest that is about to be committed: written before it, so that a crash between the two heals. */
  readonly pending: ManifestReference | null;
  /** The last run whose end was reported to the event bus and the metrics; null when it is not known. */
  readonly reported: RunId | null;
  /** Manifests that another writer put where a run was to be recorded: no run is chained to them. */
  readonly rejected: readonly Sha256[];
}

const storedLock = object({
  holder: nullable(object({ run_id: runId, execution_id: text, lease_until_ms: count })),
  head: nullable(referenceShape),
  pending: nullable(referenceShape),
  reported: added(nullable(runId), null),
  rejected: added(list(digest), []),
});
const FREE: SweepLock = { holder: null, head: null, pending: null, reported: null, rejected: [] };

function kept(lock: SweepLock): SweepLock {
  return { ...lock, rejected: lock.rejected.slice(-MOST_REJECTED) };
}

/** The lock as it is stored; a free one when it is lost. Throws `EvidenceStoreError`. */
export async function readSweepLock(store: EvidenceReader, tenant: Tenant): Promise<SweepLock> {
  return (await readStateObject(store, tenantStateKey(tenant, LOCK_NAME), storedLock)) ?? FREE;
}

/**
 * Changes the lock by compare-and-swap: `change` receives the current one and answers the new one, or null to leave it.
 * Answers the lock before, and whether it was changed. Throws `EvidenceStoreError`.
 */
export async function changeSweepLock(
  store: EvidenceStore,
  tenant: Tenant,
  change: (lock: SweepLock) => SweepLock | null | Promise<SweepLock | null>,
): Promise<{ readonly before: SweepLock; readonly changed: boolean }> {
  const { before, changed } = await changeStateObject(
    store,
    tenantStateKey(tenant, LOCK_NAME),
    storedLock,
    async (stored) => {
      const lock = await change(stored ?? FREE);
      return lock === null ? null : kept(lock);
    },
  );
  return { before: before ?? FREE, changed };
}
