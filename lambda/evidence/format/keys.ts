import { KEY_PREFIX } from "../../contract.ts";
import type { ObjectKey, RunId, Sha256, Tenant } from "../../domain/identifiers.ts";
import { parseRunId, runDay } from "../../domain/time.ts";
import type { EvidenceFile } from "./manifest.ts";

/** Every object key of the evidence store is built and parsed here. */

function key(text: string): ObjectKey {
  return text as ObjectKey;
}

function partName(part: number, word: string | null): string {
  return `part-${String(part).padStart(5, "0")}${word === null ? "" : `-${word}`}.ndjson.gz`;
}

function ofRun(prefix: string, tenant: Tenant, runId: RunId): string {
  return `${prefix}tenant=${tenant}/dt=${runDay(runId)}/${runId}`;
}

/** Part `part` (from 0) of a run's snapshot. `word` names the attempt that writes it: letters and digits. */
export function snapshotKey(tenant: Tenant, runId: RunId, part: number, word: string | null = null): ObjectKey {
  return key(`${ofRun(KEY_PREFIX.snapshots, tenant, runId)}/${partName(part, word)}`);
}

/** Part `part` (from 0) of a run's changes; `word` as for a snapshot. */
export function changesKey(tenant: Tenant, runId: RunId, part: number, word: string | null = null): ObjectKey {
  return key(`${ofRun(KEY_PREFIX.changes, tenant, runId)}/${partName(part, word)}`);
}

/** A policy that runs of a tenant were judged by, named by the SHA-256 of its bytes. */
export function policyKey(tenant: Tenant, sha256: Sha256): ObjectKey {
  return key(`${policiesPrefix(tenant)}${sha256}.json`);
}

const POLICY = /^v1\/policies\/tenant=[^/]+\/([0-9a-f]{64})\.json$/;

/** The SHA-256 in a policy's key; null for any other key. */
export function parsePolicyKey(text: string): Sha256 | null {
  const digest = POLICY.exec(text)?.[1];
  return digest === undefined ? null : (digest as Sha256);
}

/** The prefix of every policy of a tenant. */
export function policiesPrefix(tenant: Tenant): string {
  return `${KEY_PREFIX.policies}tenant=${tenant}/`;
}

/** The manifest that commits a run. */
export function manifestKey(tenant: Tenant, runId: RunId): ObjectKey {
  return key(`${ofRun(KEY_PREFIX.manifests, tenant, runId)}.json`);
}

/** The detached signature of a manifest. Its prefix is another one, because a table reads every object below its own. */
export function signatureKey(manifest: ObjectKey): ObjectKey {
  return key(`${KEY_PREFIX.signatures}${manifest.slice(KEY_PREFIX.manifests.length)}.sig`);
}

const PARTS_PREFIX = {
  snapshot: KEY_PREFIX.snapshots,
  changes: KEY_PREFIX.changes,
  findings: KEY_PREFIX.findings,
  operations: KEY_PREFIX.operations,
} satisfies Record<EvidenceFile["role"], string>;

/** The prefix of every part of a tenant's snapshots, changes, findings or operations. */
export function partsPrefix(role: EvidenceFile["role"], tenant: Tenant): string {
  return `${PARTS_PREFIX[role]}tenant=${tenant}/`;
}

/** The prefix of the parts of one run, of one role. */
export function runFolder(role: EvidenceFile["role"], tenant: Tenant, runId: RunId): string {
  return `${ofRun(PARTS_PREFIX[role], tenant, runId)}/`;
}

/** The key of a part of any role. */
export function partKey(
  role: EvidenceFile["role"],
  tenant: Tenant,
  { runId, part, word }: NonNullable<ReturnType<typeof parsePartKey>>,
): ObjectKey {
  return key(`${runFolder(role, tenant, runId)}${partName(part, word)}`);
}

/** The prefix of every snapshot part of a run. */
export function runPartsPrefix(tenant: Tenant, runId: RunId): string {
  return `${ofRun(KEY_PREFIX.snapshots, tenant, runId)}/`;
}

/** The prefix of a tenant's signatures. */
export function signaturesPrefix(tenant: Tenant): string {
  return `${KEY_PREFIX.signatures}tenant=${tenant}/`;
}

/** The prefix of a tenant's reports. */
export function reportsPrefix(tenant: Tenant): string {
  return `${KEY_PREFIX.reports}tenant=${tenant}/`;
}

/** The prefix of every manifest of a tenant; its keys ascend with the runs' IDs. */
export function manifestsPrefix(tenant: Tenant): string {
  return `${KEY_PREFIX.manifests}tenant=${tenant}/`;
}

/** A report of a run: `name` is a file name, `report.md`. */
export function reportKey(tenant: Tenant, runId: RunId, name: string): ObjectKey {
  return key(`${ofRun(KEY_PREFIX.reports, tenant, runId)}/${name}`);
}

/** The page that lists a tenant's runs. */
export function indexKey(tenant: Tenant): ObjectKey {
  return key(`${KEY_PREFIX.reports}tenant=${tenant}/index.html`);
}

/** State of the whole tenant. */
export function tenantStateKey(tenant: Tenant, name: string): ObjectKey {
  return key(`${KEY_PREFIX.state}tenant=${tenant}/${name}`);
}

/** State of one run, such as its list of Organizations. */
export function runStateKey(tenant: Tenant, runId: RunId, name: string): ObjectKey {
  return key(`${KEY_PREFIX.state}tenant=${tenant}/runs/${runId}/${name}`);
}

const MANIFEST = /^v1\/manifests\/tenant=([^/]+)\/dt=(\d{4}-\d{2}-\d{2})\/([^/]+)\.json$/;

/** The tenant and the run of a manifest's key; null for any other key. */
export function parseManifestKey(text: string): { readonly tenant: Tenant; readonly runId: RunId } | null {
  const [, tenant, day, run] = MANIFEST.exec(text) ?? [];
  if (tenant === undefined || run === undefined) return null;
  const runId = parseRunId(run);
  return runId === null || runDay(runId) !== day ? null : { tenant: tenant as Tenant, runId };
}

/** The manifest whose signature is stored under this key; null for any other key. */
export function manifestOfSignature(text: string): ObjectKey | null {
  const manifest = `${KEY_PREFIX.manifests}${text.slice(KEY_PREFIX.signatures.length).replace(/\.sig$/, "")}`;
  return parseManifestKey(manifest) !== null && signatureKey(key(manifest)) === text ? key(manifest) : null;
}

const REPORT = /^v1\/reports\/tenant=[^/]+\/dt=\d{4}-\d{2}-\d{2}\/([^/]+)\/[^/]+$/;

/** The run of a report's key; null for any other key. */
export function parseReportKey(text: string): RunId | null {
  const run = REPORT.exec(text)?.[1];
  return run === undefined ? null : parseRunId(run);
}

const PART =
  /^v1\/(?:snapshots|changes|findings|operations)\/tenant=[^/]+\/dt=\d{4}-\d{2}-\d{2}\/([^/]+)\/part-(\d+)(?:-([0-9A-Za-z]+))?\.ndjson\.gz$/;

/** What a part's key says: the run, the part's number and the word of its attempt; null for any other key. */
export function parsePartKey(
  text: string,
): { readonly runId: RunId; readonly part: number; readonly word: string | null } | null {
  const [, run, part, word = null] = PART.exec(text) ?? [];
  const runId = run === undefined ? null : parseRunId(run);
  return runId === null ? null : { runId, part: Number(part), word };
}

const TENANT = /^v1\/[a-z]+\/tenant=([^/]+)\//;

/** The tenant of a key; null when it has none. */
export function tenantOfKey(text: string): Tenant | null {
  const tenant = TENANT.exec(text)?.[1];
  return tenant === undefined ? null : (tenant as Tenant);
}
