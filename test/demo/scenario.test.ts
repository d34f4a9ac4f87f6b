import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { LogSearch } from "../../lambda/attribution/search.ts";
import type { LogEntry } from "../../lambda/auth0/port.ts";
import { demoChanges, demoOrganizations, UNREADABLE } from "../../lambda/demo/scenario.ts";
import { type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";
import { timestamp } from "../../lambda/domain/time.ts";
import { auditDay, type Evidence, recorded } from "../support/audit-harness.ts";
import { EXPECTED_DEMO_CHANGES } from "../support/demo-changes.ts";
import { demoLogsApi } from "../support/demo-logs.ts";
import { memoryEvidenceStore } from "../support/memory-evidence-store.ts";

/** What the demo's logs have of operations. */
async function operationEntries(tenant: DemoTenant): Promise<readonly LogEntry[]> {
  const until = timestamp(Date.now());
  return Array.fromAsync(new LogSearch(demoLogsApi(tenant.logs), { from: timestamp(0), until }));
}

describe("the demo", () => {
  let tenant: DemoTenant;
  beforeEach(async () => {
    tenant = await startDemoTenant({
      organizations: demoOrganizations(),
      bucket: { kind: "drip", limit: 1000, perSecond: 1000 },
    });
  });
  afterEach(() => tenant.close());

  it("has sixty customers with distinct names and IDs", () => {
    const all = demoOrganizations();
    expect(all).toHaveLength(60);
    for (const property of ["id", "name", "displayName"] as const)
      expect(new Set(all.map((one) => one[property])).size).toBe(60);
    for (const { id, name } of all) {
      expect(id).toMatch(/^org_[A-Za-z0-9]{16}$/);
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    }
  });

  it("reports a complete first run, then the changes between the runs and nothing else", async () => {
    const store = memoryEvidenceStore();
    const first: Evidence = await recorded(store, await auditDay(0, store, tenant));
    expect(first.manifest.status).toBe("complete");
    expect(first.changes).toEqual([]);
    demoChanges(tenant);
    const second = await recorded(store, await auditDay(1, store, tenant));
    expect(second.manifest.status).toBe("partial");
    const changes = second.changes.map(({ organizationId, change, severity }) => ({
      organizationId,
      change,
      severity,
    }));
    expect(changes).toEqual(EXPECTED_DEMO_CHANGES);
    const entries = await operationEntries(tenant);
    expect(entries).toHaveLength(14);
    const unread = second.snapshot.filter(({ status }) => status === "failed");
    expect(unread.map(({ organizationDisplayName }) => organizationDisplayName)).toEqual([UNREADABLE]);
  });
});
