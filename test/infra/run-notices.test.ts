import { beforeAll, describe, expect, it } from "@jest/globals";
import type { Template } from "aws-cdk-lib/assertions";
import * as v from "valibot";
import { only, synthesize } from "./support.ts";

type Matcher = string | number | { readonly numeric: readonly [string, number] };
type Pattern = { readonly [key: string]: Pattern | readonly Matcher[] | readonly Pattern[] };

/** EventBridge's rules for a pattern, as far as the stack uses them: literals, `numeric`, `$or`, nesting. */
function matches(pattern: Pattern, event: unknown): boolean {
  return Object.entries(pattern).every(([key, wanted]) => {
    if (key === "$or") return Array.isArray(wanted) && wanted.some((one) => matches(one, event));
    const value =
      typeof event === "object" && event !== null
        ? Object.entries(event).find(([name]) => name === key)?.[1]
        : undefined;
    return Array.isArray(wanted) ? wanted.some((one) => accepts(one, value)) : matches(wanted as Pattern, value);
  });
}

function accepts(matcher: Matcher, value: unknown): boolean {
  if (typeof matcher !== "object") return matcher === value;
  const [operator, bound] = matcher.numeric;
  if (operator !== ">") throw new TypeError(`This model has no ${operator}.`);
  return typeof value === "number" && value > bound;
}

const ruleSchema = v.object({
  EventPattern: v.custom<Pattern>((value) => typeof value === "object"),
  Targets: v.tuple([
    v.object({
      Arn: v.unknown(),
      InputTransformer: v.object({
        InputPathsMap: v.record(v.string(), v.string()),
        InputTemplate: v.object({ "Fn::Join": v.tuple([v.literal(""), v.array(v.unknown())]) }),
      }),
    }),
  ]),
});

const TYPE = {
  complete: "Organization Connections Audit Completed",
  partial: "Organization Connections Audit Partial",
  failed: "Organization Connections Audit Failed",
};
const FOLDER = "v1/reports/tenant=acme.eu.auth0.com/dt=2026-03-03/20260303T060000Z";
const event = (
  status: keyof typeof TYPE,
  severity: object = {},
  other: object = {},
  fresh: object = {},
  undone: object = {},
) => ({
  source: "auth0-organization-auditor",
  "detail-type": TYPE[status],
  detail: {
    version: "1",
    run_id: "20260303T060000Z",
    tenant: "acme.eu.auth0.com",
    status,
    counts: {
      organizations: { requested: 31, observed: 30, failed: 1, deleted: 0 },
      severity: { high: 0, medium: 0, low: 0, info: 0, ...severity },
    },
    undone: {
      summary: "No temporary changes.",
      by_severity: { high: 0, medium: 0, low: 0, info: 0, ...undone },
    },
    findings: {
      judged: true,
      summary: "Open findings: 4 high. New: 1 low. 0 resolved, 2 waived, 0 not evaluated.",
      open: { high: 4, medium: 0, low: 1, info: 0 },
      new: 1,
      new_by_severity: { high: 0, medium: 0, low: 1, info: 0, ...fresh },
    },
    verdict: "2 changes widened access.",
    changes_summary: "High: acme: google enabled.",
    report: { key: `${FOLDER}/report.md`, action_plan_key: `${FOLDER}/action-plan.csv` },
    manifest_sha256: "5e8f",
    ...other,
  },
});

describe("the notices about runs", () => {
  let template: Template;
  let rule: v.InferOutput<typeof ruleSchema>;
  beforeAll(() => {
    template = synthesize({ domain: "acme.eu.auth0.com" });
    rule = v.parse(ruleSchema, only(Object.values(template.findResources("AWS::Events::Rule"))).Properties);
  });

  it.each([
    ["a complete run with high changes", event("complete", { high: 1 }), true],
    ["a complete run with medium changes", event("complete", { medium: 3 }), true],
    ["a complete run with new high findings", event("complete", {}, {}, { high: 2 }), true],
    ["a complete run with new medium findings", event("complete", {}, {}, { medium: 1 }), true],
    ["a complete run with high temporary changes", event("complete", {}, {}, {}, { high: 1 }), true],
    ["a complete run with medium temporary changes", event("complete", {}, {}, {}, { medium: 1 }), true],
    ["a complete run with low temporary changes", event("complete", {}, {}, {}, { low: 3, info: 1 }), false],
    ["a partial run", event("partial"), true],
    ["a failed run", event("failed"), true],
    ["a quiet run with old findings and a new low one", event("complete"), false],
    ["a run with low changes", event("complete", { low: 9, info: 9 }), false],
    ["another tenant's run", event("failed", {}, { tenant: "globex.us.auth0.com" }), false],
    ["another program's event", { ...event("failed"), source: "aws.s3" }, false],
    ["another event of the product", { ...event("failed"), "detail-type": "Something Else" }, false],
  ])("%s", (_what, sent, isNotified) => {
    expect(matches(rule.EventPattern, sent)).toBe(isNotified);
  });

  it("come from the default bus and go to the topic", () => {
    const { Properties } = only(Object.values(template.findResources("AWS::Events::Rule")));
    expect(Properties.EventBusName).toBeUndefined();
    expect(rule.Targets[0].Arn).toEqual({ Ref: expect.stringMatching(/^AlertsTopic/) });
  });

  it("are readable messages", () => {
    const { InputPathsMap: paths, InputTemplate: input } = rule.Targets[0].InputTransformer;
    const text = input["Fn::Join"][1].map((part) => (typeof part === "string" ? part : "BUCKET")).join("");
    const at = (path: string) =>
      path
        .replace(/^\$\./, "")
        .split(".")
        .reduce<unknown>(
          (value, key) => Object.entries(Object(value)).find(([name]) => name === key)?.[1],
          event("partial", { high: 2, low: 1 }),
        );
    const message = text.replace(/<([^>]+)>/g, (_all, name: string) => String(at(paths[name] ?? "")));
    expect(message.split("\n").map((line) => JSON.parse(line))).toEqual([
      "2 changes widened access.",
      "Run 20260303T060000Z of acme.eu.auth0.com is partial.",
      "Changes: 2 high, 0 medium, 1 low.",
      "No temporary changes.",
      "High: acme: google enabled.",
      "Open findings: 4 high. New: 1 low. 0 resolved, 2 waived, 0 not evaluated.",
      "Organizations: 30 read, 1 not read.",
      `Report: aws s3 cp s3://BUCKET/${FOLDER}/report.md -`,
      `Action plan: aws s3 cp s3://BUCKET/${FOLDER}/action-plan.csv -`,
      "SHA-256 of its manifest: 5e8f",
      "What to do: docs/runbook.md",
    ]);
  });
});
