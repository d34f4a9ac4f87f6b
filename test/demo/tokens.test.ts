import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";

const AT = Date.UTC(2026, 2, 3, 6);
const ACME = { id: "org_0000000000000000", name: "acme", displayName: "Acme", connections: [] };

let tenant: DemoTenant;
let nowMs: number;

async function ask(path: string, token = tenant.token) {
  const response = await fetch(`${tenant.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: await response.json() };
}

describe("the demo tenant's tokens", () => {
  beforeEach(async () => {
    nowMs = AT;
    tenant = await startDemoTenant({ organizations: [ACME], now: () => nowMs });
  });
  afterEach(() => tenant.close());

  it("are refused when they are unknown, expired, revoked or not a bearer token", async () => {
    const expiring = tenant.issueToken(["read:organizations"], 1000);
    expect(await ask("/api/v2/organizations", expiring)).toMatchObject({ status: 200 });
    nowMs += 1000;
    expect(await ask("/api/v2/organizations", expiring)).toMatchObject({
      status: 401,
      body: { error: "Unauthorized" },
    });
    expect(await ask("/api/v2/organizations", "wrong")).toMatchObject({
      status: 401,
      body: { message: "Invalid token" },
    });
    const old = tenant.token;
    const fresh = tenant.rotateToken();
    expect(fresh).not.toBe(old);
    expect(await ask("/api/v2/organizations", old)).toMatchObject({ status: 401 });
    expect(await ask("/api/v2/organizations", fresh)).toMatchObject({ status: 200 });
    expect(await ask("/api/v2/organizations", "two words")).toMatchObject({ status: 400 });
    expect((await fetch(`${tenant.url}/api/v2/organizations`)).status).toBe(401);
  });

  it("allow what their scopes name", async () => {
    const token = tenant.issueToken(["read:organization_connections"]);
    expect(await ask(`/api/v2/organizations/${ACME.id}/enabled_connections`, token)).toMatchObject({ status: 200 });
    expect(await ask("/api/v2/organizations", token)).toMatchObject({
      status: 403,
      body: { errorCode: "insufficient_scope" },
    });
  });

  it("are JWTs with scopes and an expiry", () => {
    const claims = JSON.parse(Buffer.from(tenant.token.split(".")[1] ?? "", "base64url").toString());
    expect(claims).toMatchObject({
      scope: "read:organization_connections read:organizations",
      exp: AT / 1000 + 86_400,
    });
  });

  const grant = (body: string, contentType: string) =>
    fetch(`${tenant.url}/oauth/token`, { method: "POST", headers: { "content-type": contentType }, body });
  const credentials = () => ({
    grant_type: "client_credentials",
    client_id: tenant.clientId,
    client_secret: tenant.clientSecret,
    audience: `https://${tenant.domain}/api/v2/`,
  });

  it("are granted for a JSON body and for a form", async () => {
    const json = await grant(JSON.stringify(credentials()), "application/json");
    expect(await json.json()).toMatchObject({ access_token: tenant.token, token_type: "Bearer", expires_in: 86_400 });
    const form = await grant(String(new URLSearchParams(credentials())), "application/x-www-form-urlencoded");
    expect(await form.json()).toHaveProperty("access_token", tenant.token);
  });

  it.each([
    [{ client_secret: "wrong" }, 401],
    [{ audience: "https://other.eu.auth0.com/api/v2/" }, 403],
    [{ grant_type: "password" }, 403],
    [{ client_id: undefined }, 400],
  ])("are not granted with %j", async (wrong, status) => {
    const answer = await grant(JSON.stringify({ ...credentials(), ...wrong }), "application/json");
    expect(answer.status).toBe(status);
    expect(await answer.text()).not.toContain("access_token");
    expect((await grant("{", "application/json")).status).toBe(400);
  });

  it("are issued on one route and accepted on the routes of the API", async () => {
    expect(await ask("/oauth/token")).toMatchObject({ status: 404 });
    expect(await ask("/api/v2/users")).toMatchObject({ status: 404 });
    expect((await fetch(`${tenant.url}/api/v2/organizations`, { method: "POST" })).status).toBe(404);
  });
});
