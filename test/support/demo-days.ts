import { audit } from "../../lambda/audit/audit.ts";
import type { AuditRequest } from "../../lambda/audit/run.ts";
import { managementApi } from "../../lambda/auth0/client.ts";
import { fixedToken, managementApiToken } from "../../lambda/auth0/token/token.ts";
import { SCOPE } from "../../lambda/contract.ts";
import { demoChanges, demoOrganizations, demoPast, lateDemoChanges } from "../../lambda/demo/scenario.ts";
import { type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";
import type { Clock } from "../../lambda/domain/clock.ts";
import type { ObjectKey } from "../../lambda/domain/identifiers.ts";
import { timestamp } from "../../lambda/domain/time.ts";
import { manifestKey } from "../../lambda/evidence/format/keys.ts";
import type { EvidenceStore } from "../../lambda/evidence/store/port.ts";
import { systemClock } from "../../lambda/execution/system-clock.ts";
import { DOMAIN, dependencies, inProcessExecution, request, TENANT } from "./audit-harness.ts";

const HOUR_MS = 3_600_000;
/** Between two changes of the last day. */
const CHANGE_MS = 7 * 60_000;

/** What besides a run a day is audited. */
export interface DemoDays {
  /** The token has `read:logs`, so the runs say who made the changes. Default: false. */
  readonly withLogs?: boolean;
  /** Updates after the last day, an hour apart; an Organization is opened before the first. They need logs. Default: 0. */
  readonly updates?: number;
}

/** Audits the demo tenant once a day, with a life of its own in between; the last day is the demo's. Answers its manifest. */
export async function auditDemoDays(
  store: EvidenceStore,
  days: number,
  { updates = 0, withLogs = false }: DemoDays = {},
): Promise<ObjectKey> {
  const time = new DemoTime();
  time.moveTo(startOf(0) - HOUR_MS);
  const tenant = await startDemoTenant({
    organizations: demoOrganizations(),
    bucket: { kind: "drip", limit: 1000, perSecond: 1000 },
    scopes: [SCOPE.connections, SCOPE.organizations, ...(withLogs ? [SCOPE.logs] : [])],
    now: () => time.now(),
  });
  if (withLogs) demoPast(tenant, time.now());
  try {
    let key: ObjectKey | null = null;
    for (let day = 0; day < days; day += 1) {
      if (day === days - 1) time.during(startOf(day) - 4 * HOUR_MS, () => demoChanges(tenant));
      else if (day > 0) live(tenant, day);
      time.moveTo(startOf(day));
      key = await auditAt(store, tenant, time, request(day));
    }
    for (let hour = 1; hour <= updates; hour += 1) {
      const atMs = startOf(days - 1) + hour * HOUR_MS;
      time.during(atMs - HOUR_MS / 2, () => (hour === 1 ? lateDemoChanges(tenant) : buttonChange(tenant, hour)));
      time.moveTo(atMs);
      const asked = { scheduledAt: timestamp(atMs), executionId: `update-${hour}`, kind: "update" } as const;
      key = await auditAt(store, tenant, time, request(days, asked));
    }
    if (key === null) throw new RangeError("There is no day to audit.");
    return key;
  } finally {
    await tenant.close();
  }
}

function startOf(day: number): number {
  return Date.parse(request(day).scheduledAt ?? "");
}

/** A clock that runs at normal speed from where it is moved to. */
class DemoTime implements Clock {
  #aheadMs = 0;
  #changesMs: number | null = null;

  now(): number {
    if (this.#changesMs === null) return systemClock.now() + this.#aheadMs;
    this.#changesMs += CHANGE_MS;
    return this.#changesMs;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(milliseconds, signal);
  }

  moveTo(ms: number): void {
    this.#aheadMs = ms - systemClock.now();
  }

  /** While `change` runs, the time advances only with each look at the clock: there is one for each change. */
  during(ms: number, change: () => void): void {
    this.#changesMs = ms - CHANGE_MS;
    change();
    this.#changesMs = null;
  }
}

/** Names and buttons change now and then. */
function live(tenant: DemoTenant, day: number): void {
  const all = [...tenant.organizations.values()].slice(20, 20 + (day % 5));
  for (const { id, connections } of all) {
    const [first] = connections;
    if (day % 2 === 0) tenant.organizations.rename(id, { displayName: `Renamed on day ${day}` });
    else if (first !== undefined)
      tenant.organizations.update(id, String(first.connection_id), { show_as_button: day % 4 === 1 });
  }
}

/** Something for an update to read. */
function buttonChange(tenant: DemoTenant, hour: number): void {
  const [one] = tenant.organizations.values();
  const connectionId = String(one?.connections[0]?.connection_id);
  const actor = { kind: "application", clientId: "portal", clientName: "portal", ip: "198.51.100.3" } as const;
  if (one !== undefined)
    tenant
      .operator({ ...actor, userAgent: "portal/1" })
      .update(one.id, connectionId, { show_as_button: hour % 2 === 1 });
}

async function auditAt(
  store: EvidenceStore,
  tenant: DemoTenant,
  clock: Clock,
  asked: AuditRequest,
): Promise<ObjectKey> {
  const api = managementApi({
    domain: DOMAIN,
    baseUrl: tenant.url,
    tokenSource: fixedToken(managementApiToken(tenant.rotateToken(), "the test")),
    clock,
    version: "0.0.0",
  });
  const outcome = await audit(asked, dependencies(store, api, { clock }), inProcessExecution);
  if (outcome.kind !== "recorded") throw new Error(`The run ${asked.executionId} is ${outcome.kind}.`);
  return manifestKey(TENANT, outcome.runId);
}
