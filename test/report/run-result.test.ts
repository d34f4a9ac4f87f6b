import { describe, expect, it } from "@jest/globals";
import { reportKey } from "../../lambda/evidence/format/keys.ts";
import { noRunResult, runResult } from "../../lambda/report/run-result.ts";
import { modelOf, SITUATIONS } from "../support/situations.ts";

describe("the result of a run for a program", () => {
  it.each(Object.entries(SITUATIONS))("is one line that agrees with the manifest: %s", (_name, situation) => {
    const { manifest, manifestSha256: sha256 } = modelOf(situation);
    const { key, runId, status, summary, tenant } = manifest;
    const text = runResult(manifest, { runId, key, sha256 }, "s3://evidence");
    expect(text).toMatch(/^\{[^\n]*\}\n$/);
    const result = JSON.parse(text);
    expect(result).toMatchObject({
      run_id: runId,
      tenant,
      status,
      organizations: summary.organizations,
      changes: summary.severity,
      findings: { open: summary.findings.open, not_evaluated: summary.findings.notEvaluated },
      location: "s3://evidence",
      manifest: key,
      manifest_sha256: sha256,
      usage: { rate_limited: manifest.usage.rateLimited, duration_ms: manifest.usage.durationMs },
      error: manifest.error,
    });
    expect(result.reports.html).toBe(reportKey(tenant, runId, "report.html"));
  });

  it("has the same keys when no run was recorded", () => {
    const [situation] = Object.values(SITUATIONS);
    if (situation === undefined) throw new Error("There is no situation.");
    const { manifest, manifestSha256: sha256 } = modelOf(situation);
    const recorded = JSON.parse(runResult(manifest, { runId: manifest.runId, key: manifest.key, sha256 }, "."));
    const none = JSON.parse(noRunResult("--domain: it is missing."));
    expect(Object.keys(none)).toEqual(Object.keys(recorded));
    expect(none).toMatchObject({ status: "failed", error: { message: "--domain: it is missing." } });
  });
});
