import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { demoChanges, demoOrganizations } from "../../lambda/demo/scenario.ts";
import { startDemoTenant } from "../../lambda/demo/tenant.ts";
import { folderEvidenceStore } from "../../lambda/evidence/store/folder.ts";
import { auditDay, TENANT } from "../support/audit-harness.ts";
import { expectGolden } from "../support/golden.ts";
import { type Ended, runScript } from "../support/npm-script.ts";

const REPORTS = `v1/reports/tenant=${TENANT}`;
const RUN_1 = "20260303T060000Z";
const RUN_2 = "20260304T060000Z";
const NAMES = [
  "action-plan.csv",
  "changes.csv",
  "changes.ocsf.ndjson",
  "findings.csv",
  "findings.ocsf.ndjson",
  "report.html",
  "report.json",
  "report.md",
  "state.csv",
];

function report(...arguments_: readonly string[]): Promise<Ended> {
  return runScript("report", arguments_);
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
    expect(ended).toEqual({ status: 0, out: expect.stringContaining(join(out, "report.html")), error: "" });
    expect((await readdir(out)).sort()).toEqual(NAMES);
    for (const name of NAMES) expect(await readFile(join(out, name))).toEqual(await published(run, name));
  });

  it("restores reports and the index that were lost or altered in the store", async () => {
    const copy = join(folder, "copy");
    await cp(evidence, copy, { recursive: true });
    const page = join(copy, REPORTS, "dt=2026-03-04", RUN_2, "report.html");
    await writeFile(page, "altered");
    await rm(join(copy, REPORTS, "index.html"));
    expect(await report("--in", copy, "--run", RUN_2, "--tenant", TENANT)).toMatchObject({ status: 0, error: "" });
    expect(await readFile(join(copy, REPORTS, "index.html"))).toEqual(
      await readFile(join(evidence, REPORTS, "index.html")),
    );
    expect(await readFile(page)).toEqual(await published(RUN_2, "report.html"));
  });

  it("needs --tenant when several tenants have the run", async () => {
    const two = join(folder, "two");
    await cp(evidence, two, { recursive: true });
    await cp(join(two, `v1/manifests/tenant=${TENANT}`), join(two, "v1/manifests/tenant=other.example"), {
      recursive: true,
    });
    const options = ["--in", two, "--run", RUN_1, "--out", join(folder, "which")];
    const unnamed = await report(...options);
    expect(unnamed).toMatchObject({ status: 1, error: expect.stringContaining("--tenant") });
    for (const tenant of [TENANT, "other.example"]) expect(unnamed.error).toContain(tenant);
    expect((await report(...options, "--tenant", TENANT)).status).toBe(0);
  });

  it("exits 2 when the evidence does not match its manifest", async () => {
    const harmed = join(folder, "harmed");
    await cp(evidence, harmed, { recursive: true });
    const parts = join(harmed, `v1/snapshots/tenant=${TENANT}/dt=2026-03-04/${RUN_2}`);
    for (const part of await readdir(parts)) await writeFile(join(parts, part), "x");
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
    ["--tenant", ["--in", ".", "--run", RUN_1, "--tenant", "http://acme"]],
    ["--out", ["--in", ".", "--run", RUN_1, "--out", ""]],
    ["--out", ["--in", ".", "--run", RUN_1, "--out", "s3://bucket"]],
    ["--unknown", ["--in", ".", "--run", RUN_1, "--unknown"]],
    ["--run", ["--in", tmpdir(), "--run", RUN_1, "--tenant", "acme.example"]],
  ])("refuses a bad %s in one line: %j", async (named, bad) => {
    const ended = await report(...bad);
    expect(ended).toMatchObject({ status: 1, out: "" });
    expect(ended.error).toMatch(/^auth0-organization-auditor: [^\n]+\n$/);
    expect(ended.error).toContain(named);
  });

  it("names a folder that cannot be written to", async () => {
    const ended = await report("--in", evidence, "--run", RUN_1, "--out", "/dev/null/report");
    expect(ended).toMatchObject({ status: 1, error: expect.stringContaining("/dev/null/report") });
  });

  it("shows its help", async () => {
    const { status, out, error } = await report("--help");
    expect({ status, error }).toEqual({ status: 0, error: "" });
    expectGolden("cli/report-help.txt", out);
  });
});
