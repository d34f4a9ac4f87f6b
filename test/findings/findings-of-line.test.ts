import { expect, it } from "@jest/globals";
import { findingsOfLine, type Judging } from "../../lambda/findings/findings-of-line.ts";
import { BUILT_IN_POLICY_TEXT, parsePolicy } from "../../lambda/findings/policy.ts";
import { AT_1, AT_2, carried, connection, failed, observed, RUN_1, RUN_2 } from "../support/builders.ts";

const SAML = connection("2", "samlp");
const GOOGLE = connection("1", "google-oauth2");
const SHARED = { isShared: () => true, isMembershipShared: () => false };
const SWEEP: Judging = {
  run: { runId: RUN_1, startedAt: AT_1 },
  policy: parsePolicy(BUILT_IN_POLICY_TEXT, "the test"),
  facts: SHARED,
};
const LATER: Judging = { ...SWEEP, run: { runId: RUN_2, startedAt: AT_2 } };

it("keeps the age of a finding, and rests on the last observation", () => {
  const line = observed("a", [GOOGLE, SAML]);
  const first = findingsOfLine(line, null, SWEEP);
  expect(first.map(({ rule }) => rule)).toEqual(["shared-enterprise-connection", "sso-bypass"]);
  for (const one of first)
    expect(one).toMatchObject({ runId: RUN_1, firstSeen: { runId: RUN_1, at: AT_1 }, stateObservedAt: AT_1 });
  const unread = failed("a", carried(line), { runId: RUN_2, observedAt: AT_2 });
  const before = { organizationName: "acme", findings: first };
  expect(findingsOfLine(unread, before, LATER)).toEqual(first.map((one) => ({ ...one, runId: RUN_2 })));
});

it("takes the name of the state where the line has none", () => {
  const [finding] = findingsOfLine(
    observed("a", [], { name: null }),
    { organizationName: "acme", findings: [] },
    SWEEP,
  );
  expect(finding).toMatchObject({ rule: "locked-out", organizationName: "acme" });
});

it("carries what compares Organizations in an update, while its connection is enabled", () => {
  const update: Judging = { ...LATER, facts: null };
  const first = findingsOfLine(observed("a", [SAML]), null, SWEEP);
  const before = { organizationName: "acme", findings: first };
  const told = (connections: Parameters<typeof observed>[1]) =>
    findingsOfLine(observed("a", connections), before, update).map(
      ({ rule, firstSeen }) => `${rule} ${firstSeen.runId}`,
    );
  expect(told([GOOGLE, SAML])).toEqual([`shared-enterprise-connection ${RUN_1}`, `sso-bypass ${RUN_2}`]);
  expect(told([GOOGLE])).toEqual([]);
});

it("carries nothing for an Organization that the state before does not have", () => {
  const findings = findingsOfLine(observed("a", [GOOGLE, SAML]), null, { ...LATER, facts: null });
  expect(findings.map(({ rule }) => rule)).toEqual(["sso-bypass"]);
});
