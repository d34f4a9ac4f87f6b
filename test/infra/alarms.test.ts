import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { Match, type Template } from "aws-cdk-lib/assertions";
import { FULL, only, synthesize } from "./support.ts";

const RUNBOOK = readFileSync(join(import.meta.dirname, "../../docs/runbook.md"), "utf8");

/** A heading's anchor, as GitHub makes it. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, "")
    .trim()
    .replace(/\s/g, "-");

describe("the alarms", () => {
  let one: Template;
  let full: Template;
  beforeAll(() => {
    one = synthesize({ domain: "acme.eu.auth0.com" });
    full = synthesize(FULL);
  });
  const alarms = (template: Template) =>
    Object.values(template.findResources("AWS::CloudWatch::Alarm")).map(({ Properties }) => Properties);
  const named = (template: Template, name: string) =>
    only(alarms(template).filter(({ AlarmName }) => AlarmName === name));

  it("have names of their own, by stack and tenant", () => {
    expect(alarms(full).map(({ AlarmName }) => AlarmName)).toEqual([
      "Auditor-acme.eu.auth0.com-not-running",
      "Auditor-acme.eu.auth0.com-failed",
      "Auditor-acme.eu.auth0.com-partial",
      "Auditor-acme.eu.auth0.com-execution-failed",
      "Auditor-acme.eu.auth0.com-dead-letters",
      "Auditor-acme.eu.auth0.com-rotation-failed",
      "Auditor-globex.us.auth0.com-not-running",
      "Auditor-globex.us.auth0.com-failed",
      "Auditor-globex.us.auth0.com-partial",
      "Auditor-globex.us.auth0.com-execution-failed",
      "Auditor-globex.us.auth0.com-dead-letters",
    ]);
  });

  it("go to the topic, and each links a heading of the runbook", () => {
    const anchors = [...RUNBOOK.matchAll(/^## (.+)$/gm)].map(([, heading = ""]) => anchor(heading));
    for (const template of [one, full])
      for (const { AlarmActions, AlarmDescription } of alarms(template)) {
        expect(AlarmActions).toEqual([{ Ref: expect.stringMatching(/^AlertsTopic/) }]);
        const [, linked = ""] = /docs\/runbook\.md#(\S+)$/.exec(AlarmDescription) ?? [];
        expect(anchors).toContain(linked);
      }
  });

  it.each([
    ["failed", "FailedRuns"],
    ["partial", "PartialRuns"],
  ])("one %s run is one too many", (name, MetricName) => {
    expect(named(one, `Auditor-acme.eu.auth0.com-${name}`)).toMatchObject({
      Namespace: "Auth0OrganizationAuditor",
      MetricName,
      Dimensions: [{ Name: "tenant", Value: "acme.eu.auth0.com" }],
      Statistic: "Sum",
      Threshold: 1,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      TreatMissingData: "notBreaching",
    });
  });

  it("silence for twice the interval is an alarm", () => {
    const silence = {
      Threshold: 1,
      ComparisonOperator: "LessThanThreshold",
      TreatMissingData: "breaching",
    };
    const daily = named(one, "Auditor-acme.eu.auth0.com-not-running");
    expect(daily).toMatchObject({ ...silence, EvaluationPeriods: 48 });
    const sixHourly = named(full, "Auditor-acme.eu.auth0.com-not-running");
    expect(sixHourly).toMatchObject({ ...silence, EvaluationPeriods: 1 });
    expect(sixHourly.Metrics).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ Expression: "FILL(complete, 0) + FILL(partial, 0)" }),
        expect.objectContaining({ MetricStat: expect.objectContaining({ Period: 43_200, Stat: "Sum" }) }),
      ]),
    );
  });

  it("an interval that CloudWatch cannot look back on is watched by age, and says so", () => {
    expect(named(full, "Auditor-globex.us.auth0.com-not-running")).toMatchObject({
      MetricName: "LastCompleteRunAge",
      Threshold: 1_209_600,
      ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: "ignore",
      AlarmDescription: expect.stringContaining("a schedule that starts none is not seen"),
    });
  });

  it("an execution that fails or times out is an alarm", () => {
    const metric = (MetricName: string) =>
      Match.objectLike({
        MetricStat: {
          Metric: {
            Namespace: "AWS/Lambda",
            MetricName,
            Dimensions: [{ Name: "FunctionName", Value: { Ref: Match.stringLikeRegexp("AuditFunction") } }],
          },
        },
      });
    one.hasResourceProperties("AWS::CloudWatch::Alarm", {
      AlarmName: "Auditor-acme.eu.auth0.com-execution-failed",
      Metrics: Match.arrayWith([metric("DurableExecutionFailed"), metric("DurableExecutionTimedOut")]),
    });
  });

  it("a failed rotation and a dead letter are alarms", () => {
    one.hasResourceProperties("AWS::CloudWatch::Alarm", {
      AlarmName: "Auditor-acme.eu.auth0.com-rotation-failed",
      MetricName: "Errors",
      Dimensions: [{ Name: "FunctionName", Value: { Ref: Match.stringLikeRegexp("RotationFunction") } }],
    });
    one.hasResourceProperties("AWS::CloudWatch::Alarm", {
      AlarmName: "Auditor-acme.eu.auth0.com-dead-letters",
      MetricName: "ApproximateNumberOfMessagesVisible",
    });
  });
});
