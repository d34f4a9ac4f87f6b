import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { SCOPE } from "../../lambda/contract.ts";
import { type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";
import { auditDay, recorded } from "../support/audit-harness.ts";
import { memoryEvidenceStore } from "../support/memory-evidence-store.ts";

const ID = "org_0000000000000001";
const TERRAFORM = { kind: "application", clientId: "client", clientName: "terraform" } as const;

describe("a sweep and an update that are scheduled for the same second", () => {
  let tenant: DemoTenant;
  beforeEach(async () => {
    tenant = await startDemoTenant({
      organizations: [{ id: ID, name: "acme", displayName: "Acme", connections: [] }],
      scopes: [SCOPE.connections, SCOPE.organizations, SCOPE.logs],
    });
  });
  afterEach(() => tenant.close());

  const rename = (displayName: string) =>
    tenant.operator({ ...TERRAFORM, userAgent: "Terraform", ip: "198.51.100.24" }).rename(ID, { displayName });

  it("are both recorded, whichever comes first, and each delivery once", async () => {
    const store = memoryEvidenceStore();
    await auditDay(0, store, tenant);
    rename("One");
    const update = await recorded(store, await auditDay(0, store, tenant, { kind: "update" }));
    expect([update.manifest.runId, update.manifest.kind]).toEqual(["20260303T060001Z", "update"]);
    rename("Two");
    const early = await recorded(store, await auditDay(1, store, tenant, { kind: "update" }));
    expect([early.manifest.runId, early.manifest.kind]).toEqual(["20260304T060000Z", "update"]);
    const sweep = await recorded(store, await auditDay(1, store, tenant));
    expect([sweep.manifest.runId, sweep.manifest.kind]).toEqual(["20260304T060001Z", "sweep"]);
    for (const [kind, runId] of [
      ["sweep", "20260304T060001Z"],
      ["update", "20260304T060000Z"],
    ] as const)
      expect(await auditDay(1, store, tenant, { kind })).toMatchObject({ kind: "already_recorded", runId });
  });
});
