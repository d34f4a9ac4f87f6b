import { spawn } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { demoChanges, demoOrganizations } from "../../lambda/demo/scenario.ts";
import { startDemoTenant } from "../../lambda/demo/tenant.ts";
import { folderEvidenceStore } from "../../lambda/evidence/store/folder.ts";
import { auditDay, TENANT } from "../support/audit-harness.ts";

const ROOT = join(import.meta.dirname, "../..");
const REPORTS = `v1/reports/tenant=${TENANT}`;
const RUN_1 = "20260303T060000Z";
const RUN_2 = "20260304T060000Z";
const NAMES = ["changes.csv", "changes.ocsf.ndjson", "report.html", "report.json", "report.md"];

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly error: string;
}

function report(...arguments_: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, ["lambda/cli/report.ts", ...arguments_], {
    cwd: ROOT,
    env: { PATH: process.env.PATH },
  });
  let out = "";
  let error = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    error += chunk;
  });
  return new Promise((resolve) => child.on("close", (status) => resolve({ status, out, error })));
}

describe("npm run report", () => {
  let folder: string;
  let evidence: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "report-"));
    evidence = join(folder, "evidence");
    const tenant = await startDemoTenant({
      organizations: demoOrganizations(),
      bucket: { kind: "drip", limit: 1000, perSecond: 1000 },
    });
    try {
      const store = folderEvidenceStore(evidence);
      await auditDay(0, store, tenant);
      demoChanges(tenant);
      await auditDay(1, store, tenant);
    } finally {
      await tenant.close();
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const published = (run: string, name: string) =>
    readFile(join(evidence, REPORTS, `dt=${run.slice(0, 4)}-${run.slice(4, 6)}-${run.slice(6, 8)}`, run, name));

  it.each([RUN_1, RUN_2])("renders run %s again, byte for byte what the audit published", async (run) => {
    const out = join(folder, `out-${run}`);
    const ended = await report("--in", evidence, "--run", run, "--out", out);
    expect(ended).toEqual({ status: 0, out: `The report: ${join(out, "report.html")}\n`, error: "" });
    expect((await readdir(out)).sort()).toEqual(NAMES);
    for (const name of NAMES) expect(await readFile(join(out, name))).toEqual(await published(run, name));
  });

  it("puts back what was lost or altered in the store, and the index with it", async () => {
    const copy = join(folder, "copy");
    await cp(evidence, copy, { recursive: true });
    const page = join(copy, REPORTS, "dt=2026-03-04", RUN_2, "report.html");
    await writeFile(page, "altered");
    await rm(join(copy, REPORTS, "index.html"));
    await writeFile(join(copy, REPORTS, "index.json"), "altered");
    expect(await report("--in", copy, "--run", RUN_2, "--tenant", TENANT)).toMatchObject({ status: 0, error: "" });
    for (const name of ["index.html", "index.json"])
      expect(await readFile(join(copy, REPORTS, name))).toEqual(await readFile(join(evidence, REPORTS, name)));
    expect(await readFile(page)).toEqual(await published(RUN_2, "report.html"));
  });

  it("asks which tenant when several have the run, and takes the one that is named", async () => {
    const two = join(folder, "two");
    await cp(evidence, two, { recursive: true });
    await cp(join(two, `v1/manifests/tenant=${TENANT}`), join(two, "v1/manifests/tenant=other.example"), {
      recursive: true,
    });
    expect(await report("--in", two, "--run", RUN_1, "--out", join(folder, "which"))).toMatchObject({
      status: 1,
      error: expect.stringMatching(/--tenant: several tenants have run .* acme\.eu\.auth0\.com, other\.example\.\n$/),
    });
    expect(await report("--in", two, "--run", RUN_1, "--tenant", TENANT, "--out", join(folder, "which"))).toMatchObject(
      {
        status: 0,
      },
    );
  });

  it("refuses evidence that is not what its manifest says, with a status of its own", async () => {
    const harmed = join(folder, "harmed");
    await cp(evidence, harmed, { recursive: true });
    await writeFile(join(harmed, `v1/snapshots/tenant=${TENANT}/dt=2026-03-04/${RUN_2}/part-00000.ndjson.gz`), "x");
    expect(await report("--in", harmed, "--run", RUN_2)).toMatchObject({
      status: 2,
      error: expect.stringMatching(/^auth0-organization-auditor: v1\/snapshots\/[^\n]+\n$/),
    });
  });

  it.each([
    ["--in", ["--run", RUN_1]],
    ["--in", ["--in", " ", "--run", RUN_1]],
    ["--in", ["--in", "gs://bucket", "--run", RUN_1]],
    ["--run", ["--in", "."]],
    ["--run", ["--in", ".", "--run", "yesterday"]],
    ["--run", ["--in", tmpdir(), "--run", "20200101T000000Z"]],
    ["--tenant", ["--in", ".", "--run", RUN_1, "--tenant", "https://acme"]],
    ["--out", ["--in", ".", "--run", RUN_1, "--out", ""]],
    ["--out", ["--in", ".", "--run", RUN_1, "--out", "s3://bucket"]],
    ["--unknown", ["--in", ".", "--run", RUN_1, "--unknown"]],
    ["20260303T060000Z", ["--in", tmpdir(), "--run", RUN_1, "--tenant", "acme.example"]],
  ])("refuses a bad %s in one line: %j", async (named, bad) => {
    const ended = await report(...bad);
    expect(ended).toMatchObject({ status: 1, out: "" });
    expect(ended.error).toMatch(/^auth0-organization-auditor: [^\n]+\n$/);
    expect(ended.error).toContain(named);
  });

  it("says which folder it cannot write to", async () => {
    const ended = await report("--in", evidence, "--run", RUN_1, "--out", "/dev/null/report");
    expect(ended).toMatchObject({ status: 1, error: expect.stringContaining('--out: "/dev/null/report"') });
  });

  it("teaches with --help", async () => {
    expect(await report("--help")).toMatchObject({ status: 0, out: expect.stringContaining("--run <run>"), error: "" });
  });
});
