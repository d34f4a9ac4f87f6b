import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { RunFailure, TokenError } from "../../lambda/core/errors.ts";
import type { Domain, OrganizationId } from "../../lambda/core/model.ts";
import { type ManagementApiOptions, managementApi } from "../../lambda/edges/management-api.ts";
import type { ManagementApi, Reading, TokenSource } from "../../lambda/ports.ts";
import { type ManualClock, manualClock } from "../support/manual-clock.ts";
import { type Scripted, type ScriptedTenant, scriptedTenant } from "../support/scripted-tenant.ts";

const ACME = "org_AAAAAAAAAAAAAAAA" as OrganizationId;
const TOKEN = "secret-token.that-nobody.may-see";

let tenant: ScriptedTenant;
let clock: ManualClock;

beforeEach(async () => {
  tenant = await scriptedTenant();
  clock = manualClock();
});
afterEach(() => tenant.close());

function tokens(...values: string[]): TokenSource & { reads: number } {
  const source = {
    reads: 0,
    read: async () => {
      const value = values[Math.min(source.reads, values.length - 1)] ?? TOKEN;
      source.reads += 1;
      return { reveal: () => value, expiresAt: null };
    },
  };
  return source;
}

function api(options: Partial<ManagementApiOptions> = {}): ManagementApi {
  return managementApi({
    domain: "acme.eu.auth0.com" as Domain,
    baseUrl: tenant.baseUrl,
    tokenSource: tokens(TOKEN),
    clock,
    random: () => 0.5,
    version: "1.2.3",
    ...options,
  });
}

function connection(id: string) {
  return { connection_id: id, connection: { name: `name-${id}`, strategy: "samlp" } };
}

function list(...ids: string[]) {
  return { start: 0, limit: 100, total: ids.length, enabled_connections: ids.map(connection) };
}

function script(...answers: Scripted[]): void {
  tenant.answer(({ count }) => answers[Math.min(count, answers.length) - 1] ?? {});
}

function value<Value>(reading: Reading<Value>): Value {
  if (reading.ok) return reading.value;
  throw new Error(inspect(reading.failure));
}

function failure(reading: Reading<unknown>) {
  if (!reading.ok) return reading.failure;
  throw new Error("It should have failed.");
}

async function ids(reading: Promise<Reading<readonly { readonly connectionId: string }[]>>) {
  return value(await reading).map(({ connectionId }) => connectionId);
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error("It should have been rejected.");
    },
    (error: unknown) => error,
  );
}

describe("reading an Organization's connections", () => {
  it("asks once, with the token, as itself, and sorts what comes", async () => {
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

  it("says when the answer came", async () => {
    script({ body: [] });
    expect(await api().enabledConnections(ACME)).toEqual({ ok: true, value: [], at: "2026-03-03T06:00:00.000Z" });
  });

  it("follows the answer's own page size, not the one it asked for", async () => {
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

  it("reads a bare list that knows no pages", async () => {
    const all = Array.from({ length: 60 }, (_, index) => `con_${index}`).sort();
    script({ body: all.map(connection) });
    expect(await ids(api().enabledConnections(ACME))).toEqual(all);
    expect(tenant.asked).toHaveLength(2);
  });

  it("reads a list that shifted between two pages again from its start", async () => {
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

  it("encodes the ID, and never asks for one that would lead elsewhere", async () => {
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

  it("names the JSON path of what is not as promised, after a second look", async () => {
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

describe("answers other than 200", () => {
  it.each([
    [400, "invalid_request", 1],
    [403, "forbidden", 1],
    [404, "organization_not_found", 1],
    [418, "malformed_response", 2],
    [204, "malformed_response", 2],
    [408, "timeout", 5],
    [500, "unavailable", 5],
    [503, "unavailable", 5],
  ])("%d is %s after %d attempts", async (status, code, attempts) => {
    script({ status, ...(status === 204 ? { body: "" } : { body: { statusCode: status, message: "Because." } }) });
    expect(failure(await api().enabledConnections(ACME))).toMatchObject({ code, attempts, httpStatus: status });
    expect(tenant.asked).toHaveLength(attempts);
  });

  it("does not follow a redirect, which would take the token along", async () => {
    script({ status: 302, headers: { location: `${tenant.baseUrl}/elsewhere` } });
    expect(failure(await api().enabledConnections(ACME))).toMatchObject({
      code: "malformed_response",
      httpStatus: 302,
    });
    expect(tenant.asked.every((path) => path.startsWith("/api/v2/"))).toBe(true);
  });

  it.each([
    ["a server error", { status: 502, body: "<html>Bad gateway</html>" }],
    ["a reset", { breaks: "reset" }],
    ["a body that is cut off", { breaks: "cut", body: '{"start":0' }],
    ["truncated JSON", { body: '{"start":0,"lim' }],
    ["HTML", { body: "<html>Hello</html>" }],
    ["no body", { body: "" }],
    ["invalid UTF-8", { body: Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]) }],
    ["a proxy's 404", { status: 404, body: "<html>Not found</html>" }],
  ] as const)("goes on after %s", async (_, trouble) => {
    script(trouble, { body: list("con_a") });
    const tested = api();
    expect(await ids(tested.enabledConnections(ACME))).toEqual(["con_a"]);
    expect(tested.usage()).toMatchObject({ requests: 2, retries: 1 });
  });

  it.each([
    ["network", { breaks: "reset" }, null],
    ["network", { breaks: "cut", body: "[" }, 200],
    ["malformed_response", { body: "<html>" }, 200],
    ["malformed_response", { status: 404, body: "<html>" }, 404],
  ] as const)("calls it %s when it does not pass", async (code, trouble, httpStatus) => {
    script(trouble);
    expect(failure(await api().enabledConnections(ACME))).toMatchObject({ code, httpStatus, attempts: 5 });
  });

  it.each(["hang", "hang_in_body"] as const)("gives an answer that never ends its time (%s)", async (breaks) => {
    script({ breaks }, { body: list("con_a") });
    expect(await ids(api({ requestTimeoutMs: 50 }).enabledConnections(ACME))).toEqual(["con_a"]);
    script({ breaks });
    const { code, message } = failure(await api({ requestTimeoutMs: 20 }).enabledConnections(ACME));
    expect({ code, message }).toEqual({ code: "timeout", message: "No whole answer within 0.02 s." });
  });

  it("backs off longer and longer", async () => {
    script({ status: 500 });
    await api().enabledConnections(ACME);
    expect(clock.sleeps).toEqual([375, 750, 1500, 3000]);
  });

  it("refuses an answer without end", async () => {
    script({ body: `[${" ".repeat(11 * 1024 * 1024)}]` });
    expect(failure(await api().enabledConnections(ACME))).toMatchObject({ code: "malformed_response", attempts: 1 });
  });

  it("passes on what Auth0 said, in one line", async () => {
    script({ status: 400, body: { message: `Bad\nid\u202e ${"x".repeat(500)}`, errorCode: "invalid_uri" } });
    const { message } = failure(await api().enabledConnections(ACME));
    expect(message).toMatch(/^Auth0 answered 400 \(Bad id x+\)\.$/);
    expect(message.length).toBeLessThan(240);
  });
});

describe("the token", () => {
  const refused = { status: 401, body: { statusCode: 401, message: "Invalid token." } };

  it("is read again when it is refused, once for all that were refused with it", async () => {
    const tokenSource = tokens("old", "new");
    tenant.answer(({ headers }) => (headers.authorization === "Bearer new" ? { body: list("con_a") } : refused));
    const tested = api({ tokenSource });
    const readings = await Promise.all([1, 2, 3].map(() => ids(tested.enabledConnections(ACME))));
    expect(readings).toEqual([["con_a"], ["con_a"], ["con_a"]]);
    expect(tokenSource.reads).toBe(2);
  });

  it("ends the run when a fresh one is refused as well, and with it every other read", async () => {
    script(refused);
    const tested = api();
    const errors = await Promise.all([1, 2, 3].map(() => rejection(tested.enabledConnections(ACME))));
    for (const error of errors) expect(error).toMatchObject({ name: "RunFailure", code: "token_refused" });
    expect(tenant.asked).toHaveLength(2);
    expect(await rejection(tested.organizations(null))).toBe(errors[0]);
  });

  it("may be rotated any number of times, as long as each is accepted", async () => {
    const accepted = ["one", "two", "three"];
    let current = 0;
    tenant.answer(({ headers }) => {
      if (headers.authorization !== `Bearer ${accepted[current]}`) return refused;
      return { body: [] };
    });
    const tokenSource = { read: async () => ({ reveal: () => accepted[current] ?? "", expiresAt: null }) };
    const tested = api({ tokenSource });
    for (current = 0; current < accepted.length; current += 1) {
      expect(await ids(tested.enabledConnections(ACME))).toEqual([]);
    }
  });

  it("is refused for good when one read is refused again and again while others are not", async () => {
    const other = "org_BBBBBBBBBBBBBBBB" as OrganizationId;
    tenant.answer(({ url }) => (url.pathname.includes(ACME) ? refused : { body: [] }));
    const tested = api();
    let isOver = false;
    const doomed = rejection(tested.enabledConnections(ACME)).finally(() => {
      isOver = true;
    });
    while (!isOver) await tested.enabledConnections(other).catch(() => {});
    expect(await doomed).toMatchObject({ code: "token_refused" });
  });

  it.each([
    ["unavailable", "token_unavailable"],
    ["malformed", "token_unavailable"],
    ["expired", "token_expired"],
    ["refused", "token_refused"],
  ] as const)("that is %s is %s", async (code, expected) => {
    const tokenSource = { read: () => Promise.reject(new TokenError(code, "There is none.")) };
    const error = await rejection(api({ tokenSource }).enabledConnections(ACME));
    expect(error).toBeInstanceOf(RunFailure);
    expect(error).toMatchObject({ code: expected, message: "There is none." });
    expect(tenant.asked).toEqual([]);
  });

  it("is not sent after its time", async () => {
    const tokenSource = { read: async () => ({ reveal: () => TOKEN, expiresAt: clock.now() }) };
    expect(await rejection(api({ tokenSource }).enabledConnections(ACME))).toMatchObject({ code: "token_expired" });
    expect(tenant.asked).toEqual([]);
  });

  it("is shown by no failure", async () => {
    const echo = { message: `Refused: Bearer ${TOKEN}`, errorCode: "x" };
    const shown: unknown[] = [];
    for (const answer of [
      { status: 400, body: echo },
      { status: 401, body: echo },
      { status: 500, body: echo },
      { breaks: "reset" },
      { breaks: "cut" },
      { body: { [TOKEN]: TOKEN, enabled_connections: TOKEN } },
    ] as const) {
      script(answer);
      const tested = api();
      shown.push(await tested.enabledConnections(ACME).catch((error: unknown) => error));
      shown.push(await rejection(tested.organizations(null)), tested);
    }
    for (const badToken of [`${TOKEN}\n${TOKEN}`, `${TOKEN}\u{1f511}`]) {
      shown.push(await rejection(api({ tokenSource: tokens(badToken) }).enabledConnections(ACME)));
    }
    const gone = await scriptedTenant();
    await gone.close();
    const unreachable = api({ baseUrl: gone.baseUrl });
    shown.push(await unreachable.enabledConnections(ACME));
    shown.push(await rejection(unreachable.organizations(null)));
    const text = shown.map((each) => inspect(each, { depth: 10, showHidden: true })).join("\n");
    expect(text).toContain("ECONNREFUSED");
    expect(text).toContain("token_unavailable");
    expect(text).not.toContain(TOKEN);
  });

  it("is hidden, and what it was got with, in the names of an answer that quotes them", async () => {
    const clientSecret = "client-secret-of-the-tests";
    const connection = { name: `sso ${TOKEN}`, strategy: "samlp" };
    script({ body: { enabled_connections: [{ connection_id: "con_1", connection }], [clientSecret]: 1 } });
    const tokenSource = { ...tokens(TOKEN), secrets: [clientSecret, "short"] };
    const observed = await api({ tokenSource }).enabledConnections(ACME);
    expect(observed).toMatchObject({ value: [{ name: "sso [hidden]" }] });
    script({ body: [{ connection_id: "con_1", connection: { name: `${clientSecret} in short`, strategy: "samlp" } }] });
    const other = await api({ tokenSource }).enabledConnections(ACME);
    expect(other).toMatchObject({ value: [{ name: "[hidden] in short" }] });
  });
});

describe("a missing scope", () => {
  const insufficient = { status: 403, body: { statusCode: 403, errorCode: "insufficient_scope" } };

  it("ends the run and is named", async () => {
    script(insufficient);
    const connections = await rejection(api().enabledConnections(ACME));
    expect(connections).toMatchObject({ code: "insufficient_scope" });
    expect(String(connections)).toContain("read:organization_connections");
    const organizations = await rejection(api().organizations(null));
    expect(organizations).toMatchObject({ code: "insufficient_scope" });
    expect(String(organizations)).toContain("read:organizations");
  });

  it("is the caller's decision when one Organization is asked for", async () => {
    script(insufficient);
    expect(failure(await api().organization(ACME)).code).toBe("forbidden");
  });
});

describe("asking for one Organization", () => {
  it("tells its names, and null when there is none", async () => {
    script({ body: { id: ACME, name: "acme", display_name: "Acme" } }, { body: { id: ACME } }, { status: 404 });
    const tested = api();
    expect(value(await tested.organization(ACME))).toEqual({ organizationId: ACME, name: "acme", displayName: "Acme" });
    expect(value(await tested.organization(ACME))).toEqual({ organizationId: ACME, name: null, displayName: null });
    expect(value(await tested.organization(ACME))).toBeNull();
    expect(tenant.asked[0]).toBe(`/api/v2/organizations/${ACME}`);
  });

  it("believes neither a proxy's 404 nor another Organization", async () => {
    script({ status: 404, body: "<html>Not found</html>" });
    expect(failure(await api().organization(ACME)).code).toBe("malformed_response");
    script({ body: { id: "org_BBBBBBBBBBBBBBBB" } });
    expect(failure(await api().organization(ACME)).message).toContain("$.id");
  });
});

describe("the list of Organizations", () => {
  it("is walked by checkpoint, empty pages included", async () => {
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

  it("is unreadable when it goes on where it began, or does not answer", async () => {
    script({ body: { organizations: [], next: "x" } });
    expect(await rejection(api().organizations("x"))).toMatchObject({ code: "organizations_unreadable" });
    script({ status: 503, body: "no" });
    const error = await rejection(api().organizations(null));
    expect(error).toMatchObject({ code: "organizations_unreadable" });
    expect(String(error)).toContain("503");
  });
});

describe("429", () => {
  const seconds = (ms: number) => String(Math.floor(ms / 1000));
  const limited = (headers: Record<string, string> = {}) => ({
    status: 429,
    headers,
    body: { statusCode: 429, errorCode: "too_many_requests" },
  });
  const date = (ms: number) => ({ date: new Date(ms).toUTCString() });

  it("is waited out until the reset by the server's clock, however wrong ours is", async () => {
    const serverMs = clock.now() + 86_400_000;
    script(limited({ ...date(serverMs), "x-ratelimit-reset": seconds(serverMs + 20_000) }), { body: [] });
    const tested = api();
    expect(await ids(tested.enabledConnections(ACME))).toEqual([]);
    expect(clock.sleeps).toEqual([20_125]);
    expect(tested.usage()).toMatchObject({ requests: 2, rateLimited: 1, retries: 1 });
  });

  it("is waited out as Retry-After says", async () => {
    script(limited({ "retry-after": "7" }), { body: [] });
    await api().enabledConnections(ACME);
    expect(clock.sleeps).toEqual([7125]);
  });

  it.each([
    ["absent", {}],
    ["past", { "x-ratelimit-reset": "1" }],
    ["garbage", { "x-ratelimit-reset": "soon" }],
    ["absurd", { "x-ratelimit-reset": "99999999999" }],
  ])("backs off exponentially when the reset is %s", async (_, headers) => {
    script(limited(headers), limited(headers), limited(headers), { body: [] });
    await api().enabledConnections(ACME);
    expect(clock.sleeps).toEqual([750, 1500, 3000]);
  });

  it("pauses everything together, and one request asks before the others follow", async () => {
    let isLimited = true;
    tenant.answer(() => (isLimited ? limited({ "retry-after": "10" }) : { body: [] }));
    const tested = api();
    const first = tested.enabledConnections(ACME);
    await new Promise<void>((resolve) => {
      const look = () => (tenant.asked.length > 0 ? resolve() : setImmediate(look));
      look();
    });
    const others = [tested.enabledConnections(ACME), tested.organization(ACME)];
    while (tenant.asked.length < 3) await new Promise((resolve) => setImmediate(resolve));
    // Three requests so far, each of them alone after a pause.
    expect(tested.usage().rateLimited).toBeGreaterThanOrEqual(2);
    isLimited = false;
    expect((await first).ok).toBe(true);
    await Promise.all(others);
    expect(tested.pauseMs()).toBe(0);
  });

  it("is bounded by time, and then the whole tenant is asked once for each read", async () => {
    script(limited());
    const tested = api({ rateLimitBudgetMs: 60_000 });
    const first = failure(await tested.enabledConnections(ACME));
    expect(first).toMatchObject({ code: "rate_limited", httpStatus: 429 });
    expect(first.attempts).toBeGreaterThan(5);
    clock.advance(60_000);
    for (let read = 0; read < 3; read += 1) {
      const before = clock.now();
      expect(failure(await tested.enabledConnections(ACME))).toMatchObject({ code: "rate_limited", attempts: 1 });
      expect(clock.now() - before).toBeLessThanOrEqual(60_000);
    }
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

  it("asks nothing when it was over before it began", async () => {
    const reason = new Error("enough");
    expect(await rejection(api({ signal: AbortSignal.abort(reason) }).enabledConnections(ACME))).toBe(reason);
    expect(tenant.asked).toEqual([]);
  });
});

describe("the rate limit in the open", () => {
  it("tells the limit and the lowest remaining of the connections' bucket", async () => {
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
