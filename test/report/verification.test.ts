import { describe, expect, it } from "@jest/globals";
import type { Tenant } from "../../lambda/domain/identifiers.ts";
import type { ManifestReference } from "../../lambda/evidence/format/manifest.ts";
import type { Finding } from "../../lambda/evidence/verify/finding.ts";
import { findingLine, verdictOf, verificationJson, verificationLines } from "../../lambda/report/text/verification.ts";
import { AT_2, RUN_1 } from "../support/builders.ts";
import { expectGolden } from "../support/golden.ts";

describe("the verification of a tenant", () => {
  const key = "v1/manifests/x" as ManifestReference["key"];
  const head = { runId: RUN_1, key, sha256: "a".repeat(64) as ManifestReference["sha256"] };
  const finding = (verdict: Finding["verdict"]): Finding => ({
    verdict,
    key,
    runId: RUN_1,
    message: `${key}: \u001B why.`,
  });
  const counts = { tenant: "acme.eu.auth0.com" as Tenant, runs: 365, files: 36_500, rows: 3_650_000, bytes: 2_765e6 };
  const valid = {
    ...counts,
    head,
    anchored: [head],
    givenTimes: [{ runId: RUN_1, startedAt: AT_2 }],
    unnamedParts: 0,
    unnamed: [],
    findings: [],
    reports: { compared: 7, notCompared: 0 },
    notChecked: ["state"] as const,
  };
  const damaged = {
    ...valid,
    head: null,
    anchored: [],
    givenTimes: [],
    unnamedParts: 2,
    unnamed: [key, key],
    findings: [
      finding("gap"),
      finding("unreadable_format"),
      finding("missing"),
      finding("gap"),
      finding("wrong_time"),
      finding("unknown"),
    ],
    reports: { compared: 0, notCompared: 7 },
    notChecked: ["signatures", "runs_outside_period", "reports_of_other_versions", "state"] as const,
  };

  it("renders valid and damaged evidence", () => {
    const lines = [valid, damaged].flatMap((one) => [...one.findings.map(findingLine), ...verificationLines(one)]);
    expectGolden("verification/both.txt", `${lines.join("\n")}\n`);
    expectGolden(
      "verification/both.json",
      verificationJson([valid, damaged], [{ ...finding("unknown"), runId: null }]),
    );
  });

  it("has the worst finding as its verdict", () => {
    expect(verdictOf([])).toBe("valid");
    expect(verdictOf(damaged.findings)).toBe("missing");
    expect(verdictOf([finding("gap"), finding("altered")])).toBe("altered");
  });
});
