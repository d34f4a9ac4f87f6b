import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withDurableExecution } from "@aws/durable-execution-sdk-js";
import { audit } from "../../lambda/audit/audit.ts";
import type { ManagementApi } from "../../lambda/auth0/port.ts";
import type { Clock } from "../../lambda/domain/clock.ts";
import { enabledConnection } from "../../lambda/domain/enabled-connection.ts";
import type { OrganizationId } from "../../lambda/domain/identifiers.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import type { Organization } from "../../lambda/domain/organization.ts";
import type { RunKind } from "../../lambda/domain/run.ts";
import { parseDomain } from "../../lambda/domain/tenant.ts";
import { timestamp } from "../../lambda/domain/time.ts";
import { folderEvidenceStore } from "../../lambda/evidence/store/folder.ts";
import type { EvidenceStore } from "../../lambda/evidence/store/port.ts";
import { durableExecution } from "../../lambda/execution/durable.ts";
import { runDurably } from "../../lambda/execution/local/engine.ts";
import type { Execution } from "../../lambda/execution/port.ts";
import { HOURS_OF_RETRIES } from "../../lambda/execution/retries.ts";

/** One sweep in virtual time, in a process of its own so that its memory can be measured. */
export interface ScaleResult {
  readonly organizations: number;
  readonly operations: number;
  readonly invocations: number;
  readonly virtualHours: number;
  readonly peakMegabytes: number;
  readonly cpuMsPerOrganization: number;
  readonly storedMegabytes: number;
  readonly changes: number;
  readonly findings: number;
  /** CPU milliseconds an Organization: finding out what is shared, and judging. */
  readonly factsMsPerOrganization: number;
  readonly judgeMsPerOrganization: number;
  /** What a store that is S3 is asked for. */
  readonly storeRequests: { readonly writes: number; readonly reads: number; readonly lists: number };
  /** The execution's checkpoints as they are saved. */
  readonly checkpointMegabytes: number;
  /** What an update without hints costs; null unless it was asked for. */
  readonly update: Pick<ScaleResult, "operations" | "invocations" | "storeRequests" | "checkpointMegabytes"> | null;
}

const DOMAIN = parseDomain("acme.eu.auth0.com", "the benchmark");
/** Seven built-in rules, three custom ones, and a waiver by pattern. */
const POLICY = {
  source: "file",
  text: JSON.stringify({
    version: 1,
    waivers: [{ rule: "sso-bypass", organization: "customer-1*", reason: "A migration" }],
    custom: [
      {
        id: "no-passwords",
        severity: "high",
        message: "Passwords are not allowed here.",
        when: "organization.name.startsWith('eu-') && organization.connections.exists(c, c.kind == 'database')",
      },
      {
        id: "one-identity-provider",
        severity: "low",
        message: "There is more than one enterprise connection.",
        when: "organization.connections.filter(c, c.kind == 'enterprise').size() > 2",
      },
      {
        id: "names",
        severity: "info",
        message: "The name does not follow the scheme.",
        when: "!organization.name.matches('^[a-z]+-[0-9]+$')",
      },
    ],
  }),
} as const;
const PAGE = 100;
/** An Enterprise tenant's list, and a private cloud's connections. */
const LIST_PER_MS = 100 / 60_000;
const DAY_MS = 86_400_000;
const INVOCATION_MS = 900_000;

const [, , argument = "{}"] = process.argv;
const {
  organizations,
  readsPerMinute,
  hasLogs = false,
}: { organizations: number; readsPerMinute: number; hasLogs?: boolean } = JSON.parse(argument);

let nowMs = Date.UTC(2026, 2, 3, 6);
const clock: Clock = {
  now: () => nowMs,
  sleep: async (milliseconds) => {
    nowMs += milliseconds;
  },
};

function organization(index: number): Organization {
  // The list is in no order that helps: IDs are scattered.
  const scattered = (index * 7_919) % organizations;
  const organizationId = `org_${String(scattered).padStart(16, "0")}` as OrganizationId;
  return { organizationId, name: `customer-${scattered}`, displayName: `Customer ${scattered}` };
}

function connections(id: OrganizationId, day: number): readonly JsonObject[] {
  const number = Number(id.slice(4));
  const own = { connection_id: `con_${id.slice(4)}`, connection: { name: `sso-${number}`, strategy: "samlp" } };
  const flags = { assign_membership_on_login: false, show_as_button: true, is_signup_enabled: false };
  // The worst case of sharing: each has one of its own, and all share one.
  const group = { ...flags, connection_id: "con_group", connection: { name: "group", strategy: "samlp" } };
  const google = { connection_id: "con_google", connection: { name: "google-oauth2", strategy: "google-oauth2" } };
  return day > 0 && number % 100 === 0
    ? [{ ...flags, ...own }, { ...flags, ...google }, group]
    : [{ ...flags, ...own }, group];
}

function tenantApi(day: number): ManagementApi {
  let requests = 0;
  return {
    domain: DOMAIN,
    concurrency: () => 16,
    pauseMs: () => 0,
    estimateMs: () => Number.POSITIVE_INFINITY,
    usage: () => ({ requests, rateLimited: 0, retries: 0, limit: null, lowestRemaining: null }),
    organizations: async (from) => {
      requests += 1;
      nowMs += 1 / LIST_PER_MS;
      const start = Number(from ?? 0);
      const end = Math.min(organizations, start + PAGE);
      const page = Array.from({ length: end - start }, (_, index) => organization(start + index));
      return { organizations: page, next: end < organizations ? String(end) : null };
    },
    // A quiet tenant: its logs can be read, and have nothing of Organizations.
    logs: async () =>
      hasLogs ? { kind: "page", page: { entries: [], received: 0, limit: PAGE, total: 0 } } : { kind: "not_granted" },
    organization: async () => ({ ok: true, value: null, at: timestamp(nowMs) }),
    enabledConnections: async (id) => {
      requests += 1;
      nowMs += 60_000 / readsPerMinute;
      return { ok: true, value: connections(id, day).map(enabledConnection), at: timestamp(nowMs) };
    },
  };
}

const folder = await mkdtemp(join(tmpdir(), "scale-"));
let peakBytes = 0;
const watch = setInterval(() => {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
}, 20);

async function run(day: number, kind: RunKind = "sweep") {
  return runDurably({
    handler: (durableExecutionClient) =>
      withDurableExecution(
        (_event, context) =>
          audit(
            {
              domain: DOMAIN,
              organizations: "all",
              scheduledAt: timestamp(Date.UTC(2026, 2, 3, 6) + day * DAY_MS),
              executionId: `${kind}-${day}`,
              producer: { name: "benchmark", version: "0.0.0" },
              policy: POLICY,
              attribution: "full",
              kind,
              chunk: {
                usualMs: () => Math.min(600_000, context.lambdaContext.getRemainingTimeInMillis() - 240_000),
                longestMs: () => context.lambdaContext.getRemainingTimeInMillis() - 75_000,
                mostOrganizations: 20_000,
                organizations: 20_000,
                pauseSeconds: 1,
              },
              leaseMs: 2 * INVOCATION_MS,
              intervalMs: null,
            },
            {
              clock,
              store: counted(folderEvidenceStore(folder)),
              managementApi: tenantApi(day),
              isDead: () => false,
              progress: () => {},
            },
            metered(durableExecution(context, { retries: HOURS_OF_RETRIES })),
          ),
        { durableExecutionClient },
      ),
    event: {},
    file: checkpointsOf(kind, day),
    clock,
    invocationMs: INVOCATION_MS,
    signal: new AbortController().signal,
  });
}

function checkpointsOf(kind: RunKind, day: number): string {
  return join(folder, `${kind}-${day}.ndjson`);
}

const checkpointMegabytes = async (kind: RunKind, day: number) =>
  (await stat(checkpointsOf(kind, day))).size / 1024 / 1024;

const stepCpuMs = { facts: 0, judge: 0 };

/** The CPU of the steps that judge. */
function metered(execution: Execution): Execution {
  return {
    operationsLeft: () => execution.operationsLeft(),
    wait: (...wait) => execution.wait(...wait),
    step: (name, work) =>
      execution.step(name, async () => {
        const before = process.cpuUsage();
        const result = await work();
        const { user, system } = process.cpuUsage(before);
        const step = name.startsWith("judge-") ? "judge" : name === "facts" ? "facts" : null;
        if (step !== null) stepCpuMs[step] += (user + system) / 1000;
        return result;
      }),
  };
}

const storeRequests = { writes: 0, reads: 0, lists: 0 };

function counted(store: EvidenceStore): EvidenceStore {
  const count = <Result>(what: keyof typeof storeRequests, answer: Result): Result => {
    storeRequests[what] += 1;
    return answer;
  };
  return {
    location: store.location,
    create: (...put) => count("writes", store.create(...put)),
    replace: (...put) => count("writes", store.replace(...put)),
    exists: (key) => count("reads", store.exists(key)),
    read: (key) => count("reads", store.read(key)),
    list: (...listed) => count("lists", store.list(...listed)),
  };
}

async function storedBytes(): Promise<number> {
  const files = await readdir(join(folder, "v1"), { recursive: true, withFileTypes: true });
  const sizes = files
    .filter((one) => one.isFile())
    .map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function updateWithoutHints(): Promise<ScaleResult["update"]> {
  Object.assign(storeRequests, { writes: 0, reads: 0, lists: 0 });
  // The next update after the one that follows the sweep: it finds its place.
  await run(2, "update");
  Object.assign(storeRequests, { writes: 0, reads: 0, lists: 0 });
  const { invocations, operations, result } = await run(3, "update");
  if (!JSON.stringify(result).includes("nothing_hinted")) throw new Error("The update found something to read.");
  return { invocations, operations, storeRequests, checkpointMegabytes: await checkpointMegabytes("update", 3) };
}

await run(0);
// The second run is what is measured: it has a previous snapshot to compare with.
const before = { cpu: process.cpuUsage(), nowMs, bytes: await storedBytes() };
Object.assign(storeRequests, { writes: 0, reads: 0, lists: 0 });
Object.assign(stepCpuMs, { facts: 0, judge: 0 });
const { operations, invocations, result } = await run(1);
const cpu = process.cpuUsage(before.cpu);
clearInterval(watch);
const told = JSON.stringify(result);
const changes = told.match(/"connection_enabled":(\d+)/)?.[1];
const { high = 0, medium = 0 } = JSON.parse(told.match(/"findings":\{"open":(\{[^}]*\})/)?.[1] ?? "{}");
const waived = told.match(/"waived":(\d+)/)?.[1];
const measured: ScaleResult = {
  organizations,
  operations,
  invocations,
  virtualHours: (nowMs - before.nowMs) / 3_600_000,
  peakMegabytes: Math.max(peakBytes, process.resourceUsage().maxRSS * 1024) / 1024 / 1024,
  cpuMsPerOrganization: (cpu.user + cpu.system) / 1000 / organizations,
  storedMegabytes: ((await storedBytes()) - before.bytes) / 1024 / 1024,
  changes: Number(changes),
  findings: high + medium + Number(waived),
  factsMsPerOrganization: stepCpuMs.facts / organizations,
  judgeMsPerOrganization: stepCpuMs.judge / organizations,
  storeRequests: { ...storeRequests },
  checkpointMegabytes: await checkpointMegabytes("sweep", 1),
  update: hasLogs ? await updateWithoutHints() : null,
};
await rm(folder, { recursive: true, force: true });
process.stdout.write(`${JSON.stringify(measured)}\n`);
