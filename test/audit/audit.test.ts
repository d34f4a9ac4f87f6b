import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type DemoOrganization, type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import { auditDay, ids, readEvidence, recorded, told } from "../support/audit-harness.ts";
import { notFound, on, when } from "../support/demo-faults.ts";
import { memoryEvidenceStore } from "../support/memory-evidence-store.ts";

function organization(number: number, ...connections: readonly JsonObject[]): DemoOrganization {
  const end = String(number).padStart(16, "0");
  return {
    id: `org_${end}`,
    name: `customer-${number}`,
    displayName: `Customer ${number}`,
    connections: [...connections],
  };
}

function connection(number: number, strategy: string, flags: JsonObject = {}): JsonObject {
  return {
    connection_id: `con_${String(number).padStart(16, "0")}`,
    assign_membership_on_login: false,
    show_as_button: true,
    is_signup_enabled: false,
    connection: { name: `${strategy}-${number}`, strategy },
    ...flags,
  };
}

const SAML = connection(1, "samlp");
const OKTA = connection(2, "okta");
const GOOGLE = connection(3, "google-oauth2");

describe("an audit of the whole tenant", () => {
  let tenant: DemoTenant;
  let store: ReturnType<typeof memoryEvidenceStore>;

  beforeEach(async () => {
    store = memoryEvidenceStore();
    tenant = await startDemoTenant({
      organizations: Array.from({ length: 20 }, (_, index) => organization(index, SAML)),
      bucket: { kind: "drip", limit: 1000, perSecond: 1000 },
    });
  });
  afterEach(() => tenant.close());

  const at = (number: number) => {
    const found = tenant.organizations.get(`org_${String(number).padStart(16, "0")}`);
    if (found === undefined) throw new RangeError(`There is no Organization ${number}.`);
    return found;
  };
  const failing = (...numbers: readonly number[]) => {
    tenant.fault = on(
      "connections",
      when(({ id }) => numbers.includes(Number(id?.slice(4))), notFound()),
    );
  };

  it("sets the baseline with its first run, and finds nothing when nothing changed", async () => {
    const first = await recorded(store, await auditDay(0, store, tenant));
    expect(first.manifest).toMatchObject({
      status: "complete",
      previous: null,
      baseline: null,
      summary: { organizations: { requested: 20, observed: 20, failed: 0, deleted: 0 }, connections: 20 },
      usage: { requests: 21, rateLimited: 0, retries: 0 },
    });
    expect(first.changes).toEqual([]);
    expect(first.snapshot.map(({ organizationId }) => organizationId)).toEqual([...tenant.organizations.keys()]);
    tenant.organizations.forEach((one) => {
      one.connections.reverse();
    });
    const second = await recorded(store, await auditDay(1, store, tenant));
    expect(second.changes).toEqual([]);
    expect(second.manifest.previous).toMatchObject({ runId: first.manifest.runId, key: first.manifest.key });
  });

  it("tells exactly what changed", async () => {
    await auditDay(0, store, tenant);
    at(1).connections.push(GOOGLE);
    at(2).connections = [];
    at(3).connections = [OKTA];
    at(4).connections = [{ ...SAML, is_signup_enabled: true }];
    at(5).displayName = "Renamed";
    tenant.organizations.delete(at(6).id);
    const created = organization(99, SAML);
    tenant.organizations.set(created.id, created);
    const { changes, manifest, snapshot } = await recorded(store, await auditDay(1, store, tenant));
    expect(told(changes)).toEqual([
      "high connection_enabled 001 003",
      "high connection_disabled 002 001",
      "medium connection_disabled 003 001",
      "medium connection_enabled 003 002",
      "medium connection_updated 004 001",
      "low organization_renamed 005 -",
      "medium organization_deleted 006 -",
      "medium connection_disabled 006 001",
      "medium organization_created 099 -",
      "medium connection_enabled 099 001",
    ]);
    expect(manifest.summary.organizations).toEqual({ requested: 21, observed: 20, failed: 0, deleted: 1 });
    expect(snapshot.find(({ status }) => status === "deleted")?.organizationId).toBe("org_0000000000000006");
    const third = await recorded(store, await auditDay(2, store, tenant));
    expect(third.changes).toEqual([]);
    expect(third.snapshot.some(({ status }) => status === "deleted")).toBe(false);
  });

  it("never tells a change of what it could not read, and compares with the last observation afterwards", async () => {
    await auditDay(0, store, tenant);
    failing(7);
    at(7).connections.push(GOOGLE);
    at(7).displayName = "Renamed while unread";
    const partial = await recorded(store, await auditDay(1, store, tenant));
    expect(partial.manifest.status).toBe("partial");
    expect(partial.changes).toEqual([]);
    expect(partial.snapshot[7]).toMatchObject({
      status: "failed",
      failure: { code: "organization_not_found", httpStatus: 404, attempts: 1 },
      lastObserved: { runId: "20260303T060000Z", enabledConnections: [{ name: "samlp-1" }] },
    });
    await auditDay(2, store, tenant);
    tenant.fault = null;
    const healthy = await recorded(store, await auditDay(3, store, tenant));
    expect(told(healthy.changes)).toEqual(["low organization_renamed 007 -", "high connection_enabled 007 003"]);
    expect(healthy.changes[1]?.between.after).toBe(
      partial.snapshot[7]?.status === "failed" ? partial.snapshot[7].lastObserved?.observedAt : "",
    );
  });

  it("tells an Organization apart that is new and unread from one that was never read", async () => {
    failing(8, 98);
    await auditDay(0, store, tenant);
    const created = organization(98, SAML);
    tenant.organizations.set(created.id, created);
    const second = await recorded(store, await auditDay(1, store, tenant));
    expect(told(second.changes)).toEqual(["medium organization_created 098 -"]);
    await auditDay(2, store, tenant);
    tenant.fault = null;
    const healthy = await recorded(store, await auditDay(3, store, tenant));
    expect(told(healthy.changes)).toEqual(["medium connection_enabled 098 001"]);
  });

  it("does not believe an empty answer of an Organization that is gone", async () => {
    await auditDay(0, store, tenant);
    at(9).connections = [];
    tenant.fault = on("organization", notFound(), at(9).id);
    const { changes, snapshot } = await recorded(store, await auditDay(1, store, tenant));
    expect(changes).toEqual([]);
    expect(snapshot[9]).toMatchObject({ status: "failed", failure: { code: "organization_not_found" } });
  });

  it("does not call deleted what the list left out and the tenant still has", async () => {
    await auditDay(0, store, tenant);
    tenant.fault = ({ route, response }) => {
      if (route !== "organizations") return false;
      const organizations = [...tenant.organizations.values()].slice(1);
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end(JSON.stringify({ organizations: organizations.map(({ id, name }) => ({ id, name })) }));
      return true;
    };
    const { changes, manifest } = await recorded(store, await auditDay(1, store, tenant));
    expect(changes.filter(({ change }) => change !== "organization_renamed")).toEqual([]);
    expect(manifest.summary.organizations).toEqual({ requested: 20, observed: 20, failed: 0, deleted: 0 });
  });

  it("records one run once, however often it is asked for", async () => {
    const [one, other] = await Promise.all([
      auditDay(0, store, tenant, { executionId: "one" }),
      auditDay(0, store, tenant, { executionId: "other" }),
    ]);
    expect([one?.kind, other?.kind].sort()).toEqual(["recorded", "skipped"]);
    expect(await auditDay(0, store, tenant, { executionId: "third" })).toMatchObject({ kind: "already_recorded" });
  });

  it("tells what came into its scope and left it, and no connection of those", async () => {
    const some = ids("1", "2", "3");
    await auditDay(0, store, tenant, { organizations: some });
    at(2).connections.push(GOOGLE);
    const list = await recorded(store, await auditDay(1, store, tenant, { organizations: ids("2", "3", "4") }));
    expect(told(list.changes)).toEqual([
      "info scope_removed 001 -",
      "high connection_enabled 002 003",
      "info scope_added 004 -",
    ]);
    expect(list.manifest).toMatchObject({ scope: "list", summary: { organizations: { requested: 3 } } });
    const whole = await recorded(store, await auditDay(2, store, tenant));
    expect(whole.changes).toEqual([]);
  });

  it("records a run that could not audit, and compares the next one with the last that has a snapshot", async () => {
    await auditDay(0, store, tenant);
    at(1).connections.push(GOOGLE);
    tenant.fault = ({ response }) => {
      response.writeHead(401).end("{}");
      return true;
    };
    const failed = await recorded(store, await auditDay(1, store, tenant));
    expect(failed.manifest).toMatchObject({ status: "failed", files: [], error: { code: "token_refused" } });
    tenant.fault = null;
    const { changes, manifest } = await recorded(store, await auditDay(2, store, tenant));
    expect(told(changes)).toEqual(["high connection_enabled 001 003"]);
    expect(manifest.previous?.runId).toBe(failed.manifest.runId);
    expect(manifest.baseline?.runId).toBe("20260303T060000Z");
  });

  it("keeps the properties that it does not know, and counts them", async () => {
    at(0).connections = [{ ...SAML, is_enabled: true, "\u{1F600}": null }];
    const { manifest, snapshot } = await recorded(store, await auditDay(0, store, tenant));
    expect(manifest.summary.unknownProperties).toBe(1);
    const [first] = snapshot;
    expect(first?.status === "observed" && first.enabledConnections[0]?.wire).toMatchObject({ is_enabled: true });
    at(0).connections = [{ ...SAML, is_enabled: false }];
    expect((await recorded(store, await auditDay(1, store, tenant))).changes).toEqual([]);
  });

  it("writes nothing of the token", async () => {
    await auditDay(0, store, tenant);
    const written: string[] = [];
    for await (const key of store.list("")) {
      const object = await store.read(key);
      if (object !== null) for await (const chunk of object.body) written.push(Buffer.from(chunk).toString("latin1"));
    }
    expect(written.join("")).not.toContain(tenant.token);
    expect((await readEvidence(store, "20260303T060000Z" as never)).manifest.status).toBe("complete");
  });
});

it("a tenant without Organizations is recorded too", async () => {
  const tenant = await startDemoTenant();
  const store = memoryEvidenceStore();
  try {
    const { manifest, changes } = await recorded(store, await auditDay(0, store, tenant));
    expect(manifest).toMatchObject({ status: "complete", summary: { organizations: { requested: 0 } } });
    expect(manifest.files.map(({ role, rows }) => [role, rows])).toEqual([
      ["snapshot", 0],
      ["changes", 0],
      ["findings", 0],
    ]);
    expect(changes).toEqual([]);
  } finally {
    await tenant.close();
  }
});
