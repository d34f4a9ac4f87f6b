import type { ObjectKey } from "../../domain/identifiers.ts";
import { tenantOf } from "../../domain/tenant.ts";
import { parseManifestKey, parsePartKey, partKey, policyKey } from "../format/keys.ts";
import {
  checkOwnDigest,
  type EvidenceFile,
  FILE_ROLES,
  type Manifest,
  type ManifestReference,
} from "../format/manifest.ts";
import { altered } from "./problem.ts";

/**
 * Checks a manifest against its own digest, its key and itself: the counts must add up, and the files must be the run's.
 * Throws `EvidenceError` (`altered`, `malformed`).
 */
export function checkManifest(manifest: Manifest, text: string, key: ObjectKey): void {
  if (checkOwnDigest(text, key) === "differs") altered(key, "its content does not match its own digest");
  checkIdentity(manifest, key);
  checkFiles(manifest, key);
  checkCounts(manifest, key);
  checkUpdates(manifest, key);
}

function checkUpdates({ kind, status, updates }: Manifest, key: ObjectKey): void {
  const rests = updates !== null;
  if (rests !== (kind === "update" && status !== "failed"))
    altered(
      key,
      rests ? `it is a ${status} ${kind}, but says what it builds on` : "it is an update, but builds on nothing",
    );
  if (updates !== null && updates.from > updates.until)
    altered(key, "the time that its hints cover ends before it starts");
}

function checkIdentity(manifest: Manifest, key: ObjectKey): void {
  const named = parseManifestKey(key);
  if (manifest.key !== key) altered(key, `it was written as ${manifest.key}`);
  if (named?.runId !== manifest.runId || named.tenant !== manifest.tenant || tenantOf(manifest.domain) !== named.tenant)
    altered(key, "its run or tenant differs from its key");
  for (const reference of [manifest.previous, manifest.baseline, manifest.updates?.base ?? null])
    if (reference !== null && !isOfTenant(reference, manifest))
      altered(key, `it names ${reference.key}, which is not another manifest of its tenant`);
  const { policy, tenant } = manifest;
  if (policy !== null && policy.key !== policyKey(tenant, policy.sha256))
    altered(key, `it names ${policy.key}, which is not the policy of its hash`);
}

function isOfTenant(reference: ManifestReference, manifest: Manifest): boolean {
  const named = parseManifestKey(reference.key);
  return named?.tenant === manifest.tenant && named.runId === reference.runId && reference.key !== manifest.key;
}

function checkFiles({ files, tenant, runId, status, error, logs, policy }: Manifest, key: ObjectKey): void {
  const parts = (role: EvidenceFile["role"]) => files.filter((file) => file.role === role);
  const first = parsePartKey(files[0]?.key ?? "")?.part ?? 0;
  const areNumbered = (role: EvidenceFile["role"]) =>
    parts(role).every(({ key }, part) => {
      const word = parsePartKey(key)?.word ?? null;
      return key === partKey(role, tenant, { runId, part: first + part, word });
    });
  if (!FILE_ROLES.every(areNumbered)) altered(key, "its files are not the parts of this run, numbered one by one");
  const isFailed = status === "failed";
  if (isFailed !== (error !== null)) altered(key, `it is ${status}, but ${isFailed ? "has no error" : "has an error"}`);
  if (isFailed ? files.length > 0 : parts("snapshot").length === 0 || parts("changes").length === 0)
    altered(key, `it is ${status}, but ${isFailed ? "has files" : "has no snapshot or no changes"}`);
  const isJudged = policy !== null && !isFailed;
  if (isJudged !== parts("findings").length > 0)
    altered(key, isJudged ? "it names a policy, but has no findings" : "it has findings, but names no policy");
  const hasLogs = logs !== null;
  if (hasLogs !== parts("operations").length > 0)
    altered(key, hasLogs ? "it read the logs, but has no operations" : "it has operations, but read no logs");
  if (hasLogs && (logs.complete !== (logs.because === null) || logs.from > logs.until))
    altered(key, "what it says of the logs contradicts itself");
}

function checkCounts({ files, kind, logs, status, summary }: Manifest, key: ObjectKey): void {
  const { requested, observed, failed, deleted } = summary.organizations;
  const rows = (role: EvidenceFile["role"]) =>
    files.reduce((sum, file) => (file.role === role ? sum + file.rows : sum), 0);
  if (requested !== observed + failed + deleted || requested !== rows("snapshot"))
    altered(key, "its counts of Organizations do not match its files");
  const changes = total(summary.changes);
  if (changes !== total(summary.severity) || changes !== rows("changes"))
    altered(key, "its counts of changes do not match its files");
  const { missedByHints } = summary;
  if (missedByHints !== null && (kind === "update" || missedByHints > changes))
    altered(key, "its count of changes that no hint named does not match its changes");
  const { new: added, notEvaluated, open, waived } = summary.findings;
  if (total(open) + waived + notEvaluated !== rows("findings") || added > total(open))
    altered(key, "its counts of findings do not match its files");
  // Who made each change takes all operations beside all changes: their sum is checked here, and no line again.
  const attributed = total(summary.attribution);
  const isAttributed = logs === null ? summary.attribution.none === attributed : attributed === changes;
  if (!isAttributed || attributed > changes) altered(key, "its counts of attributions do not match its changes");
  if (summary.undone > rows("operations")) altered(key, "its count of what came and went does not match its files");
  if (status !== "failed" && failed > 0 !== (status === "partial"))
    altered(key, `it is ${status}, but has ${failed} failed Organizations`);
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
