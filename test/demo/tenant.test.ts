import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import * as v from "valibot";
import { type DemoOrganization, type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import * as faults from "../support/demo-faults.ts";

const AT = Date.UTC(2026, 2, 3, 6);

function connection(number: number): JsonObject {
  return { connection_id: `con_${number}`, connection: { name: `c${number}`, strategy: "samlp" } };
}

function organization(number: number, connections = 1): DemoOrganization {
  return {
    id: `org_${String(number).padStart(16, "0")}`,
    name: `customer-${number}`,
    displayName: `Customer ${number}`,
    connections: Array.from({ length: connections }, (_, index) => connection(index)),
  };
}

const id = (number: number) => organization(number).id;

let tenant: DemoTenant;
let nowMs: number;
async function start(count: number, options: Parameters<typeof startDemoTenant>[0] = {}): Promise<void> {
  nowMs = AT;
  tenant = await startDemoTenant({
    organizations: Array.from({ length: count }, (_, index) => organization(index)),
    bucket: { kind: "drip", limit: 10_000, perSecond: 10_000 },
    now: () => nowMs,
    ...options,
  });
}
afterEach(() => tenant.close());

async function ask(path: string, token = tenant.token) {
  const response = await fetch(`${tenant.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const pageSchema = v.object({ organizations: v.array(v.object({ id: v.string() })), next: v.optional(v.string()) });

async function walk(take: number, meanwhile: (page: number) => void = () => {}): Promise<string[]> {
  const seen: string[] = [];
  for (let page = 1, from = ""; ; page += 1) {
    const { organizations, next } = v.parse(pageSchema, (await ask(`/api/v2/organizations?take=${take}${from}`)).body);
    seen.push(...organizations.map((one) => one.id));
    if (next === undefined) return seen;
    from = `&from=${encodeURIComponent(next)}`;
    meanwhile(page);
  }
}

describe("the demo tenant's list of Organizations", () => {
  it("is read by checkpoint paging past 1,000", async () => {
    await start(1_234);
    expect(await walk(100)).toEqual([...tenant.organizations.keys()]);
    expect(tenant.requests.organizations).toBe(13);
  });

  it("skips and repeats none when others are created and deleted between pages", async () => {
    await start(50);
    const seen = await walk(10, (page) => {
      if (page === 1) for (const gone of [0, 3, 9, 10, 30]) tenant.organizations.delete(id(gone));
      if (page === 2) tenant.organizations.set(id(70), organization(70));
    });
    const untouched = Array.from({ length: 50 }, (_, index) => id(index)).filter(
      (one) => ![id(10), id(30)].includes(one),
    );
    expect(seen).toEqual([...untouched, id(70)]);
  });

  it("is read by offset paging up to 1,000, with and without totals", async () => {
    await start(1_100);
    const bare = await ask("/api/v2/organizations?page=1&per_page=100");
    expect(bare.body).toHaveLength(100);
    expect(Array.isArray(bare.body) && bare.body[0]).toEqual({
      id: id(100),
      name: "customer-100",
      display_name: "Customer 100",
    });
    const totals = await ask("/api/v2/organizations?page=9&per_page=100&include_totals=true");
    expect(totals.body).toMatchObject({ start: 900, limit: 100, total: 1100 });
    expect(await ask("/api/v2/organizations?page=10&per_page=100")).toMatchObject({ status: 400 });
  });

  it.each(["take=101", "take=0", "take=x", "from=a.b", "from=~", "per_page=101", "page=-1", "include_totals=1", "q=x"])(
    "refuses %s",
    async (query) => {
      await start(1);
      expect(await ask(`/api/v2/organizations?${query}`)).toMatchObject({
        status: 400,
        body: { statusCode: 400, errorCode: "invalid_query_string" },
      });
    },
  );

  it("can have 100,000 Organizations", async () => {
    await start(100_000);
    expect((await walk(100)).length).toBe(100_000);
  });
});

describe("one Organization of the demo tenant", () => {
  beforeEach(() => start(0, { organizations: [organization(1, 230)], mostPerPage: 50 }));
  const path = `/api/v2/organizations/${id(1)}`;

  it("is read by its ID", async () => {
    expect((await ask(path)).body).toEqual({ id: id(1), name: "customer-1", display_name: "Customer 1" });
    expect(await ask(`/api/v2/organizations/${id(2)}`)).toMatchObject({ status: 404, body: { statusCode: 404 } });
    expect(await ask(`/api/v2/organizations/${"x".repeat(51)}`)).toMatchObject({ status: 400 });
    expect(await ask("/api/v2/organizations/%E0%A4%A/enabled_connections")).toMatchObject({ status: 404 });
  });

  it("limits the size of a page of connections", async () => {
    const { body } = await ask(`${path}/enabled_connections?page=4&per_page=100&include_totals=true`);
    expect(body).toMatchObject({ start: 200, limit: 50, total: 230 });
    expect(body).toHaveProperty("enabled_connections.length", 30);
    expect((await ask(`${path}/enabled_connections`)).body).toHaveLength(50);
    expect((await ask(`${path}/enabled_connections?page=5&per_page=50`)).body).toEqual([]);
    expect(await ask(`${path}/enabled_connections?per_page=101`)).toMatchObject({ status: 400 });
  });

  it("can be changed, renamed and deleted", async () => {
    const { organizations } = tenant;
    organizations.set(id(2), organization(2, 2));
    organizations.enable(id(2), connection(7));
    organizations.disable(id(2), "con_0");
    organizations.update(id(2), "con_1", { is_signup_enabled: true });
    organizations.rename(id(2), { displayName: "Other" });
    expect((await ask(`/api/v2/organizations/${id(2)}/enabled_connections`)).body).toEqual([
      { ...connection(1), is_signup_enabled: true },
      connection(7),
    ]);
    expect((await ask(`/api/v2/organizations/${id(2)}`)).body).toMatchObject({ display_name: "Other" });
    expect(() => organizations.enable("org_x", connection(1))).toThrow(RangeError);
    organizations.clear();
    expect((await ask("/api/v2/organizations")).body).toEqual([]);
  });
});

it("can answer an empty list for the connections of a deleted Organization", async () => {
  await start(0, { absentConnections: "empty" });
  expect((await ask(`/api/v2/organizations/${id(1)}/enabled_connections?include_totals=true`)).body).toEqual({
    start: 0,
    limit: 50,
    total: 0,
    enabled_connections: [],
  });
});

it("can leave out requested totals", async () => {
  await start(1, { withTotals: false });
  expect((await ask(`/api/v2/organizations/${id(0)}/enabled_connections?include_totals=true`)).body).toHaveLength(1);
});

describe("the demo tenant's rate limit", () => {
  it("is in the headers of every answer, and is enforced with 429", async () => {
    await start(1, { bucket: { kind: "drip", limit: 2, perSecond: 0.5 } });
    const path = `/api/v2/organizations/${id(0)}/enabled_connections`;
    const first = await ask(path);
    expect(Object.fromEntries(first.headers)).toMatchObject({
      date: new Date(AT).toUTCString(),
      "x-ratelimit-limit": "2",
      "x-ratelimit-remaining": "1",
      "x-ratelimit-reset": String(AT / 1000 + 2),
    });
    await ask(path);
    expect(await ask(path)).toMatchObject({ status: 429, body: { errorCode: "too_many_requests" } });
    expect(tenant.limited.connections).toBe(1);
    expect(tenant.takeAsOthers()).toBe(false);
    nowMs += 2000;
    expect(tenant.takeAsOthers()).toBe(true);
    tenant.changeBucket({ kind: "drip", limit: 9, perSecond: 9 });
    nowMs += 2000;
    expect((await ask(path)).headers.get("x-ratelimit-remaining")).toBe("8");
    expect((await ask("/api/v2/organizations")).headers.get("x-ratelimit-remaining")).toBe("1");
  });

  it("can have another one for all routes together", async () => {
    await start(1, { globalBucket: { kind: "window", limit: 2, perSecond: 1 } });
    expect(await ask("/api/v2/organizations")).toMatchObject({ status: 200 });
    expect(await ask(`/api/v2/organizations/${id(0)}`)).toMatchObject({ status: 200 });
    const refused = await ask("/api/v2/organizations");
    expect(refused.status).toBe(429);
    expect(refused.headers.get("x-ratelimit-limit")).toBe("2");
  });
});

describe("the demo tenant's faults", () => {
  beforeEach(() => start(1));
  const path = `/api/v2/organizations/${id(0)}/enabled_connections`;
  const raw = () => fetch(`${tenant.url}${path}`, { headers: { authorization: `Bearer ${tenant.token}` } });

  it("can select requests by route, ID and count", async () => {
    tenant.fault = faults.anyOf(
      faults.on("organization", faults.status(500)),
      faults.on("connections", faults.first(1, faults.status(503)), id(0)),
      faults.on("organizations", faults.every(2, faults.limited({ "x-ratelimit-reset": "soon" }))),
    );
    const statuses: number[] = [];
    for (const one of [path, path, `/api/v2/organizations/${id(0)}`, ...Array(4).fill("/api/v2/organizations")])
      statuses.push((await ask(one)).status);
    expect(statuses).toEqual([503, 200, 500, 200, 429, 200, 429]);
    expect(tenant.requests).toEqual({
      organizations: 4,
      organization: 1,
      connections: 2,
      logs: 0,
      events: 0,
      token: 0,
    });
  });

  it("can be HTML, incomplete JSON, a broken body and a reset", async () => {
    tenant.fault = faults.html(502);
    expect(await (await raw()).text()).toContain("<!doctype html>");
    tenant.fault = faults.truncatedJson;
    await expect(raw().then((answer) => answer.json())).rejects.toMatchObject({ name: "SyntaxError" });
    tenant.fault = faults.brokenBody;
    await expect(raw().then((answer) => answer.text())).rejects.toMatchObject({ message: "terminated" });
    tenant.fault = faults.reset;
    await expect(raw()).rejects.toMatchObject({ message: "fetch failed" });
  });

  it("can be no answer at all", async () => {
    const end = new AbortController();
    tenant.fault = (request) => {
      end.abort(new Error("enough"));
      return faults.hang(request);
    };
    await expect(fetch(`${tenant.url}${path}`, { signal: end.signal })).rejects.toThrow("enough");
  });

  it("can be headers alone", async () => {
    tenant.fault = faults.headers({ "X-RateLimit-Reset": null, "X-RateLimit-Remaining": "many", Date: null });
    const { status, headers } = await ask(path);
    expect(status).toBe(200);
    expect([headers.get("x-ratelimit-reset"), headers.get("x-ratelimit-remaining"), headers.get("date")]).toEqual([
      null,
      "many",
      null,
    ]);
  });
});
