import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { LogSearch } from "../../lambda/attribution/search.ts";
import type { LogEntry } from "../../lambda/auth0/port.ts";
import { SCOPE } from "../../lambda/contract.ts";
import { demoPolicyText } from "../../lambda/demo/policy.ts";
import {
  BRIEFLY_OPEN,
  demoChanges,
  demoOrganizations,
  demoPast,
  LATE,
  lateDemoChanges,
  UNREADABLE,
} from "../../lambda/demo/scenario.ts";
import { type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";
import type { Operation } from "../../lambda/domain/operation.ts";
import { timestamp } from "../../lambda/domain/time.ts";
import { operationsOfRun } from "../../lambda/evidence/query/run-lines.ts";
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

/** The name of a customer's Organization. */
function nameOf(customer: string): string {
  return demoOrganizations().find(({ displayName }) => displayName === customer)?.name ?? "";
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
      scopes: [SCOPE.connections, SCOPE.organizations, SCOPE.logs],
    });
    demoPast(tenant, Date.now());
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
    expect(entries).toHaveLength(15);
    const unread = second.snapshot.filter(({ status }) => status === "failed");
    expect(unread.map(({ organizationDisplayName }) => organizationDisplayName)).toEqual([UNREADABLE]);
  });

  it("says who made each change, and what came and went", async () => {
    const store = memoryEvidenceStore();
    await auditDay(0, store, tenant);
    demoChanges(tenant);
    const { manifest } = await recorded(store, await auditDay(1, store, tenant));
    expect(manifest.logs).toMatchObject({ complete: true });
    const { attribution, undone } = manifest.summary;
    // A repeated request, and a connection that was deleted in the whole tenant, leave room for doubt.
    expect(attribution).toEqual({ certain: 8, likely: 3, none: 0 });
    expect(undone).toBe(1);
    const operations: Operation[] = [];
    for await (const operation of operationsOfRun(store, manifest)) operations.push(operation);
    const [brief] = operations.filter(({ effect }) => effect === "undone");
    expect(brief?.undone.map(({ change }) => [change.organizationName, change.severity])).toEqual([
      [nameOf(BRIEFLY_OPEN), "high"],
    ]);
  });

  it("ends with an update that reads what was opened since, and what was unread", async () => {
    const store = memoryEvidenceStore();
    for (const day of [0, 1]) {
      await auditDay(day, store, tenant);
      if (day === 0) demoChanges(tenant);
    }
    lateDemoChanges(tenant);
    const before = tenant.requests.connections;
    const { changes, manifest } = await recorded(store, await auditDay(2, store, tenant, { kind: "update" }));
    expect(tenant.requests.connections - before).toBe(2);
    expect(manifest).toMatchObject({ kind: "update", status: "complete" });
    expect(changes.map(({ organizationName, change, severity }) => [organizationName, change, severity])).toEqual([
      [nameOf(UNREADABLE), "connection_disabled", "high"],
      [nameOf(LATE), "connection_enabled", "high"],
    ]);
    expect(manifest.summary.attribution).toMatchObject({ none: 0 });
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
