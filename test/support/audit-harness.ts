import { audit } from "../../lambda/audit/audit.ts";
import type { AuditProgress } from "../../lambda/audit/port.ts";
import type { AuditOutcome, AuditRequest, Dependencies } from "../../lambda/audit/run.ts";
import { managementApi } from "../../lambda/auth0/client.ts";
import type { ManagementApi } from "../../lambda/auth0/port.ts";
import { fixedToken, managementApiToken } from "../../lambda/auth0/token/token.ts";
import type { DemoTenant } from "../../lambda/demo/tenant.ts";
import type { Change } from "../../lambda/domain/change.ts";
import type { Finding } from "../../lambda/domain/finding.ts";
import type { OrganizationId, RunId, Tenant } from "../../lambda/domain/identifiers.ts";
import type { OrganizationSnapshot } from "../../lambda/domain/snapshot.ts";
import { parseDomain, tenantOf } from "../../lambda/domain/tenant.ts";
import { timestamp } from "../../lambda/domain/time.ts";
import { manifestKey } from "../../lambda/evidence/format/keys.ts";
import { decodeChange, decodeFinding, decodeSnapshot } from "../../lambda/evidence/format/lines.ts";
import type { Manifest } from "../../lambda/evidence/format/manifest.ts";
import { decodeManifest } from "../../lambda/evidence/format/manifest.ts";
import { readVerified } from "../../lambda/evidence/store/part-reader.ts";
import type { EvidenceStore } from "../../lambda/evidence/store/port.ts";
import type { Execution } from "../../lambda/execution/port.ts";
import { systemClock } from "../../lambda/execution/system-clock.ts";
import { BUILT_IN_POLICY_TEXT } from "../../lambda/findings/policy.ts";
import { collect } from "../../lambda/streams/collect.ts";

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
    policy: { source: "built-in", text: BUILT_IN_POLICY_TEXT },
    attribution: "full",
    kind: "sweep",
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

export function dependencies(
  store: EvidenceStore,
  api: ManagementApi,
  other: Partial<Dependencies> = {},
): Dependencies {
  return { clock: systemClock, store, managementApi: api, isDead: () => false, progress: () => {}, ...other };
}

/** One run of one day, from first step to last. */
export async function auditDay(
  day: number,
  store: EvidenceStore,
  tenant: DemoTenant,
  { progress, ...other }: Partial<AuditRequest> & { readonly progress?: (progress: AuditProgress) => void } = {},
): Promise<AuditOutcome> {
  const around = dependencies(store, apiOf(tenant), progress === undefined ? {} : { progress });
  return audit(request(day, other), around, inProcessExecution);
}

/** All that a run left as evidence, read back and decoded. */
export interface Evidence {
  readonly manifest: Manifest;
  readonly snapshot: readonly OrganizationSnapshot[];
  readonly changes: readonly Change[];
  readonly findings: readonly Finding[];
}

export async function readEvidence(store: EvidenceStore, runId: RunId, tenant: Tenant = TENANT): Promise<Evidence> {
  const key = manifestKey(tenant, runId);
  const object = await store.read(key);
  if (object === null) throw new Error(`${key} is not there.`);
  const manifest = decodeManifest(Buffer.from(await collect(object.body)).toString(), key);
  const lines = async (role: string) => {
    const all: string[] = [];
    for (const file of manifest.files.filter((one) => one.role === role))
      for await (const line of readVerified(store, file)) all.push(line);
    return all;
  };
  return {
    manifest,
    snapshot: (await lines("snapshot")).map((line) => decodeSnapshot(line, "snapshot")),
    changes: (await lines("changes")).map((line) => decodeChange(line, "changes")),
    findings: (await lines("findings")).map((line) => decodeFinding(line, "findings")),
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
