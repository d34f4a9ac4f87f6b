import { audit } from "../../lambda/audit/audit.ts";
import type { AuditOutcome, AuditRequest, Dependencies } from "../../lambda/audit/run.ts";
import { managementApi } from "../../lambda/auth0/client.ts";
import { tenantEvents } from "../../lambda/auth0/events.ts";
import { fixedToken, managementApiToken } from "../../lambda/auth0/token/token.ts";
import { SCOPE } from "../../lambda/contract.ts";
import { type DemoOrganization, DemoTenant } from "../../lambda/demo/tenant.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import { timestamp } from "../../lambda/domain/time.ts";
import type { Execution } from "../../lambda/execution/port.ts";
import { systemClock } from "../../lambda/execution/system-clock.ts";
import { DOMAIN, type Evidence, ids, inProcessExecution, readEvidence, request } from "./audit-harness.ts";
import { type MemoryEvidenceStore, memoryEvidenceStore } from "./memory-evidence-store.ts";

export const START_MS = Date.UTC(2026, 2, 3, 6);
export const MINUTE_MS = 60_000;

export const SSO: JsonObject = { connection_id: "con_sso", connection: { name: "acme-okta", strategy: "okta" } };
export const GOOGLE: JsonObject = {
  connection_id: "con_google",
  connection: { name: "google-oauth2", strategy: "google-oauth2" },
};

/** `org_` and 16 digits. */
export function organization(number: number, connections: JsonObject[] = [SSO]): DemoOrganization {
  const [id = ""] = ids(String(number));
  return { id, name: `name-${number}`, displayName: `Name ${number}`, connections };
}

export interface UpdatedTenantOptions {
  readonly scopes?: readonly string[];
  readonly organizations?: readonly DemoOrganization[];
  readonly logRetentionMs?: number;
}

/** A demo tenant with evidence of its own, and a clock that both share and that only the test moves. */
export class UpdatedTenant {
  readonly store: MemoryEvidenceStore = memoryEvidenceStore();
  nowMs = START_MS;
  readonly tenant: DemoTenant;
  readonly #hasEvents: boolean;
  readonly #clock = { now: () => this.nowMs, sleep: systemClock.sleep };
  /** The pacing waits for a time that does not come by itself. */
  readonly #pacedClock = {
    now: () => this.nowMs,
    sleep: async (milliseconds: number) => {
      this.nowMs += milliseconds;
    },
  };
  #runs = 0;

  private constructor(make: (now: () => number) => DemoTenant, hasEvents: boolean) {
    this.tenant = make(() => this.nowMs);
    this.#hasEvents = hasEvents;
  }

  /** By default, 40 Organizations with one connection each, and the scope `read:logs`. */
  static async start({ organizations, scopes = [SCOPE.logs], ...options }: UpdatedTenantOptions = {}) {
    const hasEvents = scopes.includes(SCOPE.events);
    const made = new UpdatedTenant(
      (now) =>
        new DemoTenant({
          organizations: organizations ?? Array.from({ length: 40 }, (_, number) => organization(number + 1)),
          scopes: [SCOPE.connections, SCOPE.organizations, ...scopes],
          bucket: { kind: "drip", limit: 10_000, perSecond: 10_000 },
          ...(hasEvents ? { events: {} } : {}),
          now,
          ...options,
        }),
      hasEvents,
    );
    // Without an older entry, nothing shows that none has expired.
    made.tenant.logs.add({ type: "seccft" }, START_MS - 24 * 60 * MINUTE_MS);
    await made.tenant.listen();
    return made;
  }

  close(): Promise<void> {
    return this.tenant.close();
  }

  /** Time passes, and the run begins. */
  async run(
    kind: AuditRequest["kind"],
    minutes: number,
    other: Partial<AuditRequest> = {},
    execution: Execution = inProcessExecution,
    around: Partial<Dependencies> = {},
  ): Promise<AuditOutcome> {
    // The pacing of the run before took some milliseconds.
    this.nowMs = Math.max(this.nowMs, (Math.floor(this.nowMs / MINUTE_MS) + minutes) * MINUTE_MS);
    this.#runs += 1;
    const options = {
      domain: DOMAIN,
      baseUrl: this.tenant.url,
      tokenSource: fixedToken(managementApiToken(this.tenant.token, "the test")),
      clock: this.#clock,
      version: "0.0.0",
      random: () => 0,
      requestTimeoutMs: 2_000,
    };
    const dependencies: Dependencies = {
      clock: this.#clock,
      store: this.store,
      managementApi: managementApi({ ...options, clock: this.#pacedClock, reserve: 0 }),
      ...(this.#hasEvents ? { events: tenantEvents({ ...options, quietMs: 50 }) } : {}),
      isDead: () => false,
      progress: () => {},
      ...around,
    };
    const asked = { kind, scheduledAt: timestamp(this.nowMs), executionId: `execution-${this.#runs}`, ...other };
    return audit(request(0, asked), dependencies, execution);
  }

  /** The run, which must have been recorded. */
  async recorded(...run: Parameters<UpdatedTenant["run"]>): Promise<Evidence> {
    const outcome = await this.run(...run);
    if (outcome.kind !== "recorded") throw new Error(`The run is ${JSON.stringify(outcome)}.`);
    return readEvidence(this.store, outcome.runId);
  }

  /** How many requests about Organizations, and for hints, something takes. */
  async requests<Result>(
    work: () => Promise<Result>,
  ): Promise<readonly [Result, { organizations: number; hints: number }]> {
    const { requests } = this.tenant;
    const count = () => ({
      organizations: requests.organizations + requests.organization + requests.connections,
      hints: requests.logs + requests.events,
    });
    const before = count();
    const result = await work();
    const after = count();
    return [result, { organizations: after.organizations - before.organizations, hints: after.hints - before.hints }];
  }
}
