import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";
import { decodeManifest, type Manifest } from "../../lambda/evidence/format/manifest.ts";
import { notFound, on, status } from "../support/demo-faults.ts";
import { httpsFixture } from "../support/https-fixture.ts";
import { type Ended, startScript } from "../support/npm-script.ts";

const TIME = "2026-03-03T06:00:00Z";
const ORGANIZATIONS = ["a", "b", "c"].map((name, index) => ({
  id: `org_000000000000000${index}`,
  name,
  displayName: name.toUpperCase(),
  connections: [
    { connection_id: `con_000000000000000${index}`, connection: { name: `sso-${name}`, strategy: "samlp" } },
    ...(name === "a"
      ? [{ connection_id: "con_00000000000000db", connection: { name: "passwords", strategy: "auth0" } }]
      : []),
  ],
}));
/** A policy in which the one finding, of `sso-bypass`, has another severity. */
const rated = (severity: string) => JSON.stringify({ version: 1, rules: { "sso-bypass": { severity } } });
const WAIVED = JSON.stringify({
  version: 1,
  waivers: [{ rule: "sso-bypass", organization: "a", reason: "Until the migration", expires: "2999-12-31" }],
});

describe("npm start with a policy", () => {
  let folder: string;
  let out: string;
  let tenant: DemoTenant;
  let environment: NodeJS.ProcessEnv;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "policy-"));
    out = join(folder, "evidence");
    const https = await httpsFixture();
    await writeFile(join(folder, "ca.pem"), https.ca);
    tenant = await startDemoTenant({ organizations: structuredClone(ORGANIZATIONS), certificate: https.certificate });
    environment = { NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"), AUTH0_API_TOKEN: tenant.token };
  });
  afterEach(async () => {
    await tenant.close();
    await rm(folder, { recursive: true, force: true });
  });

  const start = (...more: readonly string[]) =>
    startScript("start", ["--domain", tenant.domain, "--out", out, "--scheduled-time", TIME, ...more], environment);
  const audit = (...more: readonly string[]): Promise<Ended> => start(...more).ended;
  const policy = async (text: string): Promise<readonly [string, string]> => {
    const file = join(folder, "policy.json");
    await writeFile(file, text);
    return ["--policy", file];
  };
  const manifest = async (): Promise<Manifest> => {
    const key = `v1/manifests/tenant=${tenant.domain.replace(":", "_")}/dt=2026-03-03/20260303T060000Z.json`;
    return decodeManifest(await readFile(join(out, key), "utf8"), key);
  };
  const digest = (text: string) => createHash("sha256").update(text).digest("hex");

  it("judges by the built-in rules if there is none", async () => {
    expect((await audit()).status).toBe(0);
    expect(await manifest()).toMatchObject({
      policy: { source: "built-in" },
      summary: { findings: { open: { high: 1 }, waived: 0, new: 1 } },
    });
  });

  it("judges by the given one, and stores exactly its bytes", async () => {
    const text = `${WAIVED}\n \n`;
    expect((await audit(...(await policy(text)))).status).toBe(0);
    const { policy: stored, summary } = await manifest();
    expect(summary.findings).toMatchObject({ open: { high: 0 }, waived: 1 });
    expect(stored).toMatchObject({ source: "file", sha256: digest(text) });
    expect(await readFile(join(out, stored?.key ?? ""), "utf8")).toBe(text);
  });

  it.each([
    ["what is not JSON", "{", "$"],
    ["an unknown key", '{"version":1,"waiver":[]}', "$.waiver"],
    ["an unknown rule", '{"version":1,"rules":{"sso-bypas":"off"}}', '$.rules["sso-bypas"]'],
    [
      "a waiver without a reason",
      '{"version":1,"waivers":[{"rule":"sso-bypass","organization":"a"}]}',
      "$.waivers[0].reason",
    ],
    ["a date that does not exist", WAIVED.replace("2999-12-31", "2999-02-30"), "$.waivers[0].expires"],
    [
      "an expression that does not parse",
      '{"version":1,"custom":[{"id":"one","severity":"low","message":"m","when":"organization."}]}',
      "$.custom[0].when",
    ],
    [
      "an expression of another type",
      '{"version":1,"custom":[{"id":"one","severity":"low","message":"m","when":"1 + true"}]}',
      "$.custom[0].when",
    ],
  ])("refuses %s in one line with its path, and neither reads nor writes anything", async (_what, text, path) => {
    const given = await policy(text);
    const ended = await audit(...given);
    expect(ended).toMatchObject({ status: 1, out: "" });
    expect(ended.error).toMatch(/^[^\n]+\n$/);
    expect(ended.error.startsWith(`auth0-organization-auditor: --policy: ${given[1]}: ${path}: `)).toBe(true);
    expect(Object.values(tenant.requests).filter((requests) => requests > 0)).toEqual([]);
    expect((await readdir(folder)).sort()).toEqual(["ca.pem", "policy.json"]);
  });

  it("refuses a file that it cannot read", async () => {
    const ended = await audit("--policy", join(folder, "absent.json"));
    expect(ended).toMatchObject({ status: 1, out: "" });
    expect(ended.error).toMatch(/^auth0-organization-auditor: --policy: [^\n]*absent\.json[^\n]*\n$/);
  });

  it("refuses a file whose bytes are no text, which could not be stored as they are", async () => {
    const file = join(folder, "policy.json");
    await writeFile(file, Buffer.from(WAIVED.replace("2999", "2999\u00ff"), "latin1"));
    const ended = await audit("--policy", file);
    expect(ended).toMatchObject({ status: 1, out: "" });
    expect(ended.error).toBe(
      `auth0-organization-auditor: --policy: the file ${JSON.stringify(file)} is not UTF-8 text.\n`,
    );
    expect((await readdir(folder)).sort()).toEqual(["ca.pem", "policy.json"]);
  });

  it("starts over if an interrupted run had another policy", async () => {
    const { child, ended } = start(...(await policy(WAIVED)));
    tenant.fault = () => {
      if (tenant.requests.connections === 2) child.kill("SIGKILL");
      return false;
    };
    expect((await ended).status).toBeNull();
    tenant.fault = null;
    const again = await audit(...(await policy(rated("low"))));
    expect(again.status).toBe(0);
    expect(again.error).not.toContain("Resuming");
    expect((await manifest()).policy?.sha256).toBe(digest(rated("low")));
  });

  it.each([
    ["high", "high", 3],
    ["high", "low", 3],
    ["medium", "high", 0],
    ["medium", "medium", 3],
    ["low", "medium", 0],
    ["low", "low", 3],
    ["info", "low", 0],
  ])("with an open finding of severity %s and --fail-on %s exits with %i", async (severity, failOn, expected) => {
    const ended = await audit(...(await policy(rated(severity))), "--fail-on", failOn);
    expect(ended.status).toBe(expected);
    expect(ended.out.includes("exit status 3")).toBe(expected === 3);
    expect((await manifest()).status).toBe("complete");
  });

  it("exits with 3 again if the run is already recorded, and with 0 without --fail-on", async () => {
    for (const _time of ["first", "second"]) expect((await audit("--fail-on", "high")).status).toBe(3);
    expect((await audit()).status).toBe(0);
    expect(tenant.requests.connections).toBe(3);
  });

  it("exits with 0 if the findings are waived", async () => {
    expect((await audit(...(await policy(WAIVED)), "--fail-on", "low")).status).toBe(0);
  });

  it("exits with 2 if the run is partial, whatever it found", async () => {
    tenant.fault = on("connections", notFound(), "org_0000000000000002");
    expect((await audit("--fail-on", "high")).status).toBe(2);
    expect((await manifest()).summary.findings.open.high).toBe(1);
  });

  it("exits with 1 if the run failed", async () => {
    expect((await audit()).status).toBe(0);
    tenant.fault = on("organizations", status(400));
    expect((await audit("--scheduled-time", "2026-03-04T06:00:00Z", "--fail-on", "low")).status).toBe(1);
  });

  it.each(["info", "worst"])("refuses --fail-on %s in one line", async (severity) => {
    const ended = await audit("--fail-on", severity);
    expect(ended).toMatchObject({ status: 1, out: "" });
    expect(ended.error).toMatch(/^auth0-organization-auditor: [^\n]*--fail-on[^\n]*\n$/);
  });
});
