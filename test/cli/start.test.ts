import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { DemoOrganization } from "../../lambda/demo/tenant.ts";
import { type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";
import { sha256 } from "../../lambda/evidence/format/digest.ts";
import { html, notFound, on } from "../support/demo-faults.ts";
import { expectGolden } from "../support/golden.ts";
import { type HttpsFixture, httpsFixture } from "../support/https-fixture.ts";
import { type Ended, startScript } from "../support/npm-script.ts";

const TIME = "2026-03-03T06:00:00Z";
const MANIFEST = "20260303T060000Z.json";

function start(arguments_: readonly string[], environment: NodeJS.ProcessEnv) {
  return startScript("start", arguments_, environment);
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
  let https: HttpsFixture;
  let tenant: DemoTenant;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "auditor-"));
    https = await httpsFixture();
    await writeFile(join(folder, "ca.pem"), https.ca);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  beforeEach(async () => {
    tenant = await startDemoTenant({
      organizations: customers(450),
      bucket: { kind: "drip", limit: 1000, perSecond: 2000 },
      certificate: https.certificate,
    });
    environment = { NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"), AUTH0_API_TOKEN: tenant.token };
  });
  afterEach(() => tenant.close());

  const options = (out: string, ...more: readonly string[]) => ["--domain", tenant.domain, "--out", out, ...more];
  const manifests = (out: string) =>
    readdir(join(out, `v1/manifests/tenant=${tenant.domain.replace(":", "_")}/dt=2026-03-03`));
  const everything = async (out: string) => {
    const files = await readdir(out, { recursive: true, withFileTypes: true });
    const texts = files
      .filter((one) => one.isFile())
      .map(({ parentPath, name }) => readFile(join(parentPath, name), "latin1"));
    return (await Promise.all(texts)).join("");
  };

  const audit = (...given: Parameters<typeof options>): Promise<Ended> => start(options(...given), environment).ended;

  it("records a complete run, and does not read the tenant again for a run that is already recorded", async () => {
    const out = join(folder, "complete");
    const first = await audit(out, "--scheduled-time", TIME);
    expect(first.status).toBe(0);
    const requests = { ...tenant.requests };
    const second = await audit(out, "--scheduled-time", TIME);
    expect(second.status).toBe(0);
    expect(tenant.requests).toEqual(requests);
    expect(await everything(out)).not.toContain(tenant.token);
    expect(first.out + first.error + second.out + second.error).not.toContain(tenant.token);
  });

  it("leaves one record when two processes record the same run at once", async () => {
    const out = join(folder, "twice");
    const ended = await Promise.all([1, 2].map(() => audit(out, "--scheduled-time", TIME)));
    expect(ended.map(({ status }) => status)).toEqual([0, 0]);
    expect(await manifests(out)).toEqual([MANIFEST]);
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

  it("exits 2 when an Organization could not be read, also when that run is already recorded", async () => {
    tenant.fault = on("connections", notFound(), "org_0000000000000007");
    const out = join(folder, "partial");
    for (const _time of ["first", "second"]) expect((await audit(out, "--scheduled-time", TIME)).status).toBe(2);
  });

  it("prints one JSON object with --json, also for a run that is already recorded", async () => {
    tenant.fault = on("connections", notFound(), "org_0000000000000007");
    const out = join(folder, "json");
    const first = await audit(out, "--scheduled-time", TIME, "--json");
    expect(first).toMatchObject({ status: 2, error: expect.stringContaining("Organizations") });
    expect(first.out).toMatch(/^[^\n]+\n$/);
    const result = JSON.parse(first.out);
    expect(result).toMatchObject({
      run_id: "20260303T060000Z",
      status: "partial",
      organizations: { requested: 450, observed: 449, failed: 1, deleted: 0 },
      changes: { high: 0, medium: 0, low: 0, info: 0 },
      findings: { open: { high: expect.any(Number) } },
      location: out,
      usage: { requests: expect.any(Number), rate_limited: 0 },
      error: null,
    });
    expect(result.manifest_sha256).toBe(sha256(await readFile(join(out, result.manifest))));
    for (const key of Object.values<string>(result.reports))
      expect(await readFile(join(out, key))).toBeInstanceOf(Buffer);
    const second = await audit(out, "--scheduled-time", TIME, "--json", "--quiet");
    expect(second).toEqual({ ...first, error: "" });
  });

  it("prints the reason as JSON when no run was recorded", async () => {
    const ended = await audit(join(folder, "unrecorded"), "--json", "--reserve", "1");
    const result = JSON.parse(ended.out);
    expect(ended).toEqual({
      status: 1,
      out: ended.out,
      error: `auth0-organization-auditor: ${result.error.message}\n`,
    });
    expect(result).toMatchObject({ run_id: null, status: "failed", error: { code: "not_recorded" } });
  });

  it("prints nothing with --quiet, unless it fails", async () => {
    const out = join(folder, "quiet");
    expect(await audit(out, "--quiet")).toEqual({ status: 0, out: "", error: "" });
    expect(await audit(out, "--quiet", "--scheduled-time", TIME)).toEqual({ status: 0, out: "", error: "" });
    environment.AUTH0_API_TOKEN = "two words";
    expect(await audit(out, "--quiet")).toMatchObject({
      status: 1,
      out: "",
      error: expect.stringMatching(/^[^\n]+\n$/),
    });
  });

  it("exits 1 when the token is refused, and records that", async () => {
    const out = join(folder, "refused");
    environment.AUTH0_API_TOKEN = "wrong";
    expect((await audit(out, "--scheduled-time", TIME)).status).toBe(1);
    expect(await manifests(out)).toEqual([MANIFEST]);
  });

  it("resumes after a kill without reading a finished chunk again", async () => {
    const out = join(folder, "killed");
    const { child, ended } = start(options(out), environment);
    tenant.fault = () => {
      if (tenant.requests.connections === 300) child.kill("SIGKILL");
      return false;
    };
    await ended;
    tenant.fault = null;
    const before = tenant.requests.connections;
    expect((await audit(out)).status).toBe(0);
    // The first chunk of 200 was finished; the second one was under way.
    expect(tenant.requests.connections - before).toBe(250);
    expect(tenant.requests.organizations).toBe(5);
  });

  it("resumes after it was killed twice", async () => {
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
    expect((await audit(out)).status).toBe(0);
    expect(tenant.requests.connections - before).toBe(250);
  });

  it("ends at once when it is interrupted, and starts over with --restart", async () => {
    const out = join(folder, "interrupted");
    const { child, ended } = start(options(out), environment);
    tenant.fault = () => {
      if (tenant.requests.connections === 250) child.kill("SIGINT");
      // From here on the tenant hangs: only the interruption can end the run.
      return tenant.requests.connections >= 250;
    };
    expect((await ended).status).toBe(1);
    tenant.fault = null;
    const before = tenant.requests.connections;
    expect((await audit(out, "--restart")).status).toBe(0);
    expect(tenant.requests.connections - before).toBe(450);
  });

  it.each([
    ["--domain", ["--domain", "http://localhost"]],
    ["--domain", ["--domain", "localhost/api"]],
    ["--organizations", ["--organizations", "org_short"]],
    ["--organizations", ["--organizations", " "]],
    ["no-such-file", ["--organizations", "@no-such-file"]],
    ["--scheduled-time", ["--scheduled-time", "yesterday"]],
    ["--reserve", ["--reserve", "1"]],
    ["--out", ["--out", "gs://bucket"]],
    ["--out", ["--out", ""]],
    ["--attribution", ["--attribution", "names"]],
    ["AUTH0_PSEUDONYM_KEY", ["--attribution", "pseudonyms"]],
    ["--unknown", ["--unknown"]],
    ["stray", ["stray"]],
    ["/dev/null", ["--out", "/dev/null/evidence"]],
    ["/proc", ["--out", "/proc/nope/evidence"]],
  ])("refuses a bad %s in one line, before the first request: %j", async (named, bad) => {
    const ended = await start([...options(join(folder, "bad")), ...bad], environment).ended;
    expect(ended).toMatchObject({ status: 1, out: "" });
    expect(ended.error).toMatch(/^auth0-organization-auditor: [^\n]+\n$/);
    expect(ended.error).toContain(named);
    expect(Object.values(tenant.requests).every((count) => count === 0)).toBe(true);
  });

  it.each([
    ["no token", {}],
    ["a client ID without its secret", { AUTH0_CLIENT_ID: "id" }],
    ["something that is not a token", { AUTH0_API_TOKEN: "two words" }],
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
    const ended = await audit(join(folder, "bad"), "--organizations", `@${file}`);
    expect(ended).toMatchObject({ status: 1, error: expect.stringContaining(`${file}, line 3`) });
  });
});

describe("npm start without a domain", () => {
  it.each([
    ["a token", { AUTH0_API_TOKEN: "token" }],
    ["an application", { AUTH0_CLIENT_ID: "id", AUTH0_CLIENT_SECRET: "secret" }],
    ["half an application", { AUTH0_CLIENT_SECRET: "secret" }],
  ])("names what is missing when %s is set, and runs no demo", async (_, environment) => {
    const ended = await start([], environment).ended;
    expect(ended).toMatchObject({ status: 1, out: "" });
    expect(ended.error).toMatch(/^auth0-organization-auditor: --domain: [^\n]*AUTH0_DOMAIN[^\n]*\n$/);
  });
});

describe("the first run of a tenant whose host", () => {
  const TOKEN = { AUTH0_API_TOKEN: "eyJhbGciOiJub25lIn0.e30.signature" };
  let parent: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), "first-"));
  });
  afterEach(() => rm(parent, { recursive: true, force: true }));

  const first = (domain: string, environment: NodeJS.ProcessEnv, ...more: readonly string[]) =>
    start(["--domain", domain, "--out", join(parent, "evidence"), ...more], environment).ended;

  it.each([
    ["does not exist", "https://no-such-host.invalid/", TOKEN],
    [
      "does not exist, with an application",
      "no-such-host.invalid",
      { AUTH0_CLIENT_ID: "id", AUTH0_CLIENT_SECRET: "s" },
    ],
    ["takes no connections", "localhost:1", TOKEN],
  ])("%s leaves nothing", async (_, domain, environment) => {
    const ended = await first(domain, environment);
    expect(ended).toMatchObject({ status: 1, out: "" });
    expect(ended.error).toMatch(/^auth0-organization-auditor: --domain: [^\n]+\n$/);
    expect(await readdir(parent)).toEqual([]);
  });

  it("has a certificate of an unknown authority names the variable for it, and leaves nothing", async () => {
    const tenant = await startDemoTenant({ certificate: (await httpsFixture()).certificate });
    try {
      const ended = await first(tenant.domain, { AUTH0_API_TOKEN: tenant.token });
      expect(ended.status).toBe(1);
      expect(ended.error).toMatch(/^auth0-organization-auditor: [^\n]*NODE_EXTRA_CA_CERTS[^\n]*\n$/);
      expect(await readdir(parent)).toEqual([]);
    } finally {
      await tenant.close();
    }
  });

  describe("answers", () => {
    let https: HttpsFixture;
    let tenant: DemoTenant;
    let environment: NodeJS.ProcessEnv;
    beforeEach(async () => {
      https = await httpsFixture();
      await writeFile(join(parent, "ca.pem"), https.ca);
      tenant = await startDemoTenant({ organizations: customers(3), certificate: https.certificate });
      environment = { NODE_EXTRA_CA_CERTS: join(parent, "ca.pem"), AUTH0_API_TOKEN: tenant.token };
    });
    afterEach(() => tenant.close());

    const page = (file: string) => ["--organizations", file];
    it.each([
      ["for all", []],
      ["for a list", page("org_0000000000000001,org_0000000000000002")],
    ])("as another site leaves nothing, %s", async (_, more) => {
      tenant.fault = html(404);
      const ended = await first(tenant.domain, environment, ...more);
      expect(ended.status).toBe(1);
      expect(ended.error).toMatch(/^auth0-organization-auditor: --domain: [^\n]+\n$/);
      expect(await readdir(parent)).toEqual(["ca.pem"]);
    });

    it.each([
      ["for all", [], { organizations: 1, connections: 3 }],
      ["for a list", page("org_0000000000000001,org_0000000000000002"), { organizations: 0, connections: 2 }],
    ])("as Auth0 is asked nothing twice, %s", async (_, more, requests) => {
      const ended = await first(tenant.domain, environment, "--scheduled-time", TIME, ...more);
      expect(ended.status).toBe(0);
      expect(tenant.requests).toMatchObject(requests);
      const manifest = join(parent, `evidence/v1/manifests/tenant=${tenant.domain.replace(":", "_")}/dt=2026-03-03`);
      const { usage } = JSON.parse(await readFile(join(manifest, MANIFEST), "utf8"));
      expect(usage.requests).toBe(requests.organizations + requests.connections);
    });

    it("as Auth0 and refuses the application is recorded as failed", async () => {
      const { AUTH0_API_TOKEN: _, ...ca } = environment;
      const application = { AUTH0_CLIENT_ID: tenant.clientId, AUTH0_CLIENT_SECRET: "wrong" };
      const ended = await first(tenant.domain, { ...ca, ...application }, "--scheduled-time", TIME);
      expect(ended.status).toBe(1);
      const manifests = join(parent, `evidence/v1/manifests/tenant=${tenant.domain.replace(":", "_")}`);
      expect(await readdir(join(manifests, "dt=2026-03-03"))).toEqual([MANIFEST]);
    });

    it("as Auth0 is recorded as failed once the tenant is known", async () => {
      expect((await first(tenant.domain, environment)).status).toBe(0);
      tenant.fault = html(503);
      expect((await first(tenant.domain, environment, "--scheduled-time", TIME)).status).toBe(1);
      const manifests = join(parent, `evidence/v1/manifests/tenant=${tenant.domain.replace(":", "_")}`);
      expect(await readdir(join(manifests, "dt=2026-03-03"))).toEqual([MANIFEST]);
    });
  });
});

it("explains a full disk in one line", async () => {
  const folder = await mkdtemp(join(tmpdir(), "full-"));
  const https = await httpsFixture();
  const tenant = await startDemoTenant({ organizations: customers(1), certificate: https.certificate });
  try {
    await writeFile(join(folder, "ca.pem"), https.ca);
    // Every write of the saved execution fails as on a full disk.
    const full = `import fs from "node:fs/promises"; import { syncBuiltinESMExports } from "node:module";
      fs.appendFile = async () => { throw Object.assign(new Error("full"), { code: "ENOSPC", syscall: "write" }); };
      syncBuiltinESMExports();`;
    const ended = await start(["--domain", tenant.domain, "--out", join(folder, "evidence")], {
      NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"),
      AUTH0_API_TOKEN: tenant.token,
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(full)}`,
    }).ended;
    expect(ended.status).toBe(1);
    expect(ended.error).toMatch(/^(?:[^\n]*\n)?auth0-organization-auditor: [^\n]*ENOSPC[^\n]*\n$/);
    expect(ended.error).not.toContain("    at ");
  } finally {
    await tenant.close();
    await rm(folder, { recursive: true, force: true });
  }
});

it("shows its help, and its version", async () => {
  const help = await start(["--help"], {}).ended;
  expect(help).toMatchObject({ status: 0, error: "" });
  expectGolden("cli/start-help.txt", help.out);
  const version = await start(["--version"], {}).ended;
  expect(version.out).toMatch(/^auth0-organization-auditor \d+\.\d+\.\d+\n$/);
});
