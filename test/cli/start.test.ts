import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { generate } from "selfsigned";
import type { DemoOrganization } from "../../lambda/demo/tenant.ts";
import { type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";

const ROOT = join(import.meta.dirname, "../..");
const TIME = "2026-03-03T06:00:00Z";
const MANIFEST = "20260303T060000Z.json";

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly error: string;
}

function start(
  arguments_: readonly string[],
  environment: NodeJS.ProcessEnv,
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, ["lambda/cli/start.ts", ...arguments_], {
    cwd: ROOT,
    // Only what the test gives: no token or domain of the machine's own.
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
  });
  let out = "";
  let error = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    error += chunk;
  });
  const ended = new Promise<Ended>((resolve) => child.on("close", (status) => resolve({ status, out, error })));
  return { child, ended };
}

function customers(count: number): DemoOrganization[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `org_${String(index).padStart(16, "0")}`,
    name: `customer-${index}`,
    displayName: `Customer ${index}`,
    connections: [{ connection_id: "con_0000000000000001", connection: { name: "sso", strategy: "samlp" } }],
  }));
}

describe("npm start against a tenant over https", () => {
  let folder: string;
  let certificate: { readonly key: string; readonly cert: string };
  let tenant: DemoTenant;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "auditor-"));
    const made = await generate([{ name: "commonName", value: "localhost" }], {
      extensions: [
        { name: "basicConstraints", cA: true },
        { name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] },
      ],
    });
    certificate = { key: made.private, cert: made.cert };
    await writeFile(join(folder, "ca.pem"), made.cert);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  beforeEach(async () => {
    tenant = await startDemoTenant({
      organizations: customers(450),
      bucket: { kind: "drip", limit: 1000, perSecond: 2000 },
      certificate,
    });
    environment = { NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"), AUTH0_API_TOKEN: tenant.token };
  });
  afterEach(() => tenant.close());

  const options = (out: string, ...more: readonly string[]) => ["--domain", tenant.domain, "--out", out, ...more];
  const everything = async (out: string) => {
    const files = await readdir(out, { recursive: true, withFileTypes: true });
    const texts = files
      .filter((one) => one.isFile())
      .map(({ parentPath, name }) => readFile(join(parentPath, name), "latin1"));
    return (await Promise.all(texts)).join("");
  };

  it("records a complete run, and says of a second one that it is already recorded", async () => {
    const out = join(folder, "complete");
    const first = await start(options(out, "--scheduled-time", TIME), environment).ended;
    expect(first).toMatchObject({ status: 0, out: expect.stringContaining("450 Organizations with 450 enabled") });
    const second = await start(options(out, "--scheduled-time", TIME), environment).ended;
    expect(second).toMatchObject({ status: 0, out: expect.stringContaining("already recorded") });
    expect(await everything(out)).not.toContain(tenant.token);
    expect(first.out + first.error + second.out + second.error).not.toContain(tenant.token);
  });

  it("leaves one record when two processes record the same run at once", async () => {
    const out = join(folder, "twice");
    const runs = [1, 2].map(() => start(options(out, "--scheduled-time", TIME), environment).ended);
    const ended = await Promise.all(runs);
    expect(ended.map(({ status }) => status)).toEqual([0, 0]);
    expect(ended.filter(({ out: text }) => text.includes("already recorded"))).toHaveLength(1);
    expect(tenant.requests.connections).toBe(450);
  });

  it("gets its token with client credentials, and a fresh one when that is refused in the middle", async () => {
    const secret = { AUTH0_CLIENT_ID: tenant.clientId, AUTH0_CLIENT_SECRET: tenant.clientSecret };
    tenant.fault = ({ count }) => {
      if (count === 100) tenant.rotateToken();
      return false;
    };
    const out = join(folder, "credentials");
    const ended = await start(options(out), { ...environment, AUTH0_API_TOKEN: undefined, ...secret }).ended;
    expect(ended.status).toBe(0);
    expect(tenant.requests.token).toBe(2);
    expect((await everything(out)) + ended.out + ended.error).not.toContain(tenant.clientSecret);
  });

  it("is partial, and exits 2, when an Organization could not be read", async () => {
    tenant.fault = ({ id, route, response }) => {
      if (route !== "connections" || id !== "org_0000000000000007") return false;
      response.writeHead(404).end("{}");
      return true;
    };
    const ended = await start(options(join(folder, "partial")), environment).ended;
    expect(ended).toMatchObject({
      status: 2,
      out: expect.stringContaining("unread customer-7: organization_not_found"),
    });
  });

  it("exits 1 when the token is refused, and records that", async () => {
    const out = join(folder, "refused");
    const ended = await start(options(out, "--scheduled-time", TIME), { ...environment, AUTH0_API_TOKEN: "wrong" })
      .ended;
    expect(ended).toMatchObject({ status: 1, out: expect.stringContaining("Auth0 refuses the Management API token") });
    expect(await readdir(join(out, `v1/manifests/tenant=${tenant.domain.replace(":", "_")}/dt=2026-03-03`))).toEqual([
      MANIFEST,
    ]);
  });

  it("goes on after a kill without reading a finished chunk again", async () => {
    const out = join(folder, "killed");
    const { child, ended } = start(options(out), environment);
    tenant.fault = () => {
      if (tenant.requests.connections === 300) child.kill("SIGKILL");
      return false;
    };
    await ended;
    tenant.fault = null;
    const before = tenant.requests.connections;
    const second = await start(options(out), environment).ended;
    expect(second).toMatchObject({ status: 0, error: expect.stringContaining("Going on with an interrupted run") });
    // The first chunk of 200 was finished; the second one was under way.
    expect(tenant.requests.connections - before).toBe(250);
    expect(tenant.requests.organizations).toBe(5);
  });

  it("goes on after it was killed twice", async () => {
    const out = join(folder, "killed-twice");
    // The first chunk of 200 is finished by the first; the second one is under way each time.
    for (const more of [250, 50]) {
      const { child, ended } = start(options(out), environment);
      const at = tenant.requests.connections + more;
      tenant.fault = () => {
        if (tenant.requests.connections === at) child.kill("SIGKILL");
        return false;
      };
      expect((await ended).status).toBeNull();
    }
    tenant.fault = null;
    const before = tenant.requests.connections;
    const third = await start(options(out), environment).ended;
    expect(third).toMatchObject({ status: 0, error: expect.stringContaining("Going on with an interrupted run") });
    expect(tenant.requests.connections - before).toBe(250);
  });

  it("ends at once when it is interrupted, says how to go on, and begins anew when told to", async () => {
    const out = join(folder, "interrupted");
    const { child, ended } = start(options(out), environment);
    tenant.fault = () => {
      if (tenant.requests.connections === 250) child.kill("SIGINT");
      // From here on the tenant hangs: only the interruption can end the run.
      return tenant.requests.connections >= 250;
    };
    const interrupted = await ended;
    expect(interrupted.status).toBe(1);
    expect(interrupted.error).toMatch(/Interrupted.*start again/);
    tenant.fault = null;
    const before = tenant.requests.connections;
    expect((await start(options(out, "--restart"), environment).ended).status).toBe(0);
    expect(tenant.requests.connections - before).toBe(450);
  });

  it.each([
    ["--domain", ["--domain", "https://localhost"]],
    ["--domain", ["--domain", "localhost/api"]],
    ["--organizations", ["--organizations", "org_short"]],
    ["--organizations", ["--organizations", " "]],
    ["no-such-file", ["--organizations", "@no-such-file"]],
    ["--scheduled-time", ["--scheduled-time", "yesterday"]],
    ["--reserve", ["--reserve", "1"]],
    ["--out", ["--out", "gs://bucket"]],
    ["--out", ["--out", ""]],
    ["--unknown", ["--unknown"]],
    ["stray", ["stray"]],
    ["/dev/null", ["--out", "/dev/null/evidence"]],
    ["/proc", ["--out", "/proc/nope/evidence"]],
  ])("refuses a bad %s in one line, before the first request: %j", async (named, bad) => {
    const ended = await start([...options(join(folder, "bad")), ...bad], environment).ended;
    expect(ended).toMatchObject({ status: 1, out: "" });
    expect(ended.error).toMatch(/^auth0-organization-auditor: [^\n]+\n$/);
    expect(ended.error).toContain(named);
    expect(tenant.requests).toEqual({ organizations: 0, organization: 0, connections: 0, token: 0 });
  });

  it.each([
    ["no token", {}],
    ["a client without its secret", { AUTH0_CLIENT_ID: "id" }],
    ["a token that is none", { AUTH0_API_TOKEN: "two words" }],
    ["an expired token", { AUTH0_API_TOKEN: `e30.${Buffer.from('{"exp":1}').toString("base64url")}.x` }],
  ])("refuses %s in one line", async (_what, other) => {
    const ended = await start(options(join(folder, "bad")), { ...environment, AUTH0_API_TOKEN: undefined, ...other })
      .ended;
    expect(ended.status).toBe(1);
    expect(ended.error).toMatch(/^auth0-organization-auditor: AUTH0_[^\n]+\n$/);
  });

  it("names the line of a malformed ID in a file", async () => {
    const file = join(folder, "ids.txt");
    await writeFile(file, "# customers\norg_0000000000000001\norg_oops\n");
    const ended = await start(options(join(folder, "bad"), "--organizations", `@${file}`), environment).ended;
    expect(ended).toMatchObject({ status: 1, error: expect.stringContaining(`${file}, line 3: "org_oops"`) });
  });
});

it("--help teaches, and --version names the version", async () => {
  const help = await start(["--help"], {}).ended;
  expect(help).toMatchObject({ status: 0, out: expect.stringContaining("AUTH0_API_TOKEN"), error: "" });
  const version = await start(["--version"], {}).ended;
  expect(version.out).toMatch(/^auth0-organization-auditor \d+\.\d+\.\d+\n$/);
});
