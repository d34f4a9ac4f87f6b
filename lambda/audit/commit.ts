import type { Summary } from "../changes/summary.ts";
import { addSummaries, EMPTY_SUMMARY } from "../changes/summary.ts";
import { EvidenceError, RunFailure } from "../domain/errors.ts";
import type { RunStatus } from "../domain/run.ts";
import { timestamp } from "../domain/time.ts";
import { sha256 } from "../evidence/format/digest.ts";
import { manifestKey, signatureKey } from "../evidence/format/keys.ts";
import type { EvidenceFile, Manifest, ManifestReference } from "../evidence/format/manifest.ts";
import { encodeManifest, FORMAT_VERSION } from "../evidence/format/manifest.ts";
import { readManifest } from "../evidence/store/manifests.ts";
import { announceManifest, releaseSweep } from "./lease.ts";
import type { OrganizationList } from "./organization-list.ts";
import { tooSlowText } from "./progress.ts";
import type { AuditOutcome, AuditRequest, Dependencies, Run } from "./run.ts";
import { addSpending, NOTHING_SPENT, type Spending } from "./spending.ts";
import type { Chunk } from "./sweep.ts";

type Recorded = Extract<AuditOutcome, { kind: "recorded" }>;
type Findings = Pick<Manifest, "status" | "files" | "summary" | "error"> & { readonly spending: Spending };

/** Commits a finished sweep. Throws `EvidenceStoreError`, and `RunFailure` (`superseded`). */
export function commitSweep(
  run: Run,
  list: OrganizationList,
  chunks: readonly Chunk[],
  request: AuditRequest,
  dependencies: Dependencies,
): Promise<Recorded> {
  const summary = chunks.map((chunk) => chunk.summary).reduce(addSummaries, EMPTY_SUMMARY);
  return commit(run, request, dependencies, {
    status: statusOf(summary),
    files: [...chunks.map(({ snapshot }) => snapshot), ...chunks.map(({ changes }) => changes)],
    summary,
    error: null,
    spending: chunks.map(({ spending }) => spending).reduce(addSpending, list.spending),
  });
}

/** Records that the run could not audit. It has no files: the next run is compared with the last one that has. */
export function commitFailure(
  run: Run,
  { code, message }: RunFailure,
  request: AuditRequest,
  dependencies: Dependencies,
): Promise<Recorded> {
  const files: readonly EvidenceFile[] = [];
  return commit(run, request, dependencies, {
    status: "failed",
    files,
    summary: EMPTY_SUMMARY,
    error: { code, message },
    spending: addSpending(NOTHING_SPENT, dependencies.managementApi.usage()),
  });
}

function statusOf({ organizations }: Summary): RunStatus {
  return organizations.failed > 0 ? "partial" : "complete";
}

async function commit(
  run: Run,
  request: AuditRequest,
  dependencies: Dependencies,
  findings: Findings,
): Promise<Recorded> {
  const { spending, ...found } = findings;
  const completedAtMs = dependencies.clock.now();
  const key = manifestKey(run.tenant, run.runId);
  const durationMs = Math.max(0, completedAtMs - Date.parse(run.startedAt));
  const slow = tooSlowText(durationMs, found.summary.organizations.requested, request.intervalMs);
  const manifest: Manifest = {
    formatVersion: FORMAT_VERSION,
    runId: run.runId,
    tenant: run.tenant,
    domain: run.domain,
    scheduledAt: run.scheduledAt,
    startedAt: run.startedAt,
    completedAt: timestamp(completedAtMs),
    scope: run.scope,
    producer: request.producer,
    key,
    usage: { ...spending, durationMs },
    previous: run.previous,
    baseline: run.baseline?.manifest ?? null,
    warnings: slow === null ? run.warnings : [...run.warnings, slow],
    ...found,
  };
  const bytes = Buffer.from(encodeManifest(manifest));
  await announceManifest(run, request, dependencies, { runId: run.runId, key, sha256: sha256(bytes) });
  await dependencies.store.create(key, bytes, "application/json");
  // What is stored wins: a repeated commit finds the manifest that stands there.
  const stored = await readManifest(dependencies.store, key);
  if (stored === null) throw new RunFailure("evidence_unreadable", `${key}: it was written and is not there.`);
  if (stored.manifest instanceof EvidenceError) throw stored.manifest;
  await signManifest(stored.reference, dependencies);
  await releaseSweep(run, request, dependencies, stored.reference);
  const { status, summary, usage, error, warnings } = stored.manifest;
  return { kind: "recorded", runId: run.runId, status, manifestKey: key, summary, usage, error, warnings };
}

/** Puts the signature of the stored bytes beside the manifest. It is written once: a repeated commit leaves it as it is. */
async function signManifest(
  { key, sha256: digest }: ManifestReference,
  { signer, store }: Dependencies,
): Promise<void> {
  if (signer === undefined) return;
  const signature = await signer.sign(Buffer.from(digest, "hex"));
  await store.create(signatureKey(key), signature, "application/octet-stream");
}
