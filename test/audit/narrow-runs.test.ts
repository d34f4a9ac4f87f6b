import { beforeEach, describe, expect, it } from "@jest/globals";
import { audit } from "../../lambda/audit/audit.ts";
import type { ManagementApi } from "../../lambda/auth0/port.ts";
import type { Change } from "../../lambda/domain/change.ts";
import type { OrganizationId } from "../../lambda/domain/identifiers.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import { timestamp } from "../../lambda/domain/time.ts";
import { dependencies, inProcessExecution, recorded, request, told } from "../support/audit-harness.ts";
import { connection, organizationId } from "../support/builders.ts";
import { fakeManagementApi } from "../support/fake-management-api.ts";
import { memoryEvidenceStore } from "../support/memory-evidence-store.ts";

const SAML = connection("1", "samlp").wire;
const GOOGLE = connection("3", "google-oauth2").wire;
const REFUSED = { code: "forbidden", httpStatus: 403, message: "Not this one.", attempts: 1 } as const;
const [A, B, C, D] = [organizationId("a"), organizationId("b"), organizationId("c"), organizationId("d")];

describe("runs over a given list", () => {
  let tenant: Map<OrganizationId, JsonObject[]>;
  let names: Map<OrganizationId, string>;
  let store: ReturnType<typeof memoryEvidenceStore>;
  let day: number;

  beforeEach(() => {
    tenant = new Map([A, B, C].map((id) => [id, [SAML]]));
    names = new Map();
    store = memoryEvidenceStore();
    day = 0;
  });

  async function run(
    organizations: "all" | readonly OrganizationId[],
    unreadable: readonly OrganizationId[] = [],
  ): Promise<readonly Change[]> {
    const healthy = fakeManagementApi(tenant, Date.now, names);
    const api: ManagementApi = {
      ...healthy,
      enabledConnections: async (id) =>
        unreadable.includes(id)
          ? { ok: false, failure: REFUSED, at: timestamp(Date.now()) }
          : healthy.enabledConnections(id),
    };
    const asked = request(day, { organizations });
    day += 1;
    return (await recorded(store, await audit(asked, dependencies(store, api), inProcessExecution))).changes;
  }

  it("hide no change from the next run over the whole tenant", async () => {
    await run("all");
    tenant.get(A)?.push(GOOGLE);
    expect(told(await run([B]))).toEqual([]);
    expect(told(await run("all"))).toEqual(["high connection_enabled 00a 003"]);
    expect(told(await run("all"))).toEqual([]);
  });

  it("report a change in the Organizations that they read, and the next full run does not repeat it", async () => {
    await run("all");
    tenant.get(A)?.push(GOOGLE);
    expect(told(await run([A]))).toEqual(["high connection_enabled 00a 003"]);
    expect(told(await run("all"))).toEqual([]);
  });

  it("report additions and removals between two lists, and only about IDs that were never observed or left the list", async () => {
    await run([A]);
    expect(told(await run([A, B]))).toEqual(["info scope_added 00b -"]);
    expect(told(await run([B]))).toEqual(["info scope_removed 00a -"]);
    // It was observed before: it is compared, not added.
    tenant.get(A)?.push(GOOGLE);
    expect(told(await run([A, B]))).toEqual(["high connection_enabled 00a 003"]);
  });

  it("report no change of the scope before or after a run over the whole tenant", async () => {
    await run("all");
    expect(told(await run([A]))).toEqual([]);
    expect(told(await run("all"))).toEqual([]);
    expect(told(await run([A, D]))).toEqual([]);
  });

  it("set the baseline of the tenant's other Organizations in the first run over all of them", async () => {
    await run([A]);
    tenant.get(A)?.push(GOOGLE);
    expect(told(await run("all"))).toEqual(["high connection_enabled 00a 003"]);
    tenant.set(D, [SAML]);
    expect(told(await run("all"))).toEqual(["medium organization_created 00d -", "medium connection_enabled 00d 001"]);
  });

  it("keep what the tenant's own list said of an Organization that neither it nor they could read", async () => {
    await run("all", [A]);
    expect(told(await run([A], [A]))).toEqual([]);
    expect(told(await run("all"))).toEqual([]);

    tenant.set(D, [SAML]);
    expect(told(await run("all", [D]))).toEqual(["medium organization_created 00d -"]);
    expect(told(await run([D], [D]))).toEqual([]);
    tenant.delete(D);
    expect(told(await run("all"))).toEqual(["medium organization_deleted 00d -"]);
    // Deleted, and named by a list again: that list says nothing of the tenant.
    expect(told(await run([D]))).toEqual([]);
    expect(told(await run("all"))).toEqual([]);
  });

  it("never make a mistyped ID a deleted Organization", async () => {
    await run("all");
    expect(told(await run([A, D]))).toEqual([]);
    expect(told(await run("all"))).toEqual([]);
  });

  it("do not hide a deletion", async () => {
    await run("all");
    tenant.delete(C);
    await run([A]);
    expect(told(await run("all"))).toEqual(["medium organization_deleted 00c -", "medium connection_disabled 00c 001"]);
    await run([A]);
    expect(told(await run("all"))).toEqual([]);
  });

  it("do not hide a rename, which is dated from the run that knew the old name", async () => {
    await run("all");
    names.set(A, "renamed");
    await run([A]);
    const [rename] = await run("all");
    expect(rename).toMatchObject({ change: "organization_renamed", organizationId: A });
    expect(rename?.between.after).not.toBeNull();
  });
});
