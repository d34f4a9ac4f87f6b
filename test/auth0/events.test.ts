import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type TenantEventsOptions, tenantEvents } from "../../lambda/auth0/events.ts";
import type { EventsReading, EventsStart, TenantEvent } from "../../lambda/auth0/port.ts";
import { fixedToken, managementApiToken } from "../../lambda/auth0/token/token.ts";
import { SCOPE } from "../../lambda/contract.ts";
import { type DemoTenant, type Fault, startDemoTenant } from "../../lambda/demo/tenant.ts";
import type { Domain, Timestamp } from "../../lambda/domain/identifiers.ts";
import * as faults from "../support/demo-faults.ts";
import { type HeldClock, heldClock, until } from "../support/held-clock.ts";

const AT = Date.UTC(2026, 2, 3, 6);
const TYPES = ["organization.created", "organization.updated"];
const NOW: EventsStart = { offset: null, timestamp: null };
const BUDGET_MS = 30_000;
const QUIET_MS = 5_000;

let clock: HeldClock;
let tenant: DemoTenant;
let seen: TenantEvent[];
let nowMs: number;

async function start(events: Parameters<typeof startDemoTenant>[0] = {}): Promise<void> {
  tenant = await startDemoTenant({ scopes: [SCOPE.events], now: () => nowMs, ...events });
}
beforeEach(async () => {
  nowMs = AT - 60_000;
  [clock, seen] = [heldClock(AT), []];
  await start();
});
afterEach(() => tenant.close());

/** An event of a minute ago. */
function happens(number: number, type = "organization.updated", ageMs = 60_000): void {
  tenant.events.emit(type, { id: `org_${number}` }, new Date(nowMs - ageMs).toISOString());
}

function read(from: EventsStart = NOW, options: Partial<TenantEventsOptions> = {}): Promise<EventsReading> {
  const source = tenantEvents({
    domain: tenant.domain as Domain,
    baseUrl: tenant.url,
    tokenSource: { read: async () => managementApiToken(tenant.token, "test") },
    clock,
    version: "1.2.3",
    random: () => 0.5,
    budgetMs: BUDGET_MS,
    quietMs: QUIET_MS,
    ...options,
  });
  return source.read(from, TYPES, (event) => seen.push(event));
}

/** The offset that a reading ended at; throws where it failed. */
async function offsetOf(reading: Promise<EventsReading>): Promise<string> {
  const result = await reading;
  if (result.ok && result.offset !== null) return result.offset;
  throw new Error(inspect(result));
}

const ids = () => seen.map(({ object }) => (object as { id: string }).id);
const isOpen = () => until(() => tenant.events.streams === 1);
const sleeps = (milliseconds: number) => until(() => clock.sleeping.includes(milliseconds));
const answers = (status: number, text: string, type = "text/event-stream"): Fault =>
  faults.on("events", ({ response }) => {
    response.writeHead(status, { "Content-Type": type, Date: new Date(AT).toUTCString() });
    response.write(text);
    return true;
  });

describe("a reading of the tenant's events", () => {
  it("reads what happened since an offset, and ends when the heartbeat repeats the last offset", async () => {
    happens(1);
    const offset = await offsetOf(read({ offset: null, timestamp: "2026-03-03T05:00:00.000Z" as Timestamp }));
    happens(2);
    happens(3, "organization.created");
    const reading = await read({ offset, timestamp: null });
    expect(reading).toMatchObject({ ok: true, isCaughtUp: true, gap: null, because: null, requests: 1 });
    expect(ids()).toEqual(["org_1", "org_2", "org_3"]);
    expect(seen.at(-1)).toEqual({ type: "organization.created", object: { id: "org_3" } });
    await until(() => tenant.events.streams === 0);
  });

  it("reads only the types that it asks for", async () => {
    happens(1, "user.created");
    happens(2);
    await read({ offset: null, timestamp: "2026-03-03T00:00:00.000Z" as Timestamp });
    expect(ids()).toEqual(["org_2"]);
  });

  it("says when it began by the tenant's clock", async () => {
    nowMs = AT - 3_600_000;
    happens(1);
    nowMs += 1;
    const reading = read({ offset: null, timestamp: "2026-03-03T00:00:00.000Z" as Timestamp });
    expect(await reading).toMatchObject({ startedAt: "2026-03-03T05:00:00.000Z" });
  });

  it("has caught up when an event is later than its start, and leaves the rest to the next reading", async () => {
    const reading = read();
    await isOpen();
    happens(1, "organization.updated", 0);
    const offset = await offsetOf(reading);
    happens(2);
    const next = read({ offset, timestamp: null });
    expect(await next).toMatchObject({ ok: true, isCaughtUp: true });
    expect(ids()).toEqual(["org_1", "org_2"]);
  });

  it("has caught up after a first message and quiet", async () => {
    const reading = read();
    await sleeps(QUIET_MS);
    clock.advance(QUIET_MS - 1);
    happens(1);
    await until(() => seen.length === 1);
    clock.advance(1);
    await sleeps(QUIET_MS);
    clock.advance(QUIET_MS);
    expect(await reading).toMatchObject({ ok: true, isCaughtUp: true, because: null });
  });

  it("does not take a slow start for the end: the first message begins the quiet", async () => {
    await tenant.close();
    await start({ events: { heartbeatAtEnd: false } });
    const reading = read();
    await isOpen();
    await until(() => !clock.sleeping.includes(15_000));
    expect(clock.sleeping).toEqual([BUDGET_MS]);
    clock.advance(QUIET_MS + 1);
    happens(1);
    await until(() => seen.length === 1);
    tenant.events.heartbeat();
    expect(await reading).toMatchObject({ isCaughtUp: true });
  });

  it("counts silence to the end of its time as the end", async () => {
    await tenant.close();
    await start({ events: { heartbeatAtEnd: false } });
    const reading = read();
    await isOpen();
    await until(() => !clock.sleeping.includes(15_000));
    clock.advance(BUDGET_MS);
    expect(await reading).toMatchObject({ ok: true, offset: null, isCaughtUp: true, gap: null });
  });

  it("has not caught up when its time is over while events come", async () => {
    tenant.fault = answers(200, 'event: organization.updated\nid: o1\ndata: {"event":{"data":{"object":{}}}}\n\n');
    const reading = read();
    await until(() => seen.length === 1);
    const late = read(NOW, { budgetMs: QUIET_MS - 1 });
    await until(() => seen.length === 2);
    clock.advance(QUIET_MS - 1);
    expect(await late).toMatchObject({ ok: true, offset: "o1", isCaughtUp: false, gap: null });
    clock.advance(1);
    expect(await reading).toMatchObject({ isCaughtUp: true });
  });

  it("ends after so many events, and the next one continues there", async () => {
    for (let number = 1; number <= 5; number += 1) happens(number);
    const first = await read({ offset: null, timestamp: "2026-03-03T00:00:00.000Z" as Timestamp }, { mostEvents: 3 });
    expect(first).toMatchObject({ ok: true, isCaughtUp: false, gap: null, because: "There are more than 3 events." });
    if (first.ok) await read({ offset: first.offset, timestamp: null });
    expect(ids()).toEqual(["org_1", "org_2", "org_3", "org_4", "org_5"]);
  });
});

describe("a stream that breaks", () => {
  it("is read on from the last offset when the server closes it", async () => {
    await tenant.close();
    await start({ events: { heartbeatAtEnd: false } });
    const reading = read();
    await isOpen();
    happens(1);
    await until(() => seen.length === 1);
    tenant.events.close();
    await sleeps(1_000);
    happens(2);
    clock.advance(1_000);
    await until(() => seen.length === 2);
    tenant.events.heartbeat();
    expect(await reading).toMatchObject({ ok: true, isCaughtUp: true, gap: null, requests: 2 });
    expect(ids()).toEqual(["org_1", "org_2"]);
  });

  it("waits as long as the server asks for before it reads on", async () => {
    tenant.fault = faults.first(1, ({ response }) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.end("retry: 7000\n\n");
      return true;
    });
    const reading = read();
    await sleeps(7_000);
    clock.advance(7_000);
    await isOpen();
    tenant.events.heartbeat();
    expect(await reading).toMatchObject({ ok: true, requests: 2 });
  });

  it.each(["timeout", "connection_timeout", "processing_error"])("is read on after the error %s", async (code) => {
    const reading = read();
    await isOpen();
    happens(1);
    await until(() => seen.length === 1);
    tenant.events.close(code);
    await sleeps(1_000);
    clock.advance(1_000);
    await isOpen();
    tenant.events.heartbeat();
    expect(await reading).toMatchObject({ ok: true, isCaughtUp: true, gap: null, requests: 2 });
  });

  it.each(["cursor_expired", "payload_too_large"])("has a gap after the error %s", async (code) => {
    const reading = read();
    await isOpen();
    tenant.events.close(code);
    await sleeps(1_000);
    clock.advance(1_000);
    await isOpen();
    tenant.events.heartbeat();
    expect(await reading).toMatchObject({ ok: true, gap: expect.stringContaining("Auth0") });
  });

  it.each([
    ["500", faults.status(500)],
    ["an answer of a proxy", faults.html()],
    ["a connection that breaks", faults.reset],
  ])("is opened again after %s", async (_what, fault) => {
    tenant.fault = faults.first(1, fault);
    const reading = read();
    await sleeps(1_000);
    clock.advance(1_000);
    await isOpen();
    tenant.events.heartbeat();
    expect(await reading).toMatchObject({ ok: true, isCaughtUp: true, requests: 2 });
  });

  it("is given up when nothing answers within the time budget", async () => {
    tenant.fault = faults.hang;
    const reading = read();
    await until(() => tenant.requests.events === 1);
    clock.advance(15_000);
    await sleeps(1_000);
    clock.advance(1_000);
    await until(() => tenant.requests.events === 2);
    clock.advance(14_000);
    expect(await reading).toEqual({ ok: false, reason: "unavailable", message: "No answer within 15 s.", requests: 2 });
  });

  it("rejects with the reason of the signal that ends it", async () => {
    const end = new AbortController();
    const reading = read(NOW, { signal: end.signal });
    await isOpen();
    end.abort(new Error("The run ends."));
    await expect(reading).rejects.toThrow("The run ends.");
    expect(clock.sleeping).toEqual([]);
  });

  it("does not hide an error of the receiver of the events", async () => {
    happens(1);
    const source = tenantEvents({
      domain: tenant.domain as Domain,
      baseUrl: tenant.url,
      tokenSource: fixedToken(managementApiToken(tenant.token, "test")),
      clock,
      version: "1.2.3",
    });
    const reading = source.read({ offset: null, timestamp: "2026-03-03T00:00:00.000Z" as Timestamp }, TYPES, () => {
      throw new RangeError("a bug");
    });
    await expect(reading).rejects.toThrow("a bug");
  });
});

describe("a place that Auth0 no longer has", () => {
  const since = "2026-03-03T05:00:00.000Z" as Timestamp;
  let offset: string;
  beforeEach(async () => {
    happens(1);
    offset = await offsetOf(read({ offset: null, timestamp: since }));
    await until(() => tenant.events.streams === 0);
    happens(2);
    tenant.events.forget();
  });

  it("is a gap, and what is left since the last reading is read", async () => {
    happens(3);
    const reading = await read({ offset, timestamp: since });
    expect(reading).toMatchObject({
      ok: true,
      isCaughtUp: true,
      gap: expect.stringMatching(/no longer keeps/),
      requests: 2,
    });
    expect(ids()).toEqual(["org_1", "org_3"]);
    expect(await offsetOf(Promise.resolve(reading))).not.toBe(offset);
  });

  it("is a gap, and the reading goes on from now when no time is known", async () => {
    const reading = read({ offset, timestamp: null });
    await isOpen();
    happens(3);
    tenant.events.heartbeat();
    expect(await reading).toMatchObject({ ok: true, gap: expect.any(String), requests: 2 });
  });

  it("is a gap when Auth0 does not know the offset, or the time", async () => {
    tenant.fault = faults.when(({ query }) => query.has("from_timestamp"), faults.status(400));
    const reading = read({ offset: "made-up", timestamp: since });
    await isOpen();
    tenant.events.heartbeat();
    expect(await reading).toMatchObject({ ok: true, gap: expect.stringMatching(/does not accept/), requests: 3 });
  });

  it("is no gap where nothing was asked for: a request that Auth0 rejects fails", async () => {
    tenant.fault = faults.status(400);
    expect(await read()).toMatchObject({ ok: false, reason: "rejected", requests: 1 });
  });
});

describe("a reading that is refused", () => {
  it("waits as Retry-After says", async () => {
    tenant.fault = faults.on("events", faults.first(1, faults.limited({ "Retry-After": "9" })));
    const reading = read();
    await sleeps(9_125);
    clock.advance(9_125);
    await isOpen();
    tenant.events.heartbeat();
    expect(await reading).toMatchObject({ ok: true, isCaughtUp: true, requests: 2 });
  });

  it("ends at once when the wait is longer than its time", async () => {
    tenant.fault = faults.limited({ "Retry-After": "31" });
    expect(await read()).toMatchObject({ ok: false, reason: "rate_limited", requests: 1 });
  });

  it("says that others use the streams that the plan allows", async () => {
    await tenant.close();
    await start({ events: { mostStreams: 0 } });
    const reading = read();
    await sleeps(1_125);
    clock.advance(BUDGET_MS);
    expect(await reading).toMatchObject({ ok: false, reason: "rate_limited", message: expect.stringMatching(/429/) });
  });

  it("names a missing scope", async () => {
    await tenant.close();
    await start({ scopes: [SCOPE.connections] });
    expect(await read()).toMatchObject({ ok: false, reason: "not_granted", requests: 0 });
    expect(tenant.requests.events).toBe(0);
  });

  it("names a scope that Auth0 says is missing", async () => {
    tenant.fault = faults.status(403, '{"statusCode":403,"message":"No","errorCode":"insufficient_scope"}');
    expect(await read()).toMatchObject({ ok: false, reason: "not_granted", requests: 1 });
  });

  it.each([403, 404, 302])("ends at once: %d", async (status) => {
    tenant.fault = faults.status(status, `{"statusCode":${status},"message":"No","errorCode":"other"}`);
    expect(await read()).toMatchObject({ ok: false, reason: "rejected", requests: 1 });
  });

  it("reads the token again once", async () => {
    const old = tenant.token;
    tenant.rotateToken();
    const given = [old, tenant.token].map((token) => managementApiToken(token, "test"));
    const tokenSource = { read: async () => given.shift() ?? managementApiToken(tenant.token, "test") };
    happens(1);
    const reading = await read({ offset: null, timestamp: "2026-03-03T00:00:00.000Z" as Timestamp }, { tokenSource });
    expect(reading).toMatchObject({ ok: true, requests: 2 });
  });

  it("ends when the token is refused twice, and shows no token", async () => {
    const token = tenant.token;
    tenant.fault = faults.status(401, JSON.stringify({ statusCode: 401, message: `Invalid token ${token}` }));
    const reading = await read(NOW);
    expect(reading).toMatchObject({ ok: false, reason: "token_refused", requests: 2 });
    expect(inspect(reading)).not.toContain(token);
  });

  it("keeps what it read before it was refused", async () => {
    const reading = read();
    await isOpen();
    happens(1);
    await until(() => seen.length === 1);
    tenant.fault = faults.status(403, '{"statusCode":403,"message":"No","errorCode":"insufficient_scope"}');
    tenant.events.close();
    await sleeps(1_000);
    clock.advance(1_000);
    expect(await reading).toMatchObject({
      ok: true,
      offset: expect.any(String),
      isCaughtUp: false,
      gap: null,
      because: "Auth0 answered 403 (No).",
    });
  });
});

describe("a hostile stream", () => {
  const event = (data: string, name = "organization.updated", id = "o1") =>
    `event: ${name}\nid: ${id}\ndata: ${data}\n\n`;
  const whole = event('{"event":{"time":"2027-01-01T00:00:00.000Z","data":{"object":{"id":"org_2"}}}}', TYPES[0], "o2");

  it.each([
    ["no JSON", event("{")],
    ["no CloudEvent", event('{"event":7}')],
    ["no object", event('{"event":{"data":{}}}')],
    ["nesting", event(`{"event":{"data":{"object":${"[".repeat(100)}${"]".repeat(100)}}}}`)],
    ["more than 1 MB", event(`{"event":{"data":{"object":"${"x".repeat(1024 * 1024)}"}}}`)],
  ])("has a gap where an event has %s, and is read on", async (_what, text) => {
    tenant.fault = answers(200, text + whole);
    expect(await read()).toMatchObject({
      ok: true,
      offset: "o2",
      isCaughtUp: true,
      gap: "An event could not be read.",
    });
    expect(ids()).toEqual(["org_2"]);
  });

  it.each([
    ["events of other types", event("{", "user.created")],
    ["messages that it does not know", event("hello", "news")],
    ["comments", `: ${"x".repeat(100_000)}\n\n`],
    ["an event without a time", event('{"event":{"data":{"object":{"id":"org_2"}}}}')],
  ])("has no gap because of %s", async (_what, text) => {
    tenant.fault = answers(200, text + whole);
    expect(await read()).toMatchObject({ ok: true, offset: "o2", gap: null });
  });

  it("gives no offset that fits into no URL", async () => {
    const offsets = [event("{}", "offset-only", "x".repeat(5_000)), event("{}", "offset-only", "")];
    tenant.fault = answers(200, offsets.join(""));
    const reading = read();
    await sleeps(QUIET_MS);
    clock.advance(QUIET_MS);
    expect(await reading).toMatchObject({ ok: true, offset: null });
  });

  it("takes the offset from the data when the message has no ID", async () => {
    tenant.fault = answers(200, 'event: offset-only\ndata: {"offset":"o9"}\n\n'.repeat(2));
    expect(await read()).toMatchObject({ ok: true, offset: "o9", isCaughtUp: true });
  });

  it("shows no token that the stream quotes", async () => {
    const { token } = tenant;
    tenant.fault = answers(200, whole.replace("org_2", token).replace("o2", token));
    const reading = await read();
    expect(inspect([reading, seen], { depth: null })).not.toContain(token);
  });

  it("is read the same wherever its bytes are cut", async () => {
    const text = Buffer.from(`:connected\r\n\r\n${event('{"event":{"data":{"object":{"id":"öäü😀"}}}}')}${whole}`);
    tenant.fault = faults.on("events", ({ response }) => {
      response.writeHead(200, { "Content-Type": "text/event-stream", Date: new Date(AT).toUTCString() });
      const write = (at: number) => {
        if (at >= text.length) return;
        response.write(text.subarray(at, at + 1), () => setImmediate(write, at + 1));
      };
      write(0);
      return true;
    });
    expect(await read()).toMatchObject({ ok: true, gap: null });
    expect(ids()).toEqual(["öäü😀", "org_2"]);
  });
});
