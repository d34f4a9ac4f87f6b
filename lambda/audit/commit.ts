import { EMPTY_SUMMARY, type Summary } from "../changes/summary.ts";
import { EvidenceError, type RunFailure } from "../domain/errors.ts";
import type { Sha256, Timestamp } from "../domain/identifiers.ts";
import type { RunStatus } from "../domain/run.ts";
import { runInstant, timestamp } from "../domain/time.ts";
import { sha256 } from "../evidence/format/digest.ts";
import { manifestKey, signatureKey } from "../evidence/format/keys.ts";
import { encodeManifest, FORMAT_VERSION, type Manifest, type ManifestReference } from "../evidence/format/manifest.ts";
import { readManifest } from "../evidence/store/manifests.ts";
import type { Execution } from "../execution/port.ts";
import { abandonLease, announceManifest, releaseLease } from "./lease.ts";
import { tooSlowText } from "./progress.ts";
import type { AuditOutcome, AuditRequest, Dependencies, Run } from "./run.ts";
import { addSpending, NOTHING_SPENT, type Spending } from "./spending.ts";

/** A name further from the start of its run does not say when the run was made. */
const DAY_MS = 86_400_000;

type Recorded = Extract<AuditOutcome, { kind: "recorded" }>;

/** What a run came to, as its manifest records it. */
export type RunResult = Pick<Manifest, "status" | "files" | "summary" | "logs" | "updates" | "error"> & {
  readonly spending: Spending;
};

/** What is about to be committed: fixed before, so that nothing else is ever taken for it. */
interface Prepared {
  readonly completedAt: Timestamp;
  readonly sha256: Sha256;
}

/** The result of a run that could not audit. It has no files: the next run is compared with the state before. */
export function failureResult({ code, message }: RunFailure, { managementApi }: Dependencies): RunResult {
  return {
    status: "failed",
    files: [],
    summary: EMPTY_SUMMARY,
    logs: null,
    updates: null,
    error: { code, message },
    spending: addSpending(NOTHING_SPENT, managementApi.usage()),
  };
}

export function statusOf({ organizations }: Summary): RunStatus {
  return organizations.failed > 0 ? "partial" : "complete";
}

/**
 * Records the run: its manifest is written, signed and made the end of the chain. Throws `EvidenceStoreError`,
 * `RunFailure` (`superseded`), and `EvidenceError` (`altered`) when another object is stored in the manifest's place.
 */
export async function commit(
  run: Run,
  result: RunResult,
  request: AuditRequest,
  dependencies: Dependencies,
  execution: Execution,
): Promise<Recorded> {
  const { manifest, bytes, reference } = await execution
    .step<Prepared>("prepare", async () => prepare(run, result, request, dependencies))
    .then(({ completedAt, sha256: expected }) => {
      const rebuilt = manifestOf(run, result, request, completedAt);
      if (rebuilt.reference.sha256 !== expected)
        throw new EvidenceError("altered", `${rebuilt.reference.key}: the manifest differs from the one prepared.`);
      return rebuilt;
    });
  await execution.step("commit", () => write(run, { bytes, reference }, request, dependencies));
  const { status, summary, usage, error, warnings } = manifest;
  const recorded = { runId: run.runId, manifestKey: reference.key, manifestSha256: reference.sha256 };
  return { kind: "recorded", ...recorded, status, summary, usage, error, warnings };
}

async function prepare(
  run: Run,
  result: RunResult,
  request: AuditRequest,
  dependencies: Dependencies,
): Promise<Prepared> {
  const completedAt = timestamp(dependencies.clock.now());
  const { reference } = manifestOf(run, result, request, completedAt);
  await announceManifest(run, request, dependencies, reference);
  return { completedAt, sha256: reference.sha256 };
}

interface Rebuilt {
  readonly manifest: Manifest;
  readonly bytes: Uint8Array;
  readonly reference: ManifestReference;
}

function manifestOf(run: Run, result: RunResult, request: AuditRequest, completedAt: Timestamp): Rebuilt {
  const { spending, ...found } = result;
  const key = manifestKey(run.tenant, run.runId);
  const durationMs = Math.max(0, Date.parse(completedAt) - Date.parse(run.startedAt));
  const slow = tooSlowText(durationMs, found.summary.organizations.requested, request.intervalMs);
  const [newest] = run.state;
  const manifest: Manifest = {
    formatVersion: FORMAT_VERSION,
    runId: run.runId,
    tenant: run.tenant,
    domain: run.domain,
    scheduledAt: run.scheduledAt,
    startedAt: run.startedAt,
    completedAt,
    scope: run.scope,
    producer: request.producer,
    key,
    usage: { ...spending, durationMs },
    previous: run.previous,
    baseline: newest === undefined ? null : { ...newest, key: manifestKey(run.tenant, newest.runId) },
    warnings: slow === null ? run.warnings : [...run.warnings, slow],
    scheduledTimeGiven: Math.abs(runInstant(run.runId) - Date.parse(run.startedAt)) > DAY_MS,
    kind: run.kind,
    policy: run.policy,
    ...found,
  };
  const bytes = Buffer.from(encodeManifest(manifest));
  return { manifest, bytes, reference: { runId: run.runId, key, sha256: sha256(bytes) } };
}

async function write(
  run: Run,
  { bytes, reference }: Pick<Rebuilt, "bytes" | "reference">,
  request: AuditRequest,
  dependencies: Dependencies,
): Promise<void> {
  const { signer, store } = dependencies;
  const { key } = reference;
  const made = await store.create(key, bytes, "application/json");
  const stored = made === "exists" ? ((await readManifest(store, key))?.reference ?? null) : reference;
  if (stored?.sha256 !== reference.sha256) {
    if (stored !== null) await abandonLease(run, request, dependencies, stored);
    throw new EvidenceError(
      "altered",
      `${key}: another writer put an object there while the run was at work (SHA-256 ${stored?.sha256 ?? "unknown"}). The run could not be recorded, and the object was not signed. Find out who wrote it: see docs/runbook.md#manifest-taken`,
    );
  }
  if (signer !== undefined) {
    const signature = await signer.sign(Buffer.from(reference.sha256, "hex"));
    await store.create(signatureKey(key), signature, "application/octet-stream");
  }
  await releaseLease(run, request, dependencies, reference);
}
