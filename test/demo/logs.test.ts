import { afterEach, describe, expect, it } from "@jest/globals";
import * as v from "valibot";
import { type DemoTenant, type DemoTenantOptions, startDemoTenant } from "../../lambda/demo/tenant.ts";
import { ALICE, TERRAFORM } from "../support/demo-logs.ts";

const AT = Date.UTC(2026, 10, 24, 6);
const ORGANIZATION = { id: "org_0000000000000001", name: "acme", displayName: "Acme", connections: [] };
const GOOGLE = {
  connection_id: "con_1",
  assign_membership_on_login: false,
  connection: { name: "google-oauth2", strategy: "google-oauth2" },
};

let tenant: DemoTenant;
let nowMs: number;
afterEach(() => tenant.close());

async function start(options: DemoTenantOptions = {}): Promise<void> {
  nowMs = AT;
  tenant = await startDemoTenant({
    organizations: [structuredClone(ORGANIZATION)],
    scopes: ["read:logs"],
    bucket: { kind: "drip", limit: 1_000, perSecond: 1_000 },
    now: () => nowMs,
    ...options,
  });
}

const listSchema = v.object({
  start: v.number(),
  limit: v.number(),
  length: v.number(),
  total: v.number(),
  logs: v.array(v.looseObject({ log_id: v.string(), type: v.string(), date: v.string() })),
});

async function ask(query: Record<string, string>) {
  const url = `${tenant.url}/api/v2/logs?${new URLSearchParams(query)}`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${tenant.token}` } });
  return { status: response.status, body: await response.json() };
}

async function list(query: Record<string, string> = {}) {
  const { body } = await ask({ sort: "date:1", per_page: "100", include_totals: "true", ...query });
  return v.parse(listSchema, body);
}

describe("the demo tenant's logs", () => {
  it("need the scope read:logs", async () => {
    await start({ scopes: ["read:organizations"] });
    expect(await ask({})).toMatchObject({ status: 403, body: { errorCode: "insufficient_scope" } });
  });

  it("have an entry of each change, as Auth0 writes it for the Dashboard and for an application", async () => {
    await start();
    const alice = tenant.operator(ALICE);
    const terraform = tenant.operator(TERRAFORM);
    const added = alice.enable(ORGANIZATION.id, GOOGLE);
    nowMs += 1_000;
    terraform.update(ORGANIZATION.id, "con_1", { assign_membership_on_login: true });
    expect(tenant.organizations.at(ORGANIZATION.id).connections).toMatchObject([{ assign_membership_on_login: true }]);
    terraform.disable(ORGANIZATION.id, "con_1");
    alice.rename(ORGANIZATION.id, { displayName: "Acme Inc." });
    alice.create({ ...ORGANIZATION, id: "org_0000000000000002", connections: [GOOGLE] });
    alice.delete(ORGANIZATION.id);
    expect([...tenant.organizations.keys()]).toEqual(["org_0000000000000002"]);
    const { logs } = await list({ q: "type:sapi" });
    expect(logs).toHaveLength(6);
    expect(logs[0]).toMatchObject({
      log_id: added,
      type: "sapi",
      date: "2026-11-24T06:00:00.000Z",
      ip: "203.0.113.7",
      details: {
        request: {
          method: "post",
          path: `/api/v2/organizations/${ORGANIZATION.id}/connections`,
          body: { connection_id: "con_1", assign_membership_on_login: false },
          channel: "https://manage.auth0.com/",
          auth: { user: { user_id: "auth0|alice", email: "alice@example.com" } },
        },
        response: { statusCode: 201 },
      },
    });
    expect(logs[1]).toMatchObject({
      client_name: "terraform",
      user_agent: "Terraform/1.14",
      details: {
        request: {
          method: "patch",
          path: `/api/v2/organizations/${ORGANIZATION.id}/enabled_connections/con_1`,
          channel: "api",
          auth: { user: {} },
        },
      },
    });
  });

  it("are searched by type and date, both ways, page by page with totals", async () => {
    await start();
    for (let index = 0; index < 250; index += 1)
      tenant.logs.add({ type: index % 2 === 0 ? "sapi" : "seccft" }, AT + index * 1_000);
    tenant.logs.add({ type: "my_organization_api_x" }, AT - 1);
    nowMs += 250_000;
    const q = "type:(sapi OR my_organization_api_*) AND date:[2026-11-24T06:00:10 TO 2026-11-24T06:03:20.000Z]";
    const page = await list({ q, page: "1", per_page: "50" });
    expect(page).toMatchObject({ start: 50, limit: 50, length: 46, total: 96 });
    expect(page.logs[0]?.date).toBe("2026-11-24T06:01:50.000Z");
    expect((await list({ q: "type:my_organization_api_*" })).total).toBe(1);
    expect((await list({ q: "date:[* TO 2026-11-24T06:00:00.000Z]", sort: "date:-1" })).logs).toMatchObject([
      { date: "2026-11-24T06:00:00.000Z", type: "sapi" },
      { date: "2026-11-24T06:00:00.000Z", type: "seccft" },
      { date: "2026-11-24T05:59:59.999Z" },
    ]);
    expect((await ask({ q, per_page: "7" })).body).toHaveLength(7);
  });

  it("give the first 1,000 results of a search alone, and refuse other queries", async () => {
    await start();
    for (let index = 0; index < 1_100; index += 1) tenant.logs.add({ type: "sapi" }, AT + index);
    nowMs += 1_100;
    expect(await list({ page: "9" })).toMatchObject({ length: 100, total: 1_101 });
    for (const query of ["page=10&per_page=100", "per_page=101", "q=path:x", "take=3", "sort=type:1"])
      expect(await ask(Object.fromEntries(new URLSearchParams(query)))).toMatchObject({ status: 400 });
  });

  it("expire, come late, and tell of the tokens that were issued", async () => {
    await start({ logRetentionMs: 60_000 });
    tenant.logs.add({ type: "sapi" }, AT, 5_000);
    expect((await list()).total).toBe(1);
    nowMs += 5_000;
    expect((await list()).total).toBe(2);
    nowMs += 56_000;
    expect((await list()).total).toBe(0);
    await fetch(`${tenant.url}/oauth/token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        grant_type: "client_credentials",
        client_id: tenant.clientId,
        client_secret: tenant.clientSecret,
        audience: `https://${tenant.domain}/api/v2/`,
      }),
    });
    expect((await list()).logs).toMatchObject([{ type: "seccft" }]);
  });
});
