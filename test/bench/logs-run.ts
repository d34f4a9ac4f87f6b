import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { audit } from "../../lambda/audit/audit.ts";
import { type LogEntry, logEntry } from "../../lambda/auth0/log-entry.ts";
import type { ManagementApi } from "../../lambda/auth0/port.ts";
import { demoLogEntry } from "../../lambda/demo/log-entries.ts";
import { enabledConnection } from "../../lambda/domain/enabled-connection.ts";
import type { OrganizationId } from "../../lambda/domain/identifiers.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import { timestamp } from "../../lambda/domain/time.ts";
import { folderEvidenceStore } from "../../lambda/evidence/store/folder.ts";
import { DAY_MS, DOMAIN, dependencies, inProcessExecution, request } from "../support/audit-harness.ts";
import { TERRAFORM } from "../support/demo-logs.ts";

/** One sweep over a day of logs, in virtual time and in a process of its own, so that its memory can be measured. */
export interface LogsResult {
  readonly requests: number;
  readonly entries: number;
  readonly operations: number;
  readonly undone: number;
  readonly peakMegabytes: number;
  /** CPU, with all that the sweep does besides. */
  readonly msPerEntry: number;
}

/** One entry in ten is an operation on one of the Organizations. */
const OPERATION_EVERY = 10;
const PAGE = 100;
const START_MS = Date.UTC(2026, 2, 3, 6);

const [, , argument = "{}"] = process.argv;
const { entries, organizations }: { entries: number; organizations: number } = JSON.parse(argument);
const spacingMs = DAY_MS / (entries + 1);

const organizationId = (number: number) => `org_${String(number).padStart(16, "0")}` as OrganizationId;
const dateMs = (index: number) => Math.floor(START_MS + (index + 1) * spacingMs);

/** Each Organization's button is hidden and shown again, time after time. */
function entryAt(index: number): LogEntry {
  const turn = Math.floor(index / OPERATION_EVERY);
  const [number, times] = [turn % organizations, Math.floor(turn / organizations)];
  const isOperation = index % OPERATION_EVERY === 0;
  const path = isOperation
    ? `/api/v2/organizations/${organizationId(number)}/enabled_connections/con_${number}`
    : `/api/v2/users/auth0|${index}`;
  const body: JsonObject = isOperation ? { show_as_button: times % 2 === 1 } : { name: "someone" };
  const atMs = dateMs(index);
  const written = demoLogEntry(TERRAFORM, { method: "PATCH", path, body }, atMs);
  const logId = `900${String(index).padStart(20, "0")}000000000000001223372036854775807`;
  const entry = logEntry({ ...written, log_id: logId, date: new Date(atMs).toISOString() });
  if (entry === null) throw new TypeError("The entry is none.");
  return entry;
}

let nowMs = START_MS;
const clock = {
  now: () => nowMs,
  sleep: async (milliseconds: number) => {
    nowMs += milliseconds;
  },
};
const counts = { logs: 0 };

const api: ManagementApi = {
  domain: DOMAIN,
  concurrency: () => 16,
  pauseMs: () => 0,
  estimateMs: () => Number.POSITIVE_INFINITY,
  usage: () => ({ requests: counts.logs, rateLimited: 0, retries: 0, limit: null, lowestRemaining: null }),
  organizations: async (from) => {
    const start = Number(from ?? 0);
    const end = Math.min(organizations, start + PAGE);
    const page = Array.from({ length: end - start }, (_, index) => organizationId(start + index));
    const named = page.map((id) => ({ organizationId: id, name: id.slice(4), displayName: null }));
    return { organizations: named, next: end < organizations ? String(end) : null };
  },
  organization: async () => ({ ok: true, value: null, at: timestamp(nowMs) }),
  enabledConnections: async (id) => {
    const number = Number(id.slice(4));
    const one = { connection_id: `con_${number}`, connection: { name: `sso-${number}`, strategy: "samlp" } };
    return { ok: true, value: [enabledConnection(one)], at: timestamp(nowMs) };
  },
  logs: async ({ from, page, perPage, types, until }) => {
    counts.logs += 1;
    const first = Math.max(0, Math.ceil((Date.parse(from) - START_MS) / spacingMs - 1)) + page * perPage;
    const some = Array.from({ length: types === null ? 1 : perPage }, (_, index) => first + index)
      .filter((index) => types === null || (index < entries && dateMs(index) <= Date.parse(until)))
      .map((index) => entryAt(index));
    return { kind: "page", page: { entries: some, received: some.length, limit: perPage, total: null } };
  },
};

const folder = await mkdtemp(join(tmpdir(), "logs-"));
let peakBytes = 0;
const watch = setInterval(() => {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
}, 20);

function sweep(day: number) {
  nowMs = START_MS + day * DAY_MS;
  const chunk = { ...request(day).chunk, organizations: 2_000 };
  const around = dependencies(folderEvidenceStore(folder), api, { clock });
  return audit(request(day, { chunk }), around, inProcessExecution);
}

await sweep(0);
counts.logs = 0;
const before = process.cpuUsage();
const outcome = await sweep(1);
const { system, user } = process.cpuUsage(before);
clearInterval(watch);
if (outcome.kind !== "recorded") throw new TypeError(`The sweep is ${outcome.kind}.`);
await rm(folder, { recursive: true });
const result: LogsResult = {
  requests: counts.logs,
  entries,
  operations: Math.ceil(entries / OPERATION_EVERY),
  undone: outcome.summary.undone,
  peakMegabytes: Math.max(peakBytes, process.resourceUsage().maxRSS * 1024) / 1024 / 1024,
  msPerEntry: (user + system) / 1000 / entries,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
