import { describe, expect, it } from "@jest/globals";
import type { LogQuery, LogsReading } from "../../lambda/auth0/port.ts";
import type { Timestamp } from "../../lambda/domain/identifiers.ts";
import { hostileEntry, SECRETS } from "../support/hostile-log-entry.ts";
import { ACME, api, clock, rejection, script, tenant } from "../support/scripted-api.ts";

const QUERY: LogQuery = {
  types: ["sapi", "my_organization_api_*"],
  from: "2026-03-03T05:00:00.000Z" as Timestamp,
  until: "2026-03-03T06:00:00.000Z" as Timestamp,
  page: 2,
  perPage: 100,
};
const ENTRY = { log_id: "900", date: "2026-03-03T05:30:00.123Z", type: "sapi" };
const REFUSED = { status: 401, body: { statusCode: 401, error: "Unauthorized", message: "Invalid token" } };

function page(reading: LogsReading) {
  if (reading.kind === "page") return reading.page;
  throw new Error(JSON.stringify(reading));
}

describe("reading the logs", () => {
  it("searches by type and date, ascending", async () => {
    script({ body: { start: 200, limit: 100, length: 1, total: 201, logs: [ENTRY] } });
    expect(page(await api().logs(QUERY))).toMatchObject({ received: 1, limit: 100, total: 201 });
    const { pathname, searchParams } = new URL(tenant.asked[0] ?? "", "http://tenant");
    expect(pathname).toBe("/api/v2/logs");
    expect(Object.fromEntries(searchParams)).toEqual({
      q: "type:(sapi OR my_organization_api_*) AND date:[2026-03-03T05:00:00.000Z TO 2026-03-03T06:00:00.000Z]",
      sort: "date:1",
      page: "2",
      per_page: "100",
      include_totals: "true",
    });
  });

  it("searches all types, and accepts a bare list", async () => {
    script({ body: [ENTRY] });
    expect(page(await api().logs({ ...QUERY, types: null }))).toMatchObject({ received: 1, limit: null, total: null });
    expect(new URL(tenant.asked[0] ?? "", "http://tenant").searchParams.get("q")).toMatch(/^date:/);
  });

  it("answers that the scope is not granted", async () => {
    script({
      status: 403,
      body: { statusCode: 403, error: "Forbidden", message: "No.", errorCode: "insufficient_scope" },
    });
    const tested = api();
    expect(await tested.logs(QUERY)).toEqual({ kind: "not_granted" });
    script({ body: [] });
    expect(await tested.enabledConnections(ACME)).toMatchObject({ ok: true });
  });

  it.each([
    [400, "invalid_request"],
    [403, "forbidden"],
    [500, "unavailable"],
  ])("answers a failure for status %d", async (status, code) => {
    script({ status, body: { statusCode: status, error: "E", message: "M", errorCode: "other" } });
    expect(await api().logs(QUERY)).toMatchObject({ kind: "failed", failure: { code, httpStatus: status } });
  });

  it.each([{ logs: "none" }, { total: 3 }, 7])("answers a failure for %j", async (body) => {
    script({ body });
    expect(await api().logs(QUERY)).toMatchObject({ kind: "failed", failure: { code: "malformed_response" } });
  });

  it("answers a failure for a refused token, by which the reads that a run needs fail", async () => {
    script(REFUSED);
    const tested = api();
    expect(await tested.logs(QUERY)).toMatchObject({ kind: "failed", failure: { code: "forbidden" } });
    expect(await rejection(tested.enabledConnections(ACME))).toMatchObject({ code: "token_refused" });
  });

  it("has a bucket of its own, and leaves the reserve to others", async () => {
    let left = 20;
    tenant.answer(({ url }) => {
      const isLogs = url.pathname === "/api/v2/logs";
      if (isLogs) left -= 1;
      const resetSeconds = Math.ceil(clock.now() / 1000) + 60;
      return {
        headers: {
          date: new Date(clock.now()).toUTCString(),
          "x-ratelimit-limit": isLogs ? "20" : "100",
          "x-ratelimit-remaining": String(isLogs ? left : 99),
          "x-ratelimit-reset": String(resetSeconds),
        },
        body: isLogs ? { logs: [] } : [],
      };
    });
    const tested = api({ reserve: 0.5 });
    for (let read = 0; read < 10; read += 1) await tested.logs(QUERY);
    expect(left).toBe(10);
    const before = clock.now();
    await tested.enabledConnections(ACME);
    expect(clock.now() - before).toBeLessThan(1_000);
    await tested.logs(QUERY);
    expect(clock.now() - before).toBeGreaterThan(1_000);
  });
});

describe("what leaves the parser of log entries", () => {
  it("is bounded, and has no body, header, token or query", async () => {
    script({ body: { logs: [hostileEntry()] } });
    const [entry] = page(await api().logs(QUERY)).entries;
    const text = JSON.stringify(entry);
    expect(text.length).toBeLessThan(5_000);
    for (const secret of SECRETS) expect(text).not.toContain(secret);
    expect(entry).toMatchObject({
      method: "PATCH",
      path: "/api/v2/organizations/org_0000000000000001",
      requested: {
        is_signup_enabled: true,
        display_name: "Acme",
        enabled_connections: [{ connection_id: "con_1", assign_membership_on_login: true }],
      },
    });
    expect(Object.keys(entry?.requested ?? {})).toEqual(["is_signup_enabled", "display_name", "enabled_connections"]);
  });

  it("leaves out what has no ID or no date, and counts it", async () => {
    const { date, log_id } = ENTRY;
    script({
      body: {
        logs: [null, "text", { date, type: "s" }, { log_id, type: "s" }, { ...ENTRY, date: "yesterday" }, ENTRY],
      },
    });
    const { entries, received } = page(await api().logs(QUERY));
    expect(received).toBe(6);
    expect(entries).toHaveLength(1);
  });

  it.each([
    ["details that are a text", { details: "text" }],
    ["a request that is a list", { details: { request: [1], response: 7 } }],
    ["numbers for texts", { client_id: 7, ip: {}, user_agent: [], details: { request: { method: 1, path: {} } } }],
    ["an impossible status", { details: { response: { statusCode: -5 } } }],
    ["a body that is a text", { details: { request: { body: "name=x" } } }],
  ])("tolerates %s", async (_, other) => {
    script({ body: { logs: [{ ...ENTRY, ...other }] } });
    expect(page(await api().logs(QUERY)).entries).toMatchObject([
      {
        logId: "900",
        at: ENTRY.date,
        method: null,
        path: null,
        statusCode: null,
        requested: {},
        clientId: null,
        ip: null,
      },
    ]);
  });

  it("names the Organizations of My Organization entries alone, wherever they are", async () => {
    const details = { deep: [{ er: `x/${ACME}/y` }], other: "org_BBBBBBBBBBBBBBBB", none: "xorg_CCCCCCCCCCCCCCCC1" };
    script({
      body: {
        logs: [
          { ...ENTRY, type: "my_organization_api_update", user_id: "auth0|bob", details },
          { ...ENTRY, details },
        ],
      },
    });
    const { entries } = page(await api().logs(QUERY));
    expect(entries.map(({ mentionedOrganizationIds }) => mentionedOrganizationIds)).toEqual([
      [ACME, "org_BBBBBBBBBBBBBBBB"],
      [],
    ]);
    expect(entries[0]?.user.id).toBe("auth0|bob");
  });
});
