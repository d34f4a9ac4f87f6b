import { audit } from "../../lambda/audit/audit.ts";
import type { AuditOutcome, AuditRequest, Dependencies } from "../../lambda/audit/run.ts";
import { managementApi } from "../../lambda/auth0/client.ts";
import type { ManagementApi } from "../../lambda/auth0/port.ts";
import { fixedToken, managementApiToken } from "../../lambda/auth0/token/token.ts";
import { SCOPE } from "../../lambda/contract.ts";
import {
  type DemoOrganization,
  type DemoTenant,
  type FaultRequest,
  startDemoTenant,
} from "../../lambda/demo/tenant.ts";
import type { Clock } from "../../lambda/domain/clock.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import type { Operation } from "../../lambda/domain/operation.ts";
import { decodeOperation } from "../../lambda/evidence/format/lines.ts";
import { readVerified } from "../../lambda/evidence/store/part-reader.ts";
import type { EvidenceStore } from "../../lambda/evidence/store/port.ts";
import type { Execution } from "../../lambda/execution/port.ts";
import { DAY_MS, DOMAIN, type Evidence, inProcessExecution, recorded, request } from "./audit-harness.ts";

/** When the run of day 0 begins. */
export const DAY_0 = Date.UTC(2026, 2, 3, 6);
export const SCOPES: readonly string[] = [SCOPE.connections, SCOPE.organizations, SCOPE.logs];

export type EvidenceWithOperations = Evidence & { readonly operations: readonly Operation[] };

/** A demo tenant in virtual time, whose every request takes a second, and the audits of it. */
export class LoggedTenant {
  nowMs = DAY_0;
  readonly tenant: DemoTenant;
  readonly clock: Clock = {
    now: () => this.nowMs,
    sleep: async (milliseconds) => {
      this.nowMs += milliseconds;
    },
  };
  /** Called at each request, before it is answered; true when it has answered. */
  during: (request: FaultRequest) => boolean = () => false;

  private constructor(make: (now: () => number) => DemoTenant) {
    this.tenant = make(() => this.nowMs);
    this.tenant.fault = (asked) => {
      this.nowMs += 1_000;
      return this.during(asked);
    };
  }

  static async start(
    organizations: readonly DemoOrganization[],
    scopes: readonly string[] = SCOPES,
  ): Promise<LoggedTenant> {
    // The class is made with a clock that it holds itself.
    let clock = () => DAY_0 - 3_600_000;
    const bucket = { kind: "drip", limit: 100_000, perSecond: 100_000 } as const;
    const tenant = await startDemoTenant({ organizations, scopes, bucket, now: () => clock() });
    const logged = new LoggedTenant((now) => {
      clock = now;
      return tenant;
    });
    return logged;
  }

  api(other: Partial<Parameters<typeof managementApi>[0]> = {}): ManagementApi {
    const api = managementApi({
      domain: DOMAIN,
      baseUrl: this.tenant.url,
      tokenSource: fixedToken(managementApiToken(this.tenant.token, "the test")),
      clock: this.clock,
      version: "0.0.0",
      reserve: 0,
      random: () => 0,
      firstBackoffMs: 1,
      requestTimeoutMs: 200,
      ...other,
    });
    // One read after the other: what happens between two of them is known.
    return { ...api, concurrency: () => 1 };
  }

  run(
    day: number,
    store: EvidenceStore,
    asked: Partial<AuditRequest> = {},
    other: Partial<Dependencies> = {},
    execution: Execution = inProcessExecution,
  ): Promise<AuditOutcome> {
    this.nowMs = Math.max(this.nowMs, DAY_0 + day * DAY_MS);
    const around = { clock: this.clock, store, managementApi: this.api(), isDead: () => false, progress: () => {} };
    return audit(request(day, asked), { ...around, ...other }, execution);
  }

  async evidence(
    day: number,
    store: EvidenceStore,
    asked: Partial<AuditRequest> = {},
    other: Partial<Dependencies> = {},
  ): Promise<EvidenceWithOperations> {
    this.nowMs = Math.max(this.nowMs, DAY_0 + day * DAY_MS);
    this.tenant.rotateToken();
    return withOperations(store, await this.run(day, store, asked, other));
  }
}

export async function withOperations(store: EvidenceStore, outcome: AuditOutcome): Promise<EvidenceWithOperations> {
  const evidence = await recorded(store, outcome);
  const operations: Operation[] = [];
  for (const file of evidence.manifest.files.filter(({ role }) => role === "operations"))
    for await (const line of readVerified(store, file)) operations.push(decodeOperation(line, file.key));
  return { ...evidence, operations };
}

export function samlOf(id: string): JsonObject {
  return { connection_id: `con_saml_${id}`, connection: { name: `saml-${id}`, strategy: "samlp" } };
}

export const GOOGLE = { connection_id: "con_google", connection: { name: "google-oauth2", strategy: "google-oauth2" } };

/** `org_` and 16 times the letter. */
export function orgId(letter: string): string {
  return `org_${letter.repeat(16)}`;
}

export function organizationOf(letter: string, ...more: readonly JsonObject[]): DemoOrganization {
  return { id: orgId(letter), name: letter, displayName: `${letter} Inc`, connections: [samlOf(letter), ...more] };
}
