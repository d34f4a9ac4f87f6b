import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { demoOrganizations } from "../../lambda/demo/scenario.ts";
import { type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";
import { type HttpsFixture, httpsFixture } from "../support/https-fixture.ts";
import { type LoopbackAws, startLoopbackAws } from "../support/loopback-aws.ts";
import { runScript } from "../support/npm-script.ts";

describe("npm start with an S3 bucket", () => {
  let folder: string;
  let https: HttpsFixture;
  let tenant: DemoTenant;
  let aws: LoopbackAws;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "start-s3-"));
    https = await httpsFixture();
    await writeFile(join(folder, "ca.pem"), https.ca);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    aws = await startLoopbackAws(["evidence"]);
    tenant = await startDemoTenant({
      organizations: demoOrganizations().slice(0, 5),
      certificate: https.certificate,
    });
  });
  afterEach(() => Promise.all([aws.close(), tenant.close()]));

  const audit = (out: string) =>
    runScript(
      "start",
      ["--domain", tenant.domain, "--organizations", "all", "--out", out, "--scheduled-time", "2026-03-03T06:00:00Z"],
      {
        ...aws.environment,
        HOME: folder,
        NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"),
        AUTH0_API_TOKEN: tenant.token,
      },
    );

  it("writes every object of the evidence create-only, and the token into none", async () => {
    const { status, out, error } = await audit("s3://evidence");
    expect(status).toBe(0);
    expect(out + error).not.toContain(tenant.token);
    const puts = aws.requests.filter(({ operation }) => operation === "PutObject");
    const evidence = puts.filter(({ key }) => /^v1\/(snapshots|changes|manifests)\//.test(key));
    expect(evidence.map(({ key }) => key.replace(/tenant=[^/]+/, "").replace(/-[0-9a-f]{16}/, "-WORD"))).toEqual([
      "v1/snapshots//dt=2026-03-03/20260303T060000Z/part-00000-WORD.ndjson.gz",
      "v1/changes//dt=2026-03-03/20260303T060000Z/part-00000-WORD.ndjson.gz",
      "v1/manifests//dt=2026-03-03/20260303T060000Z.json",
    ]);
    for (const { headers } of evidence) expect(headers["if-none-match"]).toBe("*");
    for (const { headers, body } of puts)
      expect(JSON.stringify(headers) + body.toString("latin1")).not.toContain(tenant.token);
  });

  it("keeps everything under the prefix that is given", async () => {
    const { status, out } = await audit("s3://evidence/auth0/audits/");
    expect(status).toBe(0);
    expect(out).toContain("s3://evidence/auth0/audits/v1/reports/");
    const puts = aws.requests.filter(({ operation }) => operation === "PutObject");
    expect(puts.map(({ key }) => key).filter((key) => !key.startsWith("auth0/audits/v1/"))).toEqual([]);
    const verified = await runScript("evidence", ["verify", "--in", "s3://evidence/auth0/audits"], aws.environment);
    expect(verified.status).toBe(0);
  });

  it.each([
    ["with a region", { AWS_REGION: "eu-west-1" }],
    ["without a region", {}],
  ])("says that there are no AWS credentials, %s", async (_, environment) => {
    const without = { HOME: folder, AWS_EC2_METADATA_DISABLED: "true", ...environment };
    const { error, status } = await runScript("evidence", ["verify", "--in", "s3://evidence"], without);
    expect(status).toBe(1);
    expect(error).toMatch(/^auth0-organization-auditor: [^\n]*AWS_ACCESS_KEY_ID[^\n]*\n$/);
    expect(error).not.toContain("AWS_REGION");
  });

  it("names a bucket that does not exist, in one line, before it reads the tenant", async () => {
    expect(await audit("s3://nowhere-at-all")).toEqual({
      status: 1,
      out: "",
      error: expect.stringMatching(/^auth0-organization-auditor: s3:\/\/nowhere-at-all\/[^\n]*\n$/),
    });
    expect(tenant.requests.connections).toBe(0);
  });

  it("names the permission that is missing, in one line", async () => {
    aws.fault = ({ operation }) =>
      operation === "PutObject" ? { kind: "error", status: 403, code: "AccessDenied" } : null;
    expect(await audit("s3://evidence")).toEqual({
      status: 1,
      out: "",
      error: expect.stringMatching(/^auth0-organization-auditor: s3:\/\/evidence\/[^\n]*s3:PutObject[^\n]*\n$/),
    });
  });
});
