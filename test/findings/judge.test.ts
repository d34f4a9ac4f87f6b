import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ConnectionSharing } from "../../lambda/changes/connection-sharing.ts";
import type { Finding, Judgement } from "../../lambda/domain/finding.ts";
import type { Timestamp } from "../../lambda/domain/identifiers.ts";
import type { EnabledConnection } from "../../lambda/domain/organization.ts";
import { lastObservation, type OrganizationSnapshot } from "../../lambda/domain/snapshot.ts";
import {
  carriedJudgements,
  compareJudgements,
  judgeOrganization,
  type TenantFacts,
} from "../../lambda/findings/judge.ts";
import { offense } from "../../lambda/findings/offenses.ts";
import { BUILT_IN_POLICY_TEXT, type Policy, parsePolicy } from "../../lambda/findings/policy.ts";
import { BUILT_IN_RULE_IDS, RULES } from "../../lambda/findings/rules.ts";
import { enabledConnections } from "../support/arbitraries.ts";
import { AT_1, carried, connection, connectionId, deleted, failed, observed, RUN_1 } from "../support/builders.ts";
import { naiveFindings } from "../support/naive-judge.ts";
import { CUSTOM } from "../support/policy-cases.ts";

const DAY = "2026-03-04";
const BUILT_IN = parsePolicy(BUILT_IN_POLICY_TEXT, "built-in");
const NOTHING_SHARED: TenantFacts = { isShared: () => false, isMembershipShared: () => false };
const ALL_SHARED: TenantFacts = { isShared: () => true, isMembershipShared: () => true };

function policy(file: object): Policy {
  return parsePolicy(JSON.stringify({ version: 1, ...file }), "test");
}

function factsOf(state: readonly OrganizationSnapshot[]): TenantFacts {
  const sharing = new ConnectionSharing();
  for (const line of state) sharing.add(lastObservation(line)?.enabledConnections ?? []);
  return sharing;
}

function found(judgements: readonly Judgement[]) {
  return judgements.map(({ rule, connectionId: id, severity }) => [rule, id ?? "", severity]);
}

/** An Organization with hostile names, read or not, of which other Organizations share connections. */
const name = fc.option(fc.string({ unit: "binary", maxLength: 20 }), { nil: null });
const time = fc
  .integer({ min: 0, max: 20 * 86_400_000 })
  .map((ms) => new Date(Date.parse(AT_1) - ms).toISOString() as Timestamp);
const line: fc.Arbitrary<OrganizationSnapshot> = fc
  .record({ connections: enabledConnections, name, status: fc.nat({ max: 6 }), id: fc.nat({ max: 999 }), time })
  .map(({ connections, name: given, status, id, time: observedAt }) => {
    const last = observed(String(id), connections, { name: given, observedAt });
    if (status === 0) return failed(String(id), null, { name: given, firstReading: "sets_baseline" });
    if (status === 1) return deleted(String(id), { name: given });
    return status === 2 ? failed(String(id), carried(last), { name: given }) : last;
  });

describe("judging an Organization", () => {
  it("equals a naive reading of the rules, for any tenant", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (state) => {
        const facts = factsOf(state);
        const judged = state.map((one) => found(judgeOrganization(one, BUILT_IN, facts, DAY)));
        expect(judged).toEqual(naiveFindings(state, 7));
      }),
      { numRuns: 500 },
    );
  });

  it("comes sorted by rule, then by connection, with the Organization itself first", () => {
    const judgement = (rule: string, id: string | null) => ({
      rule,
      connectionId: id === null ? null : connectionId(id),
    });
    const sorted = [judgement("a", "2"), judgement("b", null), judgement("b", "1"), judgement("b", "2")];
    expect([...sorted].reverse().sort(compareJudgements)).toEqual(sorted);
    expect(sorted.toSorted(compareJudgements)).toEqual(sorted);
  });

  it("is the same whatever the order of the connections", () => {
    fc.assert(
      fc.property(enabledConnections, (connections) => {
        const judge = (given: readonly EnabledConnection[]) =>
          judgeOrganization(observed("1", given), BUILT_IN, ALL_SHARED, DAY);
        expect(judge([...connections].reverse())).toEqual(judge(connections));
      }),
    );
  });

  it("names the connection, the rule's version and what is wrong", () => {
    const line = observed("1", [connection("1", "samlp"), connection("2", "auth0", {}, "passwords")]);
    expect(judgeOrganization(line, BUILT_IN, NOTHING_SHARED, DAY)).toEqual([
      {
        rule: "sso-bypass",
        ruleVersion: 1,
        severity: "high",
        connectionId: connectionId("2"),
        connectionName: "passwords",
        strategy: "auth0",
        status: "open",
        message: RULES["sso-bypass"].wrong,
        waiver: null,
      },
    ]);
  });

  it("says what is worse about a shared connection with automatic membership", () => {
    const line = observed("1", [connection("1", "samlp")]);
    const message = (isMembershipShared: boolean) =>
      judgeOrganization(line, BUILT_IN, { ...ALL_SHARED, isMembershipShared: () => isMembershipShared }, DAY)[0]
        ?.message;
    expect(message(true)).toBe(RULES["shared-enterprise-connection"].worse?.wrong);
    expect(message(false)).toBe(RULES["shared-enterprise-connection"].wrong);
    expect(offense("sso-bypass", null, true)).toEqual(offense("sso-bypass", null));
  });

  it("leaves out what an update run cannot compare", () => {
    const connections = [
      connection("1", "samlp"),
      connection("2", "auth0", { assign_membership_on_login: true }),
      connection("3", "github", { assign_membership_on_login: true }),
    ];
    const rules = (facts: TenantFacts | null) =>
      found(judgeOrganization(observed("1", connections), BUILT_IN, facts, DAY));
    const compared = rules(null).map(([rule, id]) => [rule, id]);
    expect(compared).toEqual([
      ["open-membership", connectionId("3")],
      ["sso-bypass", connectionId("2")],
      ["sso-bypass", connectionId("3")],
    ]);
    expect(rules(ALL_SHARED)).toHaveLength(5);
  });

  it("finds an Organization that was not read for longer than the days of the policy", () => {
    const last = carried(
      observed("1", [connection("1", "samlp")], { observedAt: "2026-03-01T06:00:00.000Z" as Timestamp }),
    );
    const judge = (at: string, file = {}) =>
      judgeOrganization(failed("1", last, { observedAt: at as Timestamp }), policy(file), null, DAY);
    expect(judge("2026-03-08T06:00:00.000Z")).toEqual([]);
    const message = "The Organization could not be read for more than 7 days: it was last read on 2026-03-01.";
    expect(judge("2026-03-08T06:00:00.001Z")).toMatchObject([{ rule: "unread-too-long", connectionId: null, message }]);
    const oneDay = { rules: { "unread-too-long": { days: 1 } } };
    expect(judge("2026-03-02T06:00:01.000Z", oneDay)[0]?.message).toContain("more than 1 day: it");
  });

  it("cannot evaluate any rule for an Organization that was never read", () => {
    const file = {
      rules: { "locked-out": "off", "sso-bypass": { severity: "low" } },
      custom: [{ ...CUSTOM, version: 4 }],
    };
    const judgements = judgeOrganization(failed("1", null), policy(file), null, DAY);
    const ids = ["no-passwords", ...BUILT_IN_RULE_IDS.filter((id) => id !== "locked-out")].sort();
    expect(judgements.map(({ rule, status, connectionId: id }) => [rule, status, id])).toEqual(
      ids.map((id) => [id, "not_evaluated", null]),
    );
    expect(judgements[0]).toMatchObject({ rule: "no-passwords", ruleVersion: 4, severity: "high", waiver: null });
    expect(judgements.find(({ rule }) => rule === "sso-bypass")?.severity).toBe("low");
  });

  it("judges only by rules that are on, with the owner's severity in the worse case, too", () => {
    const line = observed("1", [connection("1", "samlp"), connection("2", "auth0")]);
    const file = { rules: { "sso-bypass": "off", "shared-enterprise-connection": { severity: "info" } } };
    expect(found(judgeOrganization(line, policy(file), ALL_SHARED, DAY))).toEqual([
      ["shared-enterprise-connection", connectionId("1"), "info"],
    ]);
  });

  it("judges by custom rules, on the last observation of an Organization that could not be read", () => {
    const when = "organization.connections.exists(c, c.kind == 'database')";
    const custom = policy({ custom: [{ ...CUSTOM, version: 2, when }] });
    const judged = judgeOrganization(
      failed("1", carried(observed("1", [connection("1", "auth0")]))),
      custom,
      null,
      DAY,
    );
    expect(judged).toEqual([
      {
        rule: "no-passwords",
        ruleVersion: 2,
        severity: "high",
        connectionId: null,
        connectionName: null,
        strategy: null,
        status: "open",
        message: "No passwords.",
        waiver: null,
      },
    ]);
    expect(judgeOrganization(observed("1", [connection("1", "github")]), custom, null, DAY)).toEqual([]);
  });

  it("takes the name of today where the last observation had none", () => {
    const file = policy({ custom: [{ ...CUSTOM, when: "organization.name == 'acme'" }] });
    const last = carried(observed("1", [connection("1", "auth0")], { name: null }));
    expect(judgeOrganization(failed("1", last), file, null, DAY)).toMatchObject([{ status: "open" }]);
    expect(judgeOrganization(failed("1", last, { name: null }), file, null, DAY)).toMatchObject([
      { status: "not_evaluated" },
    ]);
  });

  it("keeps a custom rule that fails as a judgement that could not be evaluated", () => {
    const file = { custom: [{ ...CUSTOM, when: "organization.connections[5].show_as_button" }] };
    const [judgement, ...others] = judgeOrganization(
      observed("1", [connection("1", "github")]),
      policy(file),
      null,
      DAY,
    );
    expect(judgement).toMatchObject({ rule: "no-passwords", status: "not_evaluated", severity: "high" });
    expect(judgement?.message).toMatch(/^The rule could not be evaluated: index 5 out of bounds.*\.$/);
    expect(others).toEqual([]);
  });
});

describe("what an update run carries on", () => {
  const samlp = connection("1", "samlp");
  const database = connection("2", "auth0", { assign_membership_on_login: true });
  const line = observed("1", [samlp, database, connection("3", "github", { assign_membership_on_login: true })]);

  function findings(from: Policy = BUILT_IN): readonly Finding[] {
    const { organizationId, organizationName } = line;
    return judgeOrganization(line, from, ALL_SHARED, DAY).map((judgement) => ({
      ...judgement,
      runId: RUN_1,
      organizationId,
      organizationName,
      stateObservedAt: AT_1,
      firstSeen: { runId: RUN_1, at: AT_1 },
    }));
  }

  it("completes the judgement of an unchanged Organization", () => {
    const carriedOn = carriedJudgements(findings(), line, BUILT_IN, DAY);
    expect(found(carriedOn)).toEqual([
      ["open-membership", connectionId("2"), "high"],
      ["shared-enterprise-connection", connectionId("1"), "high"],
    ]);
    const all = [...judgeOrganization(line, BUILT_IN, null, DAY), ...carriedOn];
    expect(all).toHaveLength(findings().length);
    expect(all).toEqual(expect.arrayContaining([...judgeOrganization(line, BUILT_IN, ALL_SHARED, DAY)]));
  });

  it.each([
    ["connections that are no longer enabled", [connection("3", "github")]],
    ["a connection that lost automatic membership", [connection("2", "auth0")]],
    [
      "connections of another kind",
      [connection("1", "auth0"), connection("2", "samlp", { assign_membership_on_login: true })],
    ],
  ])("leaves out %s", (_name, connections) => {
    expect(carriedJudgements(findings(), observed("1", connections), BUILT_IN, DAY)).toEqual([]);
  });

  it("judges by the policy of today", () => {
    const waiver = { rule: "open-membership", organization: "acme", reason: "r" };
    const rules = { "shared-enterprise-connection": "off", "open-membership": { severity: "low" } };
    const [judgement, ...others] = carriedJudgements(findings(), line, policy({ rules, waivers: [waiver] }), DAY);
    expect(judgement).toMatchObject({
      rule: "open-membership",
      severity: "low",
      status: "waived",
      waiver: { reason: "r" },
    });
    expect(others).toEqual([]);
  });

  it("leaves out findings by an older version of a rule, and those of deleted or unread Organizations", () => {
    const older = findings().map((finding) => ({ ...finding, ruleVersion: 0 }));
    expect(carriedJudgements(older, line, BUILT_IN, DAY)).toEqual([]);
    expect(carriedJudgements(findings(), deleted("1"), BUILT_IN, DAY)).toEqual([]);
    expect(carriedJudgements(findings(), failed("1", null), BUILT_IN, DAY)).toEqual([]);
    expect(carriedJudgements(findings(), failed("1", carried(line)), BUILT_IN, DAY)).toHaveLength(2);
  });
});
