import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { LogSearch } from "../../lambda/attribution/search.ts";
import type { LogEntry } from "../../lambda/auth0/port.ts";
import { demoPolicyText } from "../../lambda/demo/policy.ts";
import { demoChanges, demoOrganizations, UNREADABLE } from "../../lambda/demo/scenario.ts";
import { type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";
import { timestamp } from "../../lambda/domain/time.ts";
import { auditDay, type Evidence, recorded } from "../support/audit-harness.ts";
import { EXPECTED_DEMO_CHANGES } from "../support/demo-changes.ts";
import { demoLogsApi } from "../support/demo-logs.ts";
import { memoryEvidenceStore } from "../support/memory-evidence-store.ts";

/** `new sso-bypass acme-aerospace`, in the order of the evidence. */
function inShort({ manifest, findings }: Evidence): readonly string[] {
  return findings.map(({ status, firstSeen, rule, organizationName }) => {
    const isNew = status === "open" && firstSeen.runId === manifest.runId;
    return `${isNew ? "new" : status} ${rule} ${organizationName}`;
  });
}

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

  it("has findings on the first day, accepts one, and resolves one before the second", async () => {
    const store = memoryEvidenceStore();
    const policy = { source: "file", text: demoPolicyText(Date.now()) } as const;
    const first = await recorded(store, await auditDay(0, store, tenant, { policy }));
    expect(inShort(first)).toEqual([
      "new sso-bypass caldera-mining",
      "new sso-bypass falcon-couriers",
      "new sso-bypass hillcrest-university",
      "waived sso-bypass maple-street-credit-union",
      "new sso-bypass saltmarsh-ceramics",
    ]);
    demoChanges(tenant);
    const second = await recorded(store, await auditDay(1, store, tenant, { policy }));
    expect(inShort(second)).toEqual([
      "new sso-bypass acme-aerospace",
      "new open-membership caldera-mining",
      "new open-signup caldera-mining",
      "open sso-bypass caldera-mining",
      "new locked-out cedar-grove-schools",
      "open sso-bypass falcon-couriers",
      "new locked-out helix-pharma",
      "waived sso-bypass maple-street-credit-union",
      "open sso-bypass saltmarsh-ceramics",
    ]);
    expect(second.manifest.summary.findings).toEqual({
      open: { high: 6, medium: 2, low: 0, info: 0 },
      waived: 1,
      notEvaluated: 0,
      new: 5,
      resolved: 1,
    });
  });

  it("accepts its finding for a year from its start, so that nothing expires soon", () => {
    expect(demoPolicyText(Date.UTC(2026, 10, 26, 23, 59))).toContain('"expires": "2027-11-26"');
  });
});
