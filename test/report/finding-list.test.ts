import { describe, expect, it } from "@jest/globals";
import type { Finding } from "../../lambda/domain/finding.ts";
import { findingList, findingsFrame } from "../../lambda/report/finding-list.ts";
import { LIST_FORMATS, type ListFormat } from "../../lambda/report/list.ts";
import { AT_1, AT_2, connectionId, organizationId, RUN_1, RUN_2 } from "../support/builders.ts";
import { expectGolden } from "../support/golden.ts";
import { HOSTILE, situationOf } from "../support/situations.ts";

const { manifest: run } = situationOf("partial");

const FINDINGS: readonly Finding[] = HOSTILE.map((name, index) => ({
  runId: RUN_2,
  organizationId: organizationId(String(index)),
  organizationName: index === 8 ? null : name,
  rule: "sso-bypass",
  ruleVersion: 1,
  severity: "high",
  connectionId: index === 7 ? null : connectionId("3"),
  connectionName: index === 6 ? null : name,
  strategy: index === 5 ? null : "google-oauth2",
  status: index % 2 === 0 ? "open" : "waived",
  stateObservedAt: AT_2,
  firstSeen: { runId: RUN_1, at: AT_1 },
  message: name,
  waiver: index % 2 === 0 ? null : { reason: name, expires: index === 3 ? null : "2027-03-31", approvedBy: name },
}));

function render(format: ListFormat, findings: readonly Finding[], policyFile: string | null, layers = 1): string {
  const list = findingList(format, findingsFrame({ run, layers, policyFile }));
  return [list.start(), ...findings.map((one, index) => list.row(one, index)), list.end(findings.length)].join("");
}

describe("a list of findings", () => {
  it.each(LIST_FORMATS)("renders hostile names as %s", (format) => {
    expectGolden(`finding-list/hostile.${format}`, render(format, FINDINGS, HOSTILE[4]));
  });

  it.each(LIST_FORMATS)("renders no findings of several runs as %s", (format) => {
    expectGolden(`finding-list/empty.${format}`, render(format, [], null, 2));
  });

  it("is an array of the stored lines as JSON", () => {
    expect(JSON.parse(render("json", FINDINGS, null))).toMatchObject(
      FINDINGS.map((one) => ({ organization_id: one.organizationId, message: one.message })),
    );
  });
});
