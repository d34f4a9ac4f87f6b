import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DurableExecutionClient, withDurableExecution } from "@aws/durable-execution-sdk-js";
import { audit } from "../../lambda/audit/audit.ts";
import type { ManagementApi } from "../../lambda/auth0/port.ts";
import { TokenHolder } from "../../lambda/auth0/token/holder.ts";
import { managementApiToken } from "../../lambda/auth0/token/token.ts";
import type { Clock } from "../../lambda/domain/clock.ts";
import { EventBusError, TokenError } from "../../lambda/domain/errors.ts";
import type { OrganizationId } from "../../lambda/domain/identifiers.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import { durableExecution } from "../../lambda/execution/durable.ts";
import { runDurably } from "../../lambda/execution/local/engine.ts";
import { HOURS_OF_RETRIES } from "../../lambda/execution/retries.ts";
import type { Notice } from "../../lambda/notify/notify.ts";
import { DAY_MS, dependencies, readEvidence, request, TENANT } from "./audit-harness.ts";
import { organizationId } from "./builders.ts";
import { fakeManagementApi } from "./fake-management-api.ts";
import { type MemoryObject, memoryEvidenceStore } from "./memory-evidence-store.ts";
import { seeded } from "./virtual-tenant.ts";

const INVOCATION_MS = 900_000;
const START_MS = Date.UTC(2026, 2, 3, 6);

export type Service = "store" | "secrets" | "events";

/** A service that is away. Times are milliseconds since the start of the day. */
export interface Outage {
  readonly service: Service;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A day of a tenant in virtual time. */
export interface VirtualDay {
  readonly day: number;
  readonly organizations: number;
  readonly readsPerMinute: number;
  readonly outages: readonly Outage[];
  /** Reads of the tenant at which the process hangs until its time is up. */
  readonly hangs?: ReadonlySet<number>;
  readonly objects: Map<string, MemoryObject>;
}

export interface DayResult {
  /** What must be the same whatever happened. */
  readonly record: unknown;
  readonly requests: number;
  readonly events: readonly string[];
  readonly metrics: number;
  readonly operations: number;
  readonly invocations: number;
  readonly hours: number;
}

/** One scheduled audit as the function makes it, on the local model of the durable service. */
export async function auditVirtualDay(world: VirtualDay): Promise<DayResult> {
  const startMs = START_MS + world.day * DAY_MS;
  let nowMs = startMs;
  const clock: Clock = {
    now: () => nowMs,
    sleep: async (milliseconds) => {
      nowMs += milliseconds;
    },
  };
  const isAway = (service: Service) =>
    world.outages.some((one) => one.service === service && nowMs - startMs >= one.fromMs && nowMs - startMs < one.toMs);
  const store = memoryEvidenceStore(world.objects);
  store.fault = () => (isAway("store") ? "refused" : null);
  const events: string[] = [];
  let metrics = 0;
  const notice: Notice = {
    eventBus: {
      put: async ({ detail }) => {
        if (isAway("events")) throw new EventBusError("unreachable", "The bus is away.");
        events.push(detail);
      },
    },
    metrics: {
      recorded: () => {
        metrics += 1;
      },
      skipped: () => {},
    },
  };
  const tenant = fakeManagementApi(connectionsOf(world), clock.now);
  let reads = 0;
  const pass = async (milliseconds: number, service: DurableExecutionClient) => {
    nowMs += milliseconds;
    reads += 1;
    if (!world.hangs?.has(reads)) return;
    nowMs += INVOCATION_MS;
    // The time is up: the service kills the process and answers nothing.
    await service.checkpoint({ DurableExecutionArn: "", CheckpointToken: "", Updates: [] });
  };
  const folder = await mkdtemp(join(tmpdir(), "virtual-day-"));
  try {
    const { operations, invocations } = await runDurably({
      handler: (durableExecutionClient) =>
        withDurableExecution(
          (_event, context) => {
            const remainingMs = () => context.lambdaContext.getRemainingTimeInMillis();
            const asked = request(world.day, {
              chunk: {
                usualMs: () => Math.max(10_000, Math.min(600_000, remainingMs() - 240_000)),
                longestMs: () => Math.max(10_000, remainingMs() - 75_000),
                organizations: 20_000,
                mostOrganizations: 20_000,
                pauseSeconds: 1,
              },
              leaseMs: 2 * INVOCATION_MS,
            });
            const read = () => pass(60_000 / world.readsPerMinute, durableExecutionClient);
            const api = withToken(tenant, clock, () => isAway("secrets"), read);
            const around = dependencies(store, api, { clock, notice });
            return audit(asked, around, durableExecution(context, { retries: HOURS_OF_RETRIES }));
          },
          { durableExecutionClient },
        ),
      event: {},
      file: join(folder, "execution.ndjson"),
      clock,
      invocationMs: INVOCATION_MS,
      signal: new AbortController().signal,
    });
    store.fault = null;
    const record = await recordOf(store, world.day);
    const { requests } = tenant.usage();
    return { record, requests, events, metrics, operations, invocations, hours: (nowMs - startMs) / 3_600_000 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Every hundredth Organization has a second connection from the second day on. */
function connectionsOf({ day, organizations }: VirtualDay): ReadonlyMap<OrganizationId, readonly JsonObject[]> {
  const flags = { assign_membership_on_login: false, show_as_button: true, is_signup_enabled: false };
  const google = { ...flags, connection_id: "con_google", connection: { name: "google", strategy: "google-oauth2" } };
  return new Map(
    Array.from({ length: organizations }, (_, index) => {
      const own = { ...flags, connection_id: `con_${index}`, connection: { name: `sso-${index}`, strategy: "samlp" } };
      return [organizationId(String(index)), day > 0 && index % 100 === 0 ? [own, google] : [own]] as const;
    }),
  );
}

/** The token is read once in each invocation, as the function does. */
function withToken(
  tenant: ManagementApi,
  clock: Clock,
  isAway: () => boolean,
  pass: () => Promise<void>,
): ManagementApi {
  const token = managementApiToken("a.token.of-the-test", "the test");
  const read = async () => {
    if (isAway()) throw new TokenError("unreachable", "Secrets Manager is away.");
    return token;
  };
  const holder = new TokenHolder({ read }, clock);
  const before = async () => {
    await holder.current();
    await pass();
  };
  return {
    ...tenant,
    organizations: (from) => before().then(() => tenant.organizations(from)),
    organization: (id) => before().then(() => tenant.organization(id)),
    enabledConnections: (id) => before().then(() => tenant.enabledConnections(id)),
  };
}

async function recordOf(store: ReturnType<typeof memoryEvidenceStore>, day: number): Promise<unknown> {
  const { scheduledAt } = request(day);
  const runId = (scheduledAt ?? "").replace(/[-:]|\.\d+/g, "");
  const { manifest, snapshot, changes } = await readEvidence(
    store,
    runId as Parameters<typeof readEvidence>[1],
    TENANT,
  );
  return {
    status: manifest.status,
    error: manifest.error?.code ?? null,
    summary: manifest.summary,
    snapshot: snapshot.map((line) => [
      line.organizationId,
      line.status === "observed" ? line.enabledConnections.map(({ wire }) => JSON.stringify(wire)) : line.status,
    ]),
    changes: changes.map(({ organizationId: id, change, connectionId, severity }) => [
      id,
      change,
      connectionId,
      severity,
    ]),
  };
}

/** Outages and hangs of a day, the same for the same seed: up to three of each service, of seconds to an hour. */
export function randomOutages(
  seed: number,
  { hours, reads }: { readonly hours: number; readonly reads: number },
): { readonly outages: readonly Outage[]; readonly hangs: ReadonlySet<number> } {
  const random = seeded(seed);
  const services: readonly Service[] = ["store", "secrets", "events"];
  const outages = services.flatMap((service) =>
    Array.from({ length: 1 + Math.floor(3 * random()) }, (): Outage => {
      const fromMs = random() * hours * 3_600_000;
      return { service, fromMs, toMs: fromMs + 10_000 * 360 ** random() };
    }),
  );
  const hangs = new Set(Array.from({ length: Math.floor(3 * random()) }, () => Math.floor(reads * random())));
  return { outages, hangs };
}
