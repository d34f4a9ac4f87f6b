import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { SCOPE } from "../../lambda/contract.ts";
import { type DemoActor, type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";
import { notFound, on } from "../support/demo-faults.ts";
import { type HttpsFixture, httpsFixture } from "../support/https-fixture.ts";
import { type Ended, startScript } from "../support/npm-script.ts";

const READ = [SCOPE.connections, SCOPE.organizations];
const KEY = "0123456789abcdef".repeat(4);
const EVE: DemoActor = {
  kind: "dashboard",
  userId: "auth0|eve",
  name: "Eve Example",
  email: "eve@example.com",
  ip: "203.0.113.66",
};

const organizationId = (index: number) => `org_${String(index).padStart(16, "0")}`;
const connection = (number: number) => ({
  connection_id: `con_${String(number).padStart(16, "0")}`,
  assign_membership_on_login: false,
  show_as_button: true,
  is_signup_enabled: false,
  connection: { name: `sso-${number}`, strategy: "samlp" },
});

describe("npm start over https, with the tenant's logs", () => {
  let folder: string;
  let https: HttpsFixture;
  let tenant: DemoTenant;
  let out: string;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    https = await httpsFixture();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "updates-"));
    out = join(folder, "evidence");
    await writeFile(join(folder, "ca.pem"), https.ca);
    tenant = await startDemoTenant({
      organizations: Array.from({ length: 30 }, (_, index) => ({
        id: organizationId(index),
        name: `customer-${index}`,
        displayName: `Customer ${index}`,
        connections: [connection(1)],
      })),
      bucket: { kind: "drip", limit: 1000, perSecond: 2000 },
      certificate: https.certificate,
      scopes: [...READ, SCOPE.logs],
      events: {},
    });
    tenant.logs.add({ type: "s" }, Date.now() - 86_400_000);
    environment = { NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"), AUTH0_API_TOKEN: tenant.token };
  });
  afterEach(async () => {
    await tenant.close();
    await rm(folder, { recursive: true, force: true });
  });

  const start = (...more: readonly string[]): Promise<Ended> =>
    startScript("start", ["--domain", tenant.domain, "--out", out, ...more], environment).ended;
  const change = (index: number) => tenant.operator(EVE).enable(organizationId(index), connection(2));
  const stored = async (where = out) => {
    const files = await readdir(where, { recursive: true, withFileTypes: true });
    const bodies = files
      .filter((one) => one.isFile())
      .map(async ({ name, parentPath }) => {
        const body = await readFile(join(parentPath, name));
        return (name.endsWith(".gz") ? gunzipSync(body) : body).toString("latin1");
      });
    return (await Promise.all(bodies)).join("\n");
  };

  it("--update reads what the logs name, and says who made the change", async () => {
    expect((await start()).status).toBe(0);
    change(7);
    const before = { ...tenant.requests };
    const ended = await start("--update", "--json", "--quiet");
    expect(ended).toMatchObject({ status: 0, error: "" });
    expect(JSON.parse(ended.out)).toMatchObject({
      kind: "update",
      status: "complete",
      organizations: { requested: 1, observed: 1 },
      changes: { medium: 1 },
    });
    expect(tenant.requests.connections - before.connections).toBe(1);
    expect(tenant.requests.organizations).toBe(before.organizations);
    // The token's scopes say that the events are not granted: they are not asked for.
    expect(tenant.requests.events).toBe(0);
    expect(await stored()).toContain("eve@example.com");
  });

  it("--update reads what the events name, when only these are granted", async () => {
    environment.AUTH0_API_TOKEN = tenant.issueToken([...READ, SCOPE.events]);
    expect((await start()).status).toBe(0);
    change(7);
    const ended = await start("--update");
    expect(ended.status).toBe(0);
    expect(ended.out).toContain("customer-7");
    expect(tenant.requests).toMatchObject({ connections: 31, events: 1, logs: 0 });
    expect(await stored()).not.toContain("eve@example.com");
  }, 60_000);

  it("--update with nothing to read records nothing, and exits 0", async () => {
    await start();
    const manifests = async () => (await readdir(join(out, "v1/manifests"), { recursive: true })).length;
    const before = await manifests();
    const text = await start("--update");
    expect(text).toMatchObject({ status: 0, out: expect.stringMatching(/^Nothing changed up to [^\n]+\n$/) });
    const json = await start("--update", "--json");
    expect(json.status).toBe(0);
    expect(JSON.parse(json.out)).toMatchObject({ run_id: null, kind: "update", status: "nothing_hinted", error: null });
    expect(await start("--update", "--quiet")).toEqual({ status: 0, out: "", error: "" });
    expect(await manifests()).toBe(before);
  });

  it("--update is refused without a sweep, with the command that makes one", async () => {
    const ended = await start("--update");
    expect(ended).toMatchObject({ status: 1, out: "" });
    const command = `npm start -- --domain ${tenant.domain} --out ${out}`;
    expect(ended.error).toMatch(/^auth0-organization-auditor: [^\n]+\n$/);
    expect(ended.error).toContain(command);
    expect(tenant.requests.connections).toBe(0);
    const json = await start("--update", "--json", "--quiet");
    expect(JSON.parse(json.out)).toMatchObject({ status: "failed", error: { code: "not_recorded" } });
  });

  it("--update is refused without a scope that gives hints, and names both", async () => {
    environment.AUTH0_API_TOKEN = tenant.issueToken(READ);
    await start();
    const ended = await start("--update");
    expect(ended).toMatchObject({ status: 1, out: "" });
    expect(ended.error).toMatch(/read:logs or read:events/);
  });

  it("--update exits 2 when an Organization could not be read, and reads it again the next time", async () => {
    await start();
    change(7);
    tenant.fault = on("connections", notFound(), organizationId(7));
    expect((await start("--update")).status).toBe(2);
    tenant.fault = null;
    const again = await start("--update");
    expect(again).toMatchObject({ status: 0, out: expect.stringContaining("customer-7") });
  });

  it("--update reads only the Organizations of --organizations", async () => {
    await start();
    change(7);
    change(8);
    const before = tenant.requests.connections;
    const ended = await start("--update", "--organizations", organizationId(8));
    expect(ended.status).toBe(0);
    expect(ended.out).not.toContain("customer-7");
    expect(tenant.requests.connections - before).toBe(1);
  });

  it("--attribution off reads no logs", async () => {
    await start("--attribution", "off");
    change(7);
    const ended = await start("--attribution", "off");
    expect(ended.status).toBe(0);
    expect(tenant.requests.logs).toBe(0);
    expect(await stored()).not.toContain("auth0|eve");
  });

  it("--attribution pseudonyms keeps no name, and equal pseudonyms for equal people", async () => {
    environment.AUTH0_PSEUDONYM_KEY = KEY;
    await start("--attribution", "pseudonyms");
    change(7);
    change(8);
    expect((await start("--attribution", "pseudonyms")).status).toBe(0);
    const text = await stored();
    for (const secret of [KEY, EVE.userId, EVE.name, EVE.email, EVE.ip]) expect(text).not.toContain(secret);
    const pseudonyms = [...text.matchAll(/"kind":"user","id":"([0-9a-f]{64})"/g)].map(([, id]) => id);
    expect(pseudonyms.length).toBeGreaterThanOrEqual(2);
    expect(new Set(pseudonyms).size).toBe(1);
  });

  it.each([
    ["none", undefined],
    ["a short one", "abcd"],
    ["text that is neither hex nor base64", "correct horse battery staple, and some more words"],
  ])("refuses pseudonyms with a bad key: %s", async (_, key) => {
    environment.AUTH0_PSEUDONYM_KEY = key;
    const ended = await start("--attribution", "pseudonyms");
    expect(ended).toMatchObject({ status: 1, out: "" });
    expect(ended.error).toMatch(/^auth0-organization-auditor: AUTH0_PSEUDONYM_KEY: [^\n]+\n$/);
    if (key !== undefined) expect(ended.error).not.toContain(key);
    expect(tenant.requests.organizations).toBe(0);
  });
});
