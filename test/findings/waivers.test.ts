import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Finding } from "../../lambda/domain/finding.ts";
import type { OrganizationId } from "../../lambda/domain/identifiers.ts";
import { judgeOrganization } from "../../lambda/findings/judge.ts";
import { parsePolicy } from "../../lambda/findings/policy.ts";
import { BUILT_IN_RULE_IDS } from "../../lambda/findings/rules.ts";
import { WaiverUse } from "../../lambda/findings/waivers.ts";
import { enabledConnections } from "../support/arbitraries.ts";
import { AT_1, connection, connectionId, failed, observed, organizationId, RUN_1 } from "../support/builders.ts";

const DAY = "2026-03-04";
const SHARED = { isShared: () => true, isMembershipShared: () => true };
const BYPASS = { rule: "sso-bypass", organization: "acme", reason: "Vendor access" };

function waivedBy(waivers: readonly object[]) {
  return parsePolicy(JSON.stringify({ version: 1, waivers }), "test");
}

interface Judged {
  readonly waiver: object;
  readonly name?: string | null;
  readonly id?: OrganizationId;
  readonly day?: string;
}

/** The status of `sso-bypass` on the connection `passwords` of an Organization. */
function statusOf({ waiver, name = "acme", id = organizationId("1"), day = DAY }: Judged): string {
  const line = observed("1", [connection("1", "samlp"), connection("2", "auth0", {}, "passwords")], { name });
  const [judgement] = judgeOrganization(
    { ...line, organizationId: id },
    waivedBy([{ ...BYPASS, ...waiver }]),
    null,
    day,
  );
  return judgement?.status ?? "none";
}

describe("a waiver holds for", () => {
  it.each<[string, string, Judged]>([
    ["waived", "the Organization's name", { waiver: {} }],
    ["open", "no other name", { waiver: { organization: "acme-2" } }],
    ["open", "no name in other letters", { waiver: { organization: "Acme" } }],
    ["waived", "the Organization's ID", { waiver: { organization: organizationId("1") } }],
    ["open", "no other ID", { waiver: { organization: organizationId("2") } }],
    [
      "open",
      "no name that looks like an ID",
      { waiver: { organization: organizationId("2") }, name: organizationId("2") },
    ],
    [
      "waived",
      "an Organization whose name is unknown, by its ID",
      { waiver: { organization: organizationId("1") }, name: null },
    ],
    ["open", "no name when the name is unknown", { waiver: { organization: "acme*" }, name: null }],
    ["waived", "everything by a lone asterisk", { waiver: { organization: "*" }, name: null }],
    ["waived", "everything by two asterisks", { waiver: { organization: "**" }, name: null }],
    ["waived", "the beginning of a name", { waiver: { organization: "ac*" } }],
    ["waived", "the end of a name", { waiver: { organization: "*me" } }],
    ["waived", "both ends of a name", { waiver: { organization: "a*e" } }],
    ["waived", "the middle of a name", { waiver: { organization: "*cm*" } }],
    ["open", "no ends that overlap", { waiver: { organization: "acm*cme" } }],
    ["open", "no parts in another order", { waiver: { organization: "*m*c*" } }],
    ["open", "no part inside the end", { waiver: { organization: "a*me*me" } }],
    ["open", "no other beginning", { waiver: { organization: "b*" } }],
    ["open", "no ID by a pattern", { waiver: { organization: "org_*" } }],
    ["waived", "the connection's ID", { waiver: { connection: connectionId("2") } }],
    ["waived", "the connection's name", { waiver: { connection: "passwords" } }],
    ["open", "no other connection", { waiver: { connection: connectionId("1") } }],
    ["open", "no pattern of a connection's name", { waiver: { connection: "pass*" } }],
    ["open", "no other rule", { waiver: { rule: "open-signup" } }],
    ["waived", "its own version of the rule", { waiver: { rule_version: 1 } }],
    ["open", "no other version of the rule", { waiver: { rule_version: 2 } }],
    ["waived", "its last day", { waiver: { expires: DAY } }],
    ["open", "no day after its last", { waiver: { expires: "2026-03-03" } }],
  ])("%s: %s", (expected, _what, judged) => {
    expect(statusOf(judged)).toBe(expected);
  });

  it("no connection that is named like another one's ID", () => {
    const line = observed("1", [connection("1", "samlp"), connection("2", "auth0", {}, connectionId("3"))]);
    const policy = waivedBy([{ ...BYPASS, connection: connectionId("3") }]);
    expect(judgeOrganization(line, policy, null, DAY)).toMatchObject([{ status: "open" }]);
  });

  it("no rule that could not be evaluated", () => {
    const [first] = judgeOrganization(failed("1", null), waivedBy([{ ...BYPASS, rule: "locked-out" }]), null, DAY);
    expect(first).toMatchObject({ rule: "locked-out", status: "not_evaluated", waiver: null });
  });
});

describe("waivers", () => {
  it("the first one of the policy that holds is named", () => {
    const line = observed("1", [connection("1", "samlp"), connection("2", "auth0")]);
    const policy = waivedBy([
      { ...BYPASS, expires: "2026-01-01", reason: "expired" },
      { ...BYPASS, organization: "*", expires: "2026-04-01", approved_by: "CISO", reason: "by pattern" },
      { ...BYPASS, organization: organizationId("1"), reason: "by ID" },
      { ...BYPASS, reason: "by name" },
    ]);
    expect(judgeOrganization(line, policy, null, DAY)[0]?.waiver).toEqual({
      reason: "by pattern",
      expires: "2026-04-01",
      approvedBy: "CISO",
    });
  });

  const text = fc.oneof(
    fc.constantFrom("*", "a*", "*b*", "ab", organizationId("1")),
    fc.string({ minLength: 1, maxLength: 4 }),
  );
  const waiver = fc.record(
    {
      rule: fc.constantFrom(...BUILT_IN_RULE_IDS),
      organization: text,
      reason: fc.constant("r"),
      connection: fc.oneof(text, fc.constant(connectionId("3"))),
      expires: fc.constantFrom("2026-03-03", "2026-03-04", "2027-01-01"),
    },
    { requiredKeys: ["rule", "organization", "reason"] },
  );
  const waivers = fc.array(
    waiver.filter(({ organization, connection: named }) => organization.trim() !== "" && named?.trim() !== ""),
  );
  const name = fc.option(fc.oneof(text, fc.string({ unit: "binary" })), { nil: null });

  it("neither add nor remove findings, for any policy and Organization", () => {
    fc.assert(
      fc.property(waivers, enabledConnections, name, (given, connections, organizationName) => {
        const line = observed("1", connections, { name: organizationName });
        const judged = judgeOrganization(line, waivedBy(given), SHARED, DAY);
        const unmarked = judged.map((one) => ({ ...one, status: "open", waiver: null }));
        expect(unmarked).toEqual(judgeOrganization(line, waivedBy([]), SHARED, DAY));
        for (const { status, waiver: named } of judged) expect(status).toBe(named === null ? "open" : "waived");
      }),
      { numRuns: 300 },
    );
  });

  it("match a pattern as the same regular expression does", () => {
    const part = fc.string({ unit: fc.constantFrom("a", "b", "*"), minLength: 1, maxLength: 8 });
    const named = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 });
    fc.assert(
      fc.property(part, named, (pattern, organizationName) => {
        const isMatch = new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(organizationName);
        expect(statusOf({ waiver: { organization: pattern }, name: organizationName })).toBe(
          isMatch ? "waived" : "open",
        );
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("the review of waivers", () => {
  function finding(properties: Partial<Finding> = {}): Finding {
    return {
      runId: RUN_1,
      organizationId: organizationId("1"),
      organizationName: "acme",
      rule: "sso-bypass",
      ruleVersion: 1,
      severity: "high",
      connectionId: connectionId("2"),
      connectionName: "passwords",
      strategy: "auth0",
      status: "open",
      stateObservedAt: AT_1,
      firstSeen: { runId: RUN_1, at: AT_1 },
      message: "m",
      waiver: null,
      ...properties,
    };
  }

  function review(waivers: readonly object[], findings: readonly Finding[] = []) {
    const use = new WaiverUse(waivedBy(waivers), DAY);
    for (const one of findings) use.add(one);
    const { expired, expiring, unmatched } = use.result();
    const reasons = (list: readonly { readonly reason: string }[]) => list.map(({ reason }) => reason);
    return { expired: reasons(expired), expiring: reasons(expiring), unmatched: reasons(unmatched) };
  }

  it("names waivers 14 days before and after their last day, in the order of the policy", () => {
    const days = ["2026-03-18", "2026-03-19", "2026-03-03", "2026-03-04", "2026-02-18", "2026-02-17"];
    const waivers = [BYPASS, ...days.map((expires) => ({ ...BYPASS, expires, reason: expires }))];
    expect(review(waivers, [finding()])).toEqual({
      expired: ["2026-03-03", "2026-02-18"],
      expiring: ["2026-03-18", "2026-03-04"],
      unmatched: [],
    });
  });

  it("names waivers that match no finding, whatever the status of the findings", () => {
    const waivers = ["acme", "acme-2", "*"].map((organization) => ({ ...BYPASS, organization, reason: organization }));
    expect(review(waivers).unmatched).toEqual(["acme", "acme-2", "*"]);
    expect(review(waivers, [finding({ status: "waived" })]).unmatched).toEqual(["acme-2"]);
    expect(review(waivers, [finding({ rule: "open-signup" })]).unmatched).toHaveLength(3);
    expect(review(waivers, [finding({ ruleVersion: 2 })]).unmatched).toHaveLength(3);
  });

  it("matches the connection of a waiver, unless the finding could not be evaluated", () => {
    const waivers = [{ ...BYPASS, connection: "other", reason: "other" }];
    expect(review(waivers, [finding()]).unmatched).toEqual(["other"]);
    expect(review(waivers, [finding({ status: "not_evaluated", connectionId: null })]).unmatched).toEqual([]);
  });
});
