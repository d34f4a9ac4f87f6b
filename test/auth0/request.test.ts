import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { ACME, api, clock, failure, ids, list, script, tenant } from "../support/scripted-api.ts";

afterEach(() => {
  jest.restoreAllMocks();
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
  ])("reports a %d as %s after %d attempts", async (status, code, attempts) => {
    const body = { statusCode: status, message: "Because.", errorCode: "a_code" };
    script({ status, body: status === 204 ? "" : body });
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
    ["a gateway's 404", { status: 404, body: { statusCode: 404, message: "Resource not found" } }],
    ["a 404 about another status", { status: 404, body: { statusCode: 502, errorCode: "no_route" } }],
  ] as const)("retries after %s", async (_, trouble) => {
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
  ] as const)("reports %s when the trouble does not pass", async (code, trouble, httpStatus) => {
    script(trouble);
    expect(failure(await api().enabledConnections(ACME))).toMatchObject({ code, httpStatus, attempts: 5 });
  });

  it.each(["hang", "hang_in_body"] as const)("gives up an answer that does not end in time (%s)", async (breaks) => {
    script({ breaks }, { body: list("con_a") });
    expect(await ids(api({ requestTimeoutMs: 50 }).enabledConnections(ACME))).toEqual(["con_a"]);
    script({ breaks });
    const { code, message } = failure(await api({ requestTimeoutMs: 20 }).enabledConnections(ACME));
    expect({ code, message }).toEqual({ code: "timeout", message: "No whole answer within 0.02 s." });
  });

  it("backs off twice as long each time, with jitter", async () => {
    const timers = jest.spyOn(globalThis, "setTimeout");
    script({ status: 500 });
    await api({ firstBackoffMs: 4, requestTimeoutMs: 9999 }).enabledConnections(ACME);
    const backoffsMs = timers.mock.calls.map(([, delayMs]) => delayMs).filter((delayMs) => delayMs !== 9999);
    expect(backoffsMs).toHaveLength(4);
    for (const [index, delayMs] of backoffsMs.entries()) {
      expect(delayMs).toBeGreaterThanOrEqual(4 * 2 ** index);
      expect(delayMs).toBeLessThanOrEqual(8 * 2 ** index);
    }
  });

  it("stops retrying when the budget is spent, however few the attempts", async () => {
    let elapsedMs = 0;
    jest.spyOn(performance, "now").mockImplementation(() => elapsedMs);
    tenant.answer(() => {
      elapsedMs += 25_000;
      return { status: 503 };
    });
    const reading = await api({ rateLimitBudgetMs: 60_000 }).enabledConnections(ACME);
    expect(failure(reading)).toMatchObject({ code: "unavailable", attempts: 3 });
  });

  it("counts the reads that back off among those worth having under way", async () => {
    script({ status: 500 });
    const tested = api({ firstBackoffMs: 20 });
    const idle = tested.concurrency();
    const reading = tested.enabledConnections(ACME);
    let most = idle;
    const watch = setInterval(() => {
      most = Math.max(most, tested.concurrency());
    }, 1);
    await reading.finally(() => clearInterval(watch));
    expect(most).toBeGreaterThan(idle);
    expect(tested.concurrency()).toBe(idle);
  });

  it("rejects an answer of more than 10 MB", async () => {
    script({ body: `[${" ".repeat(11 * 1024 * 1024)}]` });
    expect(failure(await api().enabledConnections(ACME))).toMatchObject({ code: "malformed_response", attempts: 1 });
  });

  it.each([
    ["one letter", "a"],
    ["dots", "."],
    ["spaces", " "],
    ["parts of a token", "aaaaaaaaaaaaaaaa."],
    ["control characters", "\u0007"],
  ])("handles an error message of 9 MB of %s in the time of one request", async (_, piece) => {
    script({ status: 400, body: { message: piece.repeat(9_000_000 / piece.length) } });
    const { code, message } = failure(await api().enabledConnections(ACME));
    expect(code).toBe("invalid_request");
    expect(message.length).toBeLessThan(240);
  });

  it.each([
    ["lists", `${"[".repeat(200_000)}${"]".repeat(200_000)}`],
    ["objects", `${'{"a":'.repeat(200_000)}1${"}".repeat(200_000)}`],
  ])("fails the one Organization whose answer has %s nested 200,000 deep", async (_, nested) => {
    const body = `{"enabled_connections":[{"connection_id":"con_a","unknown":${nested}}]}`;
    script({ body }, { body }, { body: list("con_b") }, { status: 400, body: nested });
    const tested = api();
    expect(failure(await tested.enabledConnections(ACME))).toMatchObject({ code: "malformed_response", attempts: 2 });
    expect(await ids(tested.enabledConnections(ACME))).toEqual(["con_b"]);
    expect(failure(await tested.enabledConnections(ACME))).toMatchObject({ code: "invalid_request" });
  });

  it("reports what Auth0 said, on one line", async () => {
    script({ status: 400, body: { message: `Bad\nid\u202e ${"x".repeat(500)}`, errorCode: "invalid_uri" } });
    const { message } = failure(await api().enabledConnections(ACME));
    expect(message).toMatch(/^Auth0 answered 400 \(Bad id x+\)\.$/);
    expect(message.length).toBeLessThan(240);
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

  it("waits until the reset by the server's clock, however wrong ours is", async () => {
    const serverMs = clock.now() + 86_400_000;
    script(limited({ ...date(serverMs), "x-ratelimit-reset": seconds(serverMs + 20_000) }), { body: [] });
    const tested = api();
    expect(await ids(tested.enabledConnections(ACME))).toEqual([]);
    expect(clock.sleeps).toEqual([20_125]);
    expect(tested.usage()).toMatchObject({ requests: 2, rateLimited: 1, retries: 1 });
  });

  it("waits as long as Retry-After says", async () => {
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

  it("holds back all reads, and lets one probe go before the others follow", async () => {
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
    // Three requests so far, each alone after a pause.
    expect(tested.usage().rateLimited).toBeGreaterThanOrEqual(2);
    isLimited = false;
    expect((await first).ok).toBe(true);
    await Promise.all(others);
    expect(tested.pauseMs()).toBeLessThan(100);
  });

  it("retries for as long as the budget, not so many times, and then sends each read once", async () => {
    script(limited());
    const tested = api({ rateLimitBudgetMs: 60_000 });
    const first = failure(await tested.enabledConnections(ACME));
    expect(first).toMatchObject({ code: "rate_limited", httpStatus: 429 });
    expect(first.attempts).toBeGreaterThan(5);
    for (let read = 0; read < 3; read += 1) {
      const before = clock.now();
      expect(failure(await tested.enabledConnections(ACME))).toMatchObject({ code: "rate_limited", attempts: 1 });
      expect(clock.now() - before).toBeLessThanOrEqual(60_000);
    }
  });
});
