import { describe, expect, it } from "@jest/globals";
import type { OrganizationId } from "../../lambda/domain/identifiers.ts";
import {
  ACME,
  api,
  connection,
  failure,
  ids,
  list,
  rejection,
  script,
  TOKEN,
  tenant,
  value,
} from "../support/scripted-api.ts";

describe("reading an Organization's connections", () => {
  it("sends one request with the token and its User-Agent, and sorts the connections", async () => {
    script({ body: list("con_b", "con_a") });
    const tested = api();
    expect(await ids(tested.enabledConnections(ACME))).toEqual(["con_a", "con_b"]);
    expect(tenant.asked).toEqual([
      `/api/v2/organizations/${ACME}/enabled_connections?page=0&per_page=100&include_totals=true`,
    ]);
    expect(tenant.headers[0]).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      "user-agent": "auth0-organization-auditor/1.2.3",
    });
    expect(tested.usage()).toMatchObject({ requests: 1, retries: 0, rateLimited: 0 });
  });

  it("returns when the answer came", async () => {
    script({ body: [] });
    expect(await api().enabledConnections(ACME)).toEqual({ ok: true, value: [], at: "2026-03-03T06:00:00.000Z" });
  });

  it("follows the page size of the answer, not the one it asked for", async () => {
    const all = Array.from({ length: 230 }, (_, index) => `con_${String(index).padStart(3, "0")}`);
    tenant.answer(({ url }) => {
      const limit = Math.min(50, Number(url.searchParams.get("per_page")));
      const start = limit * Number(url.searchParams.get("page"));
      const enabled_connections = all.slice(start, start + limit).map(connection);
      return { body: { start, limit, total: all.length, enabled_connections } };
    });
    expect(await ids(api().enabledConnections(ACME))).toEqual(all);
    expect(tenant.asked).toHaveLength(5);
    expect(tenant.asked[1]).toContain("page=1&per_page=50");
  });

  it.each([0, 49, 50, 51, 120])("reads a bare list of %d", async (total) => {
    const all = Array.from({ length: total }, (_, index) => `con_${String(index).padStart(3, "0")}`);
    tenant.answer(({ url }) => {
      const start = 50 * Number(url.searchParams.get("page"));
      return { body: all.slice(start, start + 50).map(connection) };
    });
    expect(await ids(api().enabledConnections(ACME))).toEqual(all);
  });

  it("reads a bare list without totals", async () => {
    const all = Array.from({ length: 60 }, (_, index) => `con_${index}`).sort();
    script({ body: all.map(connection) });
    expect(await ids(api().enabledConnections(ACME))).toEqual(all);
    expect(tenant.asked).toHaveLength(2);
  });

  it("reads a list again from its start when it changed between two pages", async () => {
    const page = (start: number, total: number, ...names: string[]) => ({
      body: { start, limit: 2, total, enabled_connections: names.map(connection) },
    });
    script(page(0, 3, "con_a", "con_b"), page(2, 4, "con_c", "con_d"), page(0, 2, "con_c", "con_d"));
    expect(await ids(api().enabledConnections(ACME))).toEqual(["con_c", "con_d"]);
  });

  it.each([
    ["a total that is never reached", { start: 0, limit: 50, total: 3, enabled_connections: [] }, "$.total"],
    ["a limit of nothing", { start: 0, limit: 0, total: 3, enabled_connections: [] }, "$.total"],
    ["a wrong start", { start: 7, limit: 50, total: 0, enabled_connections: [] }, "$.start"],
    ["more than the total", { ...list("con_a", "con_b"), total: 1 }, "$.total"],
    ["a connection twice", { ...list("con_a", "con_a") }, "$.enabled_connections"],
    ["a bare list with one twice", [connection("con_a"), connection("con_a")], "$"],
  ])("believes no list with %s", async (_, body, path) => {
    script({ body });
    const { code, message } = failure(await api().enabledConnections(ACME));
    expect({ code, names: message.includes(path) }).toEqual({ code: "malformed_response", names: true });
    expect(tenant.asked).toHaveLength(3);
  });

  it("encodes the ID, and sends no request for one that leads to another path", async () => {
    script({ body: [] });
    const tested = api();
    await tested.enabledConnections("org/../x?y=#z%" as OrganizationId);
    expect(tenant.asked[0]).toContain("/organizations/org%2F..%2Fx%3Fy%3D%23z%25/enabled_connections?");
    for (const id of [".", "..", "\ud800"]) {
      expect(failure(await tested.enabledConnections(id as OrganizationId)).code).toBe("invalid_request");
      expect(failure(await tested.organization(id as OrganizationId)).code).toBe("invalid_request");
    }
    expect(tenant.asked).toHaveLength(1);
  });

  it("reports the JSON path of an unexpected shape, after one retry", async () => {
    const good = connection("con_a");
    script({ body: { ...list(), enabled_connections: [good, { ...good, is_signup_enabled: "yes" }] } });
    expect(failure(await api().enabledConnections(ACME))).toMatchObject({
      code: "malformed_response",
      httpStatus: 200,
      attempts: 2,
      message: expect.stringContaining("$.enabled_connections[1].is_signup_enabled"),
    });
  });
});

const NOT_FOUND = {
  status: 404,
  body: { statusCode: 404, error: "Not Found", message: "None.", errorCode: "inexistent_organization" },
};

describe("reading one Organization", () => {
  it("returns its names, and null when there is none", async () => {
    script({ body: { id: ACME, name: "acme", display_name: "Acme" } }, { body: { id: ACME } }, NOT_FOUND);
    const tested = api();
    expect(value(await tested.organization(ACME))).toEqual({ organizationId: ACME, name: "acme", displayName: "Acme" });
    expect(value(await tested.organization(ACME))).toEqual({ organizationId: ACME, name: null, displayName: null });
    expect(value(await tested.organization(ACME))).toBeNull();
    expect(tenant.asked[0]).toBe(`/api/v2/organizations/${ACME}`);
  });

  it("rejects the 404 of a proxy or gateway, and an answer about another Organization", async () => {
    for (const body of ["<html>Not found</html>", {}, { statusCode: 404, error: "Not Found", message: "No route" }]) {
      script({ status: 404, body });
      expect(failure(await api().organization(ACME)).code).toBe("malformed_response");
    }
    script({ body: { id: "org_BBBBBBBBBBBBBBBB" } });
    expect(failure(await api().organization(ACME)).message).toContain("$.id");
  });
});

describe("the list of Organizations", () => {
  it("is read by checkpoint, empty pages included", async () => {
    script(
      { body: { organizations: [{ id: "org_a", name: "a" }], next: "x&y" } },
      { body: { organizations: [], next: "z" } },
      { body: { organizations: [{ id: "org_b" }] } },
    );
    const tested = api();
    expect(await tested.organizations(null)).toEqual({
      organizations: [{ organizationId: "org_a", name: "a", displayName: null }],
      next: "x&y",
    });
    expect(await tested.organizations("x&y")).toEqual({ organizations: [], next: "z" });
    expect((await tested.organizations("z")).next).toBeNull();
    expect(tenant.asked.slice(0, 2)).toEqual([
      "/api/v2/organizations?take=100",
      "/api/v2/organizations?take=100&from=x%26y",
    ]);
  });

  it("is whole when a bare list is short, and when the totals say so", async () => {
    script({ body: [{ id: "org_a" }] }, { body: { start: 0, limit: 50, total: 1, organizations: [{ id: "org_a" }] } });
    const tested = api();
    expect((await tested.organizations(null)).organizations).toHaveLength(1);
    expect((await tested.organizations(null)).organizations).toHaveLength(1);
  });

  it.each([
    ["a bare list of a full page", Array.from({ length: 50 }, (_, index) => ({ id: `org_${index}` })), "$.next"],
    ["a total that is not reached", { start: 0, limit: 1, total: 2, organizations: [{ id: "org_a" }] }, "$.next"],
    ["an Organization without an ID", { organizations: [{ name: "a" }] }, "$.organizations[0].id"],
    ["an empty ID", { organizations: [{ id: "" }] }, "$.organizations[0].id"],
    ["an ID without end", { organizations: [{ id: "x".repeat(51) }] }, "$.organizations[0].id"],
    ["no list", { organizations: null }, "$.organizations"],
  ])("is unreadable with %s", async (_, body, path) => {
    script({ body });
    const error = await rejection(api().organizations(null));
    expect(error).toMatchObject({ name: "RunFailure", code: "organizations_unreadable" });
    expect(String(error)).toContain(path);
  });

  it("is unreadable when a page points to itself or does not come", async () => {
    script({ body: { organizations: [], next: "x" } });
    expect(await rejection(api().organizations("x"))).toMatchObject({ code: "organizations_unreadable" });
    script({ status: 503, body: "no" });
    const error = await rejection(api().organizations(null));
    expect(error).toMatchObject({ code: "organizations_unreadable" });
    expect(String(error)).toContain("503");
  });
});

describe("ending", () => {
  it("rejects at once with the signal's reason", async () => {
    script({ breaks: "hang" });
    const controller = new AbortController();
    const tested = api({ signal: controller.signal });
    const pending = [tested.enabledConnections(ACME), tested.organizations(null), tested.organization(ACME)];
    const rejected = Promise.all(pending.map(rejection));
    while (tenant.asked.length < 3) await new Promise((resolve) => setImmediate(resolve));
    const reason = new Error("enough");
    controller.abort(reason);
    expect(await rejected).toEqual([reason, reason, reason]);
    expect(await rejection(tested.enabledConnections(ACME))).toBe(reason);
  });

  it("sends no request when the signal is aborted already", async () => {
    const reason = new Error("enough");
    expect(await rejection(api({ signal: AbortSignal.abort(reason) }).enabledConnections(ACME))).toBe(reason);
    expect(tenant.asked).toEqual([]);
  });
});

describe("usage", () => {
  it("reports the limit and the lowest remaining of the connections' bucket", async () => {
    const told = (remaining: number) => ({
      headers: { "x-ratelimit-limit": "50", "x-ratelimit-remaining": String(remaining) },
      body: [],
    });
    script(told(49), told(40), told(45), { body: { id: ACME } });
    const tested = api();
    expect(tested.usage()).toMatchObject({ limit: null, lowestRemaining: null });
    for (let read = 0; read < 3; read += 1) await tested.enabledConnections(ACME);
    await tested.organization(ACME);
    expect(tested.usage()).toMatchObject({ requests: 4, limit: 50, lowestRemaining: 40 });
    expect(tested.concurrency()).toBeGreaterThanOrEqual(1);
  });
});
