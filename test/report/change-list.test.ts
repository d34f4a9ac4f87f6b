import { describe, expect, it } from "@jest/globals";
import type { Change } from "../../lambda/domain/change.ts";
import type { Tenant } from "../../lambda/domain/identifiers.ts";
import type { Manifest, ManifestReference } from "../../lambda/evidence/format/manifest.ts";
import type { Finding } from "../../lambda/evidence/verify/finding.ts";
import { CHANGE_LIST_FORMATS, type ChangeListFormat, changeList } from "../../lambda/report/change-list.ts";
import { findingLine, verdictOf, verificationJson, verificationLines } from "../../lambda/report/verification-text.ts";
import { RUN_1 } from "../support/builders.ts";
import { expectGolden } from "../support/golden.ts";
import { SITUATIONS } from "../support/situations.ts";

function render(format: ChangeListFormat, from: Manifest, to: Manifest, changes: readonly Change[]): string {
  const list = changeList(format, { from, to });
  return [list.start(), ...changes.map((change, index) => list.row(change, index)), list.end(changes.length)].join("");
}

describe("a list of changes", () => {
  const hostile = SITUATIONS["hostile-names"];
  const partial = SITUATIONS.partial;
  if (hostile === undefined || partial === undefined) throw new Error("A situation is missing.");
  const from = { ...partial.manifest, runId: RUN_1 };

  it.each(CHANGE_LIST_FORMATS)("is rendered as %s, hostile names and all", (format) => {
    expectGolden(`change-list/hostile.${format}`, render(format, from, hostile.manifest, hostile.changes));
  });

  it.each(CHANGE_LIST_FORMATS)("without any change, of a given list of IDs, is rendered as %s", (format) => {
    const list = { ...partial.manifest, scope: "list" } as const;
    expectGolden(`change-list/empty.${format}`, render(format, list, list, []));
  });

  it.each(["table", "md"] as const)("names an Organization whose name nobody told by its ID in a %s", (format) => {
    const [change] = hostile.changes;
    if (change === undefined) throw new Error("There is no change.");
    const nameless = { ...change, organizationName: null };
    expect(render(format, from, hostile.manifest, [nameless])).toMatch(/org\\?_0/);
  });

  it("says when one of the runs had a given list", () => {
    expect(render("table", { ...from, scope: "list" }, hostile.manifest, [])).toMatch(/not both of the whole tenant/);
  });

  it("is JSON, with its changes in the change format", () => {
    const { changes } = JSON.parse(render("json", from, hostile.manifest, hostile.changes));
    expect(changes).toHaveLength(hostile.changes.length);
  });
});

describe("a verification", () => {
  const key = "v1/manifests/x" as ManifestReference["key"];
  const head = { runId: RUN_1, key, sha256: "a".repeat(64) as ManifestReference["sha256"] };
  const finding = (verdict: Finding["verdict"]): Finding => ({
    verdict,
    key,
    runId: RUN_1,
    message: `${key}: \u001B why.`,
  });
  const counts = { tenant: "acme.eu.auth0.com" as Tenant, runs: 365, files: 36_500, rows: 3_650_000, bytes: 2_765e6 };
  const sound = { ...counts, head, unnamedParts: 0, findings: [] };
  const damaged = {
    ...counts,
    head: null,
    unnamedParts: 2,
    findings: [finding("gap"), finding("unreadable_format"), finding("missing"), finding("gap")],
  };

  it("says what was looked at, and what was found", () => {
    const told = [sound, damaged].flatMap((one) => [...one.findings.map(findingLine), ...verificationLines(one)]);
    expectGolden("verification/both.txt", `${told.join("\n")}\n`);
    expectGolden("verification/both.json", verificationJson([sound, damaged]));
  });

  it("has the worst of its findings as its verdict", () => {
    expect(verdictOf([])).toBe("valid");
    expect(verdictOf(damaged.findings)).toBe("missing");
    expect(verdictOf([finding("gap"), finding("altered")])).toBe("altered");
  });
});
