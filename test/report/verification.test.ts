import { describe, expect, it } from "@jest/globals";
import type { Tenant } from "../../lambda/domain/identifiers.ts";
import type { ManifestReference } from "../../lambda/evidence/format/manifest.ts";
import type { Problem } from "../../lambda/evidence/verify/problem.ts";
import { problemLine, verdictOf, verificationJson, verificationLines } from "../../lambda/report/text/verification.ts";
import { AT_2, RUN_1 } from "../support/builders.ts";
import { expectGolden } from "../support/golden.ts";

describe("the verification of a tenant", () => {
  const key = "v1/manifests/x" as ManifestReference["key"];
  const head = { runId: RUN_1, key, sha256: "a".repeat(64) as ManifestReference["sha256"] };
  const problem = (verdict: Problem["verdict"]): Problem => ({
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
    problems: [],
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
    problems: [
      problem("gap"),
      problem("unreadable_format"),
      problem("missing"),
      problem("gap"),
      problem("wrong_time"),
      problem("unknown"),
    ],
    reports: { compared: 0, notCompared: 7 },
    notChecked: ["signatures", "runs_outside_period", "reports_of_other_versions", "state"] as const,
  };

  it("renders valid and damaged evidence", () => {
    const lines = [valid, damaged].flatMap((one) => [...one.problems.map(problemLine), ...verificationLines(one)]);
    expectGolden("verification/both.txt", `${lines.join("\n")}\n`);
    expectGolden(
      "verification/both.json",
      verificationJson([valid, damaged], [{ ...problem("unknown"), runId: null }]),
    );
  });

  it("has the worst problem as its verdict", () => {
    expect(verdictOf([])).toBe("valid");
    expect(verdictOf(damaged.problems)).toBe("missing");
    expect(verdictOf([problem("gap"), problem("altered")])).toBe("altered");
  });
});
