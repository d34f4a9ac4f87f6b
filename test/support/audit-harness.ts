import { audit } from "../../lambda/audit.ts";
import { managementApi } from "../../lambda/auth0/client.ts";
import { parseDomain, tenantOf } from "../../lambda/core/domain.ts";
import { decodeChange, decodeSnapshot } from "../../lambda/core/evidence.ts";
import { manifestKey } from "../../lambda/core/keys.ts";
import { decodeManifest } from "../../lambda/core/manifest.ts";
import type { Change, Manifest, OrganizationId, OrganizationSnapshot, RunId, Tenant } from "../../lambda/core/model.ts";
import { timestamp } from "../../lambda/core/time.ts";
import { systemClock } from "../../lambda/edges/system-clock.ts";
import { fixedToken, managementApiToken } from "../../lambda/edges/token.ts";
import type { DemoTenant } from "../../lambda/local/demo-tenant.ts";
import type { AuditProgress, EvidenceStore, Execution, ManagementApi } from "../../lambda/ports.ts";
import { collect, readLines } from "../../lambda/steps/parts.ts";
import type { AuditOutcome, AuditRequest, Outside } from "../../lambda/steps/run.ts";

/** Runs the steps as they come; nothing is saved. */
export const inProcessExecution: Execution = {
  operationsLeft: () => 3_000,
  step: (_name, work) => work(),
  wait: async () => {},
};

export const DOMAIN = parseDomain("acme.eu.auth0.com", "the test");
export const TENANT = tenantOf(DOMAIN);
const FIRST_DAY_MS = Date.UTC(2026, 2, 3, 6);
export const DAY_MS = 86_400_000;

/** The Management API of a demo tenant over real HTTP. */
export function apiOf(tenant: DemoTenant, signal?: AbortSignal): ManagementApi {
  return managementApi({
    domain: DOMAIN,
    baseUrl: tenant.url,
    tokenSource: fixedToken(managementApiToken(tenant.token, "the test")),
    clock: systemClock,
    version: "0.0.0",
    reserve: 0,
    random: () => 0,
    requestTimeoutMs: 2_000,
    ...(signal === undefined ? {} : { signal }),
  });
}

export function request(day: number, other: Partial<AuditRequest> = {}): AuditRequest {
  return {
    domain: DOMAIN,
    organizations: "all",
    scheduledAt: timestamp(FIRST_DAY_MS + day * DAY_MS),
    executionId: `execution-${day}`,
    producer: { name: "auth0-organization-auditor", version: "0.0.0" },
    chunk: {
      usualMs: () => 600_000,
      longestMs: () => 600_000,
      organizations: 7,
      mostOrganizations: 20_000,
      pauseSeconds: 0,
    },
    leaseMs: 60_000,
    intervalMs: null,
    ...other,
  };
}

export function outside(store: EvidenceStore, api: ManagementApi, other: Partial<Outside> = {}): Outside {
  return { clock: systemClock, store, managementApi: api, isDead: () => false, progress: () => {}, ...other };
}

/** One run of one day, from first step to last. */
export async function auditDay(
  day: number,
  store: EvidenceStore,
  tenant: DemoTenant,
  { progress, ...other }: Partial<AuditRequest> & { readonly progress?: (progress: AuditProgress) => void } = {},
): Promise<AuditOutcome> {
  const around = outside(store, apiOf(tenant), progress === undefined ? {} : { progress });
  return audit(request(day, other), around, inProcessExecution);
}

/** All that a run left as evidence, read back and decoded. */
export interface Evidence {
  readonly manifest: Manifest;
  readonly snapshot: readonly OrganizationSnapshot[];
  readonly changes: readonly Change[];
}

export async function readEvidence(store: EvidenceStore, runId: RunId, tenant: Tenant = TENANT): Promise<Evidence> {
  const key = manifestKey(tenant, runId);
  const object = await store.read(key);
  if (object === null) throw new Error(`${key} is not there.`);
  const manifest = decodeManifest(Buffer.from(await collect(object.body)).toString(), key);
  const lines = async (role: string) => {
    const all: string[] = [];
    for (const file of manifest.files.filter((one) => one.role === role))
      for await (const line of readLines(store, file.key)) all.push(line);
    return all;
  };
  return {
    manifest,
    snapshot: (await lines("snapshot")).map((line) => decodeSnapshot(line, "snapshot")),
    changes: (await lines("changes")).map((line) => decodeChange(line, "changes")),
  };
}

/** The evidence of a run that must have been recorded. */
export async function recorded(store: EvidenceStore, outcome: AuditOutcome): Promise<Evidence> {
  if (outcome.kind !== "recorded") throw new Error(`The run is ${outcome.kind}.`);
  return readEvidence(store, outcome.runId);
}

/** Changes in short: `high connection_enabled org con`, IDs by their last three characters. */
export function told(changes: readonly Change[]): readonly string[] {
  const end = (id: string | null) => id?.slice(-3) ?? "-";
  return changes.map(
    ({ severity, change, organizationId, connectionId }) =>
      `${severity} ${change} ${end(organizationId)} ${end(connectionId)}`,
  );
}

export function ids(...ends: readonly string[]): readonly OrganizationId[] {
  return ends.map((end) => `org_${end.padStart(16, "0")}` as OrganizationId);
}
