import { expect } from "@jest/globals";
import { audit } from "../../lambda/audit/audit.ts";
import type { AuditOutcome, AuditRequest, Dependencies } from "../../lambda/audit/run.ts";
import type { Clock } from "../../lambda/domain/clock.ts";
import { EvidenceError } from "../../lambda/domain/errors.ts";
import type { OrganizationId } from "../../lambda/domain/identifiers.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import { manifestsPrefix } from "../../lambda/evidence/format/keys.ts";
import type { ManifestReference } from "../../lambda/evidence/format/manifest.ts";
import { readManifest } from "../../lambda/evidence/store/manifests.ts";
import { readVerified } from "../../lambda/evidence/store/part-reader.ts";
import { dependencies, ids, inProcessExecution, request, TENANT } from "./audit-harness.ts";
import { fakeManagementApi } from "./fake-management-api.ts";
import type { MemoryEvidenceStore } from "./memory-evidence-store.ts";

/** Time stands still here. */
export const NOW_MS = Date.UTC(2026, 2, 3, 6);
export const CLOCK: Clock = { now: () => NOW_MS, sleep: async () => {} };
/** What the Organizations have: one connection, or both. */
export const SSO: JsonObject = { connection_id: "con_1", connection: { name: "sso", strategy: "samlp" } };
export const GOOGLE: JsonObject = {
  connection_id: "con_2",
  connection: { name: "google-oauth2", strategy: "google-oauth2" },
};

function tenant(...connections: readonly JsonObject[]): ReadonlyMap<OrganizationId, readonly JsonObject[]> {
  return new Map(ids("1", "2", "3", "4", "5").map((id) => [id, connections]));
}

/** One run over `store` of a tenant of five Organizations that all have `connections`, in parts of two. */
export function run(
  store: MemoryEvidenceStore,
  day: number,
  connections: readonly JsonObject[],
  other: Partial<AuditRequest> = {},
  clock: Clock = CLOCK,
  around: Partial<Dependencies> = {},
): Promise<AuditOutcome> {
  const api = fakeManagementApi(tenant(...connections), clock.now);
  const chunk = {
    usualMs: () => 600_000,
    longestMs: () => 600_000,
    organizations: 2,
    mostOrganizations: 20_000,
    pauseSeconds: 0,
  };
  return audit(request(day, { chunk, ...other }), dependencies(store, api, { clock, ...around }), inProcessExecution);
}

/** Every manifest, each file held against it; the chain from its end to its beginning. */
export async function soundChain(store: MemoryEvidenceStore): Promise<readonly string[]> {
  const manifests = new Map<
    string,
    { readonly runId: string; readonly sha256: string; readonly previous: ManifestReference | null }
  >();
  for await (const key of store.list(manifestsPrefix(TENANT))) {
    const stored = await readManifest(store, key);
    if (stored === null || stored.manifest instanceof EvidenceError) throw new Error(`${key} cannot be read.`);
    for (const file of stored.manifest.files) for await (const _line of readVerified(store, file));
    manifests.set(key, { ...stored.reference, previous: stored.manifest.previous });
  }
  const named = new Set([...manifests.values()].map(({ previous }) => previous?.key));
  const heads = [...manifests.keys()].filter((key) => !named.has(key as ManifestReference["key"]));
  expect(heads).toHaveLength(1);
  const chain: string[] = [];
  for (let key: string | undefined = heads[0]; key !== undefined; ) {
    const manifest = manifests.get(key);
    if (manifest === undefined) throw new Error(`${key} is missing from the chain.`);
    chain.unshift(manifest.runId);
    const { previous } = manifest;
    if (previous !== null) expect(manifests.get(previous.key)?.sha256).toBe(previous.sha256);
    key = previous?.key;
  }
  expect(chain).toHaveLength(manifests.size);
  return chain;
}
