import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { clientCredentialsToken } from "../../../lambda/auth0/token/client-credentials.ts";
import { type DemoTenant, type Fault, startDemoTenant } from "../../../lambda/demo/tenant.ts";
import type { Clock } from "../../../lambda/domain/clock.ts";

/** Time passes only while somebody sleeps. */
function patientClock(): Clock & { readonly slept: number[] } {
  let nowMs = Date.UTC(2026, 2, 3);
  const slept: number[] = [];
  return {
    slept,
    now: () => nowMs,
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      slept.push(milliseconds);
      nowMs += milliseconds;
    },
  };
}

describe("a token by client credentials", () => {
  let tenant: DemoTenant;
  let clock: ReturnType<typeof patientClock>;
  beforeEach(async () => {
    tenant = await startDemoTenant();
    clock = patientClock();
  });
  afterEach(() => tenant.close());

  const source = (other: Partial<Parameters<typeof clientCredentialsToken>[0]> = {}, signal?: AbortSignal) =>
    clientCredentialsToken(
      {
        baseUrl: tenant.url,
        domain: tenant.domain,
        clientId: tenant.clientId,
        clientSecret: tenant.clientSecret,
        userAgent: "auth0-organization-auditor/0.0.0",
        ...other,
      },
      signal ?? new AbortController().signal,
      { clock, random: () => 1 },
    );
  const answering = (times: number, status: number, body: string, headers: Record<string, string> = {}): Fault => {
    let left = times;
    return ({ response }) => {
      if (left === 0) return false;
      left -= 1;
      response.writeHead(status, headers);
      response.end(body);
      return true;
    };
  };
  const failing = async (read: Promise<unknown>) => {
    const failure = await read.then(
      () => null,
      (error: unknown) => error,
    );
    expect(inspect(failure, { showHidden: true, depth: 9 })).not.toContain(tenant.clientSecret);
    return failure;
  };

  it("is asked for by the grant, for the tenant's Management API, and is accepted there", async () => {
    const seen: unknown[] = [];
    tenant.fault = ({ request }) => {
      seen.push(request.headers["user-agent"]);
      return false;
    };
    const token = await source().read();
    expect(token.reveal()).toBe(tenant.token);
    expect(token.expiresAt).toBeGreaterThan(Date.now());
    const answer = await fetch(`${tenant.url}/api/v2/organizations?take=1`, {
      headers: { authorization: `Bearer ${token.reveal()}` },
    });
    expect(answer.status).toBe(200);
    expect(seen[0]).toBe("auth0-organization-auditor/0.0.0");
  });

  it("is a new one each time", async () => {
    const tokens = source();
    const first = await tokens.read();
    const second = await tokens.read();
    expect(first.reveal()).not.toBe(second.reveal());
  });

  it.each([500, 502, 503, 408])("is asked for again after %i, ever later", async (status) => {
    tenant.fault = answering(4, status, "<html>");
    expect((await source().read()).reveal()).toBe(tenant.token);
    expect(clock.slept).toEqual([500, 1000, 2000, 4000]);
  });

  it("waits after a 429 as long as the answer says", async () => {
    const date = new Date(clock.now()).toUTCString();
    const reset = String(clock.now() / 1000 + 7);
    tenant.fault = answering(1, 429, "{}", { date, "x-ratelimit-reset": reset });
    await source().read();
    expect(clock.slept).toEqual([7_250]);
  });

  it.each([
    ["HTML", "<html>"],
    ["a cut-off answer", '{"access_token": "abc'],
    ["an endless answer", `{"access_token":"${"x".repeat(70_000)}"}`],
  ])("is asked for again after %s, and given up in the end", async (_what, body) => {
    tenant.fault = answering(5, 200, body);
    expect(await failing(source().read())).toMatchObject({
      name: "TokenError",
      code: "unavailable",
      message: expect.stringContaining("its answer is not JSON"),
    });
    expect(tenant.requests.token).toBe(5);
  });

  it("is asked for again after a connection that breaks", async () => {
    tenant.fault = ({ count, response }) => {
      if (count > 2) return false;
      response.destroy();
      return true;
    };
    expect((await source().read()).reveal()).toBe(tenant.token);
    expect(tenant.requests.token).toBe(3);
  });

  it("is given up if there is no answer", async () => {
    const { url } = tenant;
    await tenant.close();
    expect(await failing(source({ baseUrl: url }).read())).toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/gave no token, asked 5 times: the connection failed \(ECONNREFUSED\)/),
    });
  });

  it("is not asked for again with credentials that are refused", async () => {
    expect(await failing(source({ clientSecret: "another-secret-altogether" }).read())).toMatchObject({
      code: "refused",
      message: expect.stringMatching(/check AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET/),
    });
    expect(await failing(source({ domain: "other.eu.auth0.com", from: "the secret" }).read())).toMatchObject({
      code: "refused",
      message: expect.stringMatching(/the application of the secret .* authorize it for the Auth0 Management API/),
    });
    expect(tenant.requests.token).toBe(2);
  });

  it.each([
    ["a redirect", 302, "", { location: "https://elsewhere.example/oauth/token" }, "unavailable"],
    ["a bad request", 400, '{"error":"invalid_request"}', {}, "unavailable"],
    ["an answer without a token", 200, "{}", {}, "malformed"],
    ["a token that is none", 200, '{"access_token":"two words"}', {}, "malformed"],
  ])("is not asked for again after %s", async (_what, status, body, headers, code) => {
    tenant.fault = answering(1, status, body, headers);
    expect(await failing(source().read())).toMatchObject({ name: "TokenError", code });
    expect(tenant.requests.token).toBe(1);
  });

  it("does not repeat a secret that the answer repeats", async () => {
    tenant.fault = answering(1, 400, JSON.stringify({ error: tenant.clientSecret, message: tenant.clientSecret }));
    expect(await failing(source().read())).toMatchObject({ code: "unavailable" });
  });

  it("ends at once when it is aborted", async () => {
    const end = new AbortController();
    tenant.fault = () => {
      end.abort(new Error("enough"));
      return true;
    };
    await expect(source({}, end.signal).read()).rejects.toThrow("enough");
  });
});
