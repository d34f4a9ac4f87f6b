import { RunFailure } from "../domain/errors.ts";
import type { ObjectKey, RunId, Tenant } from "../domain/identifiers.ts";
import { manifestKey } from "../evidence/format/keys.ts";
import type { ManifestReference } from "../evidence/format/manifest.ts";
import { changeSweepLock, type SweepLock } from "./lock.ts";
import type { AuditRequest, Dependencies, Run } from "./run.ts";

type Asking = Pick<AuditRequest, "executionId" | "leaseMs">;

/** Whether the sweep is ours now, and if not, why. */
export type Acquisition =
  | { readonly kind: "acquired"; readonly lock: SweepLock }
  | { readonly kind: "already_recorded"; readonly manifestKey: ObjectKey }
  | { readonly kind: "held"; readonly holder: RunId };

/**
 * Takes the tenant's sweep for a run, unless the run is recorded or another one is alive. A holder whose lease is over,
 * or whose process is known to be dead, is taken over. Throws `EvidenceStoreError`.
 */
export async function acquireSweep(
  tenant: Tenant,
  runId: RunId,
  { executionId, leaseMs }: Asking,
  { clock, isDead, store }: Dependencies,
): Promise<Acquisition> {
  const key = manifestKey(tenant, runId);
  let isRecorded = false;
  const { before, changed } = await changeSweepLock(store, tenant, async (lock) => {
    // Asked inside the swap: whoever committed the run released the lock after it.
    isRecorded = await store.exists(key);
    if (isRecorded) return null;
    const { holder } = lock;
    const isAlive =
      holder !== null &&
      holder.executionId !== executionId &&
      holder.leaseUntilMs > clock.now() &&
      !isDead(holder.executionId) &&
      // Its run is committed: it died, or is about to let go.
      !(await store.exists(manifestKey(tenant, holder.runId)));
    return isAlive ? null : { ...lock, holder: { runId, executionId, leaseUntilMs: clock.now() + leaseMs } };
  });
  if (isRecorded) return { kind: "already_recorded", manifestKey: key };
  return changed ? { kind: "acquired", lock: before } : { kind: "held", holder: before.holder?.runId ?? runId };
}

/** Holds the sweep for another lease. Throws `RunFailure` (`superseded`) when somebody else has taken it. */
export async function renewLease(run: Run, asking: Asking, dependencies: Dependencies): Promise<void> {
  await holdOn(run, asking, dependencies, (lock) => lock);
}

/** Notes that a manifest is about to be committed, still as the holder. Throws `RunFailure` (`superseded`). */
export async function announceManifest(
  run: Run,
  asking: Asking,
  dependencies: Dependencies,
  pending: ManifestReference,
): Promise<void> {
  await holdOn(run, asking, dependencies, (lock) => ({ ...lock, pending }));
}

/** The manifest is committed: it ends the chain, and the sweep is free. */
export async function releaseSweep(
  run: Run,
  asking: Asking,
  { store }: Dependencies,
  head: ManifestReference,
): Promise<void> {
  await changeSweepLock(store, run.tenant, (lock) =>
    isOwn(lock, run, asking) ? { holder: null, head, pending: null } : null,
  );
}

async function holdOn(
  run: Run,
  asking: Asking,
  { clock, isDead, store }: Dependencies,
  change: (lock: SweepLock) => SweepLock,
): Promise<void> {
  const { executionId, leaseMs } = asking;
  const { before, changed } = await changeSweepLock(store, run.tenant, (lock) => {
    // A dead process may have been an earlier one of this execution, or another run's: what it held is nobody's.
    const isHeld = lock.holder !== null && (isOwn(lock, run, asking) || !isDead(lock.holder.executionId));
    if (isHeld ? !isOwn(lock, run, asking) : hasMovedOn(lock, run)) return null;
    return { ...change(lock), holder: { runId: run.runId, executionId, leaseUntilMs: clock.now() + leaseMs } };
  });
  if (!changed)
    throw new RunFailure(
      "superseded",
      `Run ${before.holder?.runId ?? "of another execution"} took the sweep of ${run.tenant} over; ${run.runId} stands back.`,
    );
}

/** Nobody holds the sweep, and yet the chain does not end where this run found it: another run came and went. */
function hasMovedOn({ head }: SweepLock, { previous, runId }: Run): boolean {
  return head !== null && head.runId !== runId && head.sha256 !== previous?.sha256;
}

/** An execution may have begun in a process that died: the one that goes on with it holds what that one held. */
function isOwn({ holder }: SweepLock, run: Run, { executionId }: Asking): boolean {
  return holder !== null && (holder.executionId === executionId || holder.executionId === run.executionId);
}
