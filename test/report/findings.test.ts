import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { SEVERITIES, type Severity } from "../../lambda/domain/change.ts";
import type { Finding } from "../../lambda/domain/finding.ts";
import { parsePolicy } from "../../lambda/findings/policy.ts";
import { FindingsBuilder } from "../../lambda/report/findings.ts";
import { Shortlist } from "../../lambda/report/shortlist.ts";
import { verdict } from "../../lambda/report/text/verdict.ts";
import { AT_1, AT_2, organizationId, RUN_1, RUN_2 } from "../support/builders.ts";
import { modelOf, situationOf } from "../support/situations.ts";

function finding(number: number, severity: Severity, isNew: boolean): Finding {
  return {
    runId: RUN_2,
    organizationId: organizationId(String(number)),
    organizationName: null,
    rule: "sso-bypass",
    ruleVersion: 1,
    severity,
    connectionId: null,
    connectionName: null,
    strategy: null,
    status: "open",
    stateObservedAt: AT_2,
    firstSeen: isNew ? { runId: RUN_2, at: AT_2 } : { runId: RUN_1, at: AT_1 },
    message: "It is wrong.",
    waiver: null,
  };
}

describe("the shortlist of findings", () => {
  it("has the worst first, new ones first, and keeps the order of the rest", () => {
    const drawn = fc.array(fc.tuple(fc.constantFrom(...SEVERITIES), fc.boolean()), { maxLength: 60 });
    fc.assert(
      fc.property(drawn, fc.integer({ min: 1, max: 20 }), (all, most) => {
        const list = new Shortlist(most);
        const findings = all.map(([severity, isNew], index) => finding(index, severity, isNew));
        for (const one of findings) list.add(one);
        const inOrder = SEVERITIES.flatMap((severity) =>
          [true, false].flatMap((isNew) =>
            findings.filter((one) => one.severity === severity && (one.firstSeen.runId === RUN_2) === isNew),
          ),
        );
        expect(list.items).toEqual(inOrder.slice(0, most));
      }),
    );
  });
});

describe("the findings of a run", () => {
  const { findings: found, manifest } = modelOf(situationOf("findings"));
  const lines = situationOf("findings").findings;

  it("are counted as the manifest counts them", () => {
    const { summary } = manifest;
    const sum = (count: (rule: NonNullable<typeof found>["rules"][number]) => number) =>
      found?.rules.reduce((all, rule) => all + count(rule), 0);
    for (const severity of SEVERITIES) expect(sum(({ open }) => open[severity])).toBe(summary.findings.open[severity]);
    expect(sum((rule) => rule.new)).toBe(summary.findings.new);
    expect(sum((rule) => rule.waived)).toBe(summary.findings.waived);
    expect(sum((rule) => rule.notEvaluated)).toBe(summary.findings.notEvaluated);
    expect(summary.findings).toMatchObject({ waived: 4, new: 11, resolved: 3 });
  });

  it("name each Organization once", () => {
    const open = lines.filter(({ status }) => status === "open");
    const organizations = (some: readonly Finding[]) => new Set(some.map((one) => one.organizationId)).size;
    expect(found?.organizations).toEqual({
      open: organizations(open),
      high: organizations(open.filter(({ severity }) => severity === "high")),
    });
  });

  it("review the waivers of the policy", () => {
    const organizations = (waivers: readonly { readonly organization: string }[] = []) =>
      waivers.map(({ organization }) => organization);
    expect(organizations(found?.waivers.expired)).toEqual(["hooli"]);
    expect(organizations(found?.waivers.expiring)).toEqual(["brand-b"]);
    expect(organizations(found?.waivers.unmatched)).toEqual(["no-such-*"]);
    expect(found?.off.map(({ rule }) => rule)).toEqual(["signup-without-membership"]);
  });

  it("are one entry for an Organization that no rule could judge", () => {
    expect(found?.undecided.filter(({ organizationName }) => organizationName === "soylent")).toEqual([
      expect.objectContaining({ rules: expect.arrayContaining(["sso-bypass", "no-passwords", "fails"]) }),
    ]);
    expect(found?.undecidedTotal).toBe(4);
  });

  it("have no unmatched waivers when the run reads only a part of the tenant", () => {
    const policy = parsePolicy(situationOf("findings").policy, "the policy");
    for (const part of [{ kind: "update" }, { scope: "list" }] as const) {
      const { isPostponed, waivers } = new FindingsBuilder({ ...manifest, ...part }, policy).build();
      expect(waivers.unmatched).toEqual([]);
      expect(isPostponed).toBe("kind" in part);
    }
    expect(new FindingsBuilder(manifest, policy).build().waivers.unmatched).toHaveLength(4);
  });

  it("are unknown, and not zero, in a run that judged nothing", () => {
    for (const name of ["failed", "not-judged"]) expect(modelOf(situationOf(name)).findings).toBeNull();
  });
});

describe("the verdict", () => {
  it.each([
    ["first-findings", "20 Organizations have open findings, 20 of them high. First audit: 60 Organizations"],
    ["findings", "Accounts of the database Users can now sign in to 2 Organizations; "],
    ["no-findings", "No changes in 1 Organization. No open findings."],
    ["partial", "No Organization could be compared. "],
    ["not-judged", "No changes in 1 Organization."],
  ])("of %s starts with what is wrong or what happened", (name, start) => {
    expect(verdict(modelOf(situationOf(name))).slice(0, start.length)).toBe(start);
  });
});
