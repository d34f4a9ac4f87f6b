import { RunFailure } from "../domain/errors.ts";
import type { RunId, Tenant } from "../domain/identifiers.ts";
import type { ManifestReference } from "../evidence/format/manifest.ts";
import { changeSweepLock, type SweepLock } from "./lock.ts";
import { type NamedRun, nameRun, readRecord } from "./name-run.ts";
import type { AuditRequest, Dependencies, Run } from "./run.ts";

type Asking = Pick<AuditRequest, "executionId" | "kind" | "leaseMs" | "scheduledAt">;

/** Whether the run may start now, and if not, why. */
export type Acquisition =
  | { readonly kind: "acquired"; readonly lock: SweepLock; readonly named: Extract<NamedRun, { kind: "free" }> }
  | { readonly kind: "already_recorded"; readonly record: ManifestReference; readonly isReported: boolean }
  | { readonly kind: "held"; readonly runId: RunId; readonly holder: RunId };

/**
 * Names the run and takes the tenant's lease for it, unless the run is recorded or another one is alive. A holder whose
 * lease has ended, or whose process is known to be dead, is replaced. Throws `EvidenceStoreError`.
 */
export async function acquireLease(
  tenant: Tenant,
  startedAtMs: number,
  asking: Asking,
  { clock, isDead, store }: Dependencies,
): Promise<Acquisition> {
  const { executionId, leaseMs } = asking;
  const attempts: NamedRun[] = [];
  const { before, changed } = await changeSweepLock(store, tenant, async (lock) => {
    // Asked inside the swap: an execution releases the lease only after it has committed its run.
    const named = await nameRun(store, tenant, asking, startedAtMs);
    attempts.push(named);
    if (named.kind === "recorded") return null;
    const { holder } = lock;
    const isAlive =
      holder !== null &&
      holder.executionId !== executionId &&
      isLeaseValid(holder.leaseUntilMs, clock.now(), leaseMs) &&
      !isDead(holder.executionId) &&
      // Its run is committed: it died, or is about to let go.
      (await readRecord(store, tenant, holder.runId, clock.now())) === null;
    const holding = { runId: named.runId, executionId, leaseUntilMs: clock.now() + leaseMs };
    return isAlive ? null : { ...lock, holder: holding };
  });
  const found = attempts.at(-1);
  if (found === undefined) throw new TypeError("The lock was changed without being read.");
  if (found.kind === "recorded")
    return {
      kind: "already_recorded",
      record: found.record,
      isReported: before.reported !== null && before.reported >= found.record.runId,
    };
  if (changed) return { kind: "acquired", lock: before, named: found };
  return { kind: "held", runId: found.runId, holder: before.holder?.runId ?? found.runId };
}

/** No run takes a lease that ends later than its length from now: a later end was not written by one. */
function isLeaseValid(leaseUntilMs: number, nowMs: number, leaseMs: number): boolean {
  return leaseUntilMs > nowMs && leaseUntilMs <= nowMs + 2 * leaseMs;
}

/** Keeps the lease for its full length from now. Throws `RunFailure` (`superseded`) when another run has taken it. */
export async function renewLease(run: Run, asking: Asking, dependencies: Dependencies): Promise<void> {
  await changeHeld(run, asking, dependencies, (lock) => lock);
}

/** Notes that a manifest is about to be committed, still as the holder. Throws `RunFailure` (`superseded`). */
export async function announceManifest(
  run: Run,
  asking: Asking,
  dependencies: Dependencies,
  pending: ManifestReference,
): Promise<void> {
  await changeHeld(run, asking, dependencies, (lock) => ({ ...lock, pending }));
}

/** The manifest is committed: it ends the chain, and the lease is free. */
export async function releaseLease(
  run: Run,
  asking: Asking,
  { store }: Dependencies,
  head: ManifestReference,
): Promise<void> {
  await changeSweepLock(store, run.tenant, (lock) =>
    isOwn(lock, run, asking) ? { ...lock, holder: null, head, pending: null } : null,
  );
}

/** The run records nothing: the lease is free, and the chain ends where it did. */
export async function endLease(run: Run, asking: Asking, { store }: Dependencies): Promise<void> {
  await changeSweepLock(store, run.tenant, (lock) => (isOwn(lock, run, asking) ? { ...lock, holder: null } : null));
}

/** The run cannot be recorded, because the object `rejected` takes its place: the lease is free for the next run. */
export async function abandonLease(
  run: Run,
  asking: Asking,
  { store }: Dependencies,
  rejected: ManifestReference,
): Promise<void> {
  await changeSweepLock(store, run.tenant, (lock) => ({
    ...lock,
    ...(isOwn(lock, run, asking) ? { holder: null, pending: null } : {}),
    rejected: [...lock.rejected.filter((sha256) => sha256 !== rejected.sha256), rejected.sha256],
  }));
}

/** The end of the run was reported. */
export async function noteReported({ store }: Dependencies, tenant: Tenant, runId: RunId): Promise<void> {
  await changeSweepLock(store, tenant, (lock) =>
    lock.reported !== null && lock.reported >= runId ? null : { ...lock, reported: runId },
  );
}

async function changeHeld(
  run: Run,
  asking: Asking,
  { clock, isDead, store }: Dependencies,
  change: (lock: SweepLock) => SweepLock,
): Promise<void> {
  const { executionId, leaseMs } = asking;
  const { before, changed } = await changeSweepLock(store, run.tenant, (lock) => {
    // A dead process may have been an earlier one of this execution, or another run's: its lease is free.
    const isHeld = lock.holder !== null && (isOwn(lock, run, asking) || !isDead(lock.holder.executionId));
    if (isHeld ? !isOwn(lock, run, asking) : hasMovedOn(lock, run)) return null;
    return { ...change(lock), holder: { runId: run.runId, executionId, leaseUntilMs: clock.now() + leaseMs } };
  });
  if (!changed)
    throw new RunFailure(
      "superseded",
      `Run ${before.holder?.runId ?? "of another execution"} took over the audit of ${run.tenant}; run ${run.runId} is skipped.`,
    );
}

/** The lease is free, and yet the chain does not end where this run found it: another run was recorded since. */
function hasMovedOn({ head }: SweepLock, { previous, runId }: Run): boolean {
  return head !== null && head.runId !== runId && head.sha256 !== previous?.sha256;
}

/** An execution may have begun in a process that died: the process that resumes it holds the same lease. */
function isOwn({ holder }: SweepLock, run: Run, { executionId }: Asking): boolean {
  return holder !== null && (holder.executionId === executionId || holder.executionId === run.executionId);
}
