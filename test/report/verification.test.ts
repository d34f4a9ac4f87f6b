import { describe, expect, it } from "@jest/globals";
import type { Tenant } from "../../lambda/domain/identifiers.ts";
import type { ManifestReference } from "../../lambda/evidence/format/manifest.ts";
import type { Finding } from "../../lambda/evidence/verify/finding.ts";
import { findingLine, verdictOf, verificationJson, verificationLines } from "../../lambda/report/text/verification.ts";
import { RUN_1 } from "../support/builders.ts";
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
  const valid = { ...counts, head, unnamedParts: 0, findings: [] };
  const damaged = {
    ...counts,
    head: null,
    unnamedParts: 2,
    findings: [finding("gap"), finding("unreadable_format"), finding("missing"), finding("gap")],
  };

  it("renders valid and damaged evidence", () => {
    const lines = [valid, damaged].flatMap((one) => [...one.findings.map(findingLine), ...verificationLines(one)]);
    expectGolden("verification/both.txt", `${lines.join("\n")}\n`);
    expectGolden("verification/both.json", verificationJson([valid, damaged]));
  });

  it("has the worst finding as its verdict", () => {
    expect(verdictOf([])).toBe("valid");
    expect(verdictOf(damaged.findings)).toBe("missing");
    expect(verdictOf([finding("gap"), finding("altered")])).toBe("altered");
  });
});
