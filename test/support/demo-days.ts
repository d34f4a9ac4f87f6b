import { audit } from "../../lambda/audit/audit.ts";
import { managementApi } from "../../lambda/auth0/client.ts";
import { fixedToken, managementApiToken } from "../../lambda/auth0/token/token.ts";
import { demoChanges, demoOrganizations } from "../../lambda/demo/scenario.ts";
import { type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";
import type { Clock } from "../../lambda/domain/clock.ts";
import type { ObjectKey } from "../../lambda/domain/identifiers.ts";
import { manifestKey } from "../../lambda/evidence/format/keys.ts";
import type { EvidenceStore } from "../../lambda/evidence/store/port.ts";
import { systemClock } from "../../lambda/execution/system-clock.ts";
import { DOMAIN, dependencies, inProcessExecution, request, TENANT } from "./audit-harness.ts";

/** Audits the demo tenant once a day, with a life of its own in between; the last day is the demo's. Answers its manifest. */
export async function auditDemoDays(store: EvidenceStore, days: number): Promise<ObjectKey> {
  const tenant = await startDemoTenant({
    organizations: demoOrganizations(),
    bucket: { kind: "drip", limit: 1000, perSecond: 1000 },
  });
  try {
    let key: ObjectKey | null = null;
    for (let day = 0; day < days; day += 1) {
      if (day === days - 1) demoChanges(tenant);
      else if (day > 0) live(tenant, day);
      key = await auditDay(store, tenant, day);
    }
    if (key === null) throw new RangeError("There is no day to audit.");
    return key;
  } finally {
    await tenant.close();
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

async function auditDay(store: EvidenceStore, tenant: DemoTenant, day: number): Promise<ObjectKey> {
  const asked = request(day);
  // The clock starts at the scheduled time and runs at normal speed.
  const aheadMs = Date.parse(asked.scheduledAt ?? "") - Date.now();
  const clock: Clock = { now: () => systemClock.now() + aheadMs, sleep: systemClock.sleep };
  const api = managementApi({
    domain: DOMAIN,
    baseUrl: tenant.url,
    tokenSource: fixedToken(managementApiToken(tenant.token, "the test")),
    clock,
    version: "0.0.0",
  });
  const outcome = await audit(asked, dependencies(store, api, { clock }), inProcessExecution);
  if (outcome.kind !== "recorded") throw new Error(`Day ${day} is ${outcome.kind}.`);
  return manifestKey(TENANT, outcome.runId);
}
