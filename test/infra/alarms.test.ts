import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import type { Template } from "aws-cdk-lib/assertions";
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

  it("are named by stack and tenant", () => {
    expect(alarms(full).map(({ AlarmName }) => AlarmName)).toEqual([
      "Auditor-dead-letters",
      "Auditor-acme.eu.auth0.com-not-running",
      "Auditor-acme.eu.auth0.com-failed",
      "Auditor-acme.eu.auth0.com-partial",
      "Auditor-acme.eu.auth0.com-execution-failed",
      "Auditor-acme.eu.auth0.com-updates-not-running",
      "Auditor-acme.eu.auth0.com-rotation-failed",
      "Auditor-globex.us.auth0.com-not-running",
      "Auditor-globex.us.auth0.com-failed",
      "Auditor-globex.us.auth0.com-partial",
      "Auditor-globex.us.auth0.com-execution-failed",
      "Auditor-chat-not-delivered",
    ]);
  });

  it("notify the topic, and link to a heading of the runbook", () => {
    const anchors = [...RUNBOOK.matchAll(/^## (.+)$/gm)].map(([, heading = ""]) => anchor(heading));
    for (const template of [one, full])
      for (const { AlarmActions, AlarmDescription } of alarms(template)) {
        expect(AlarmActions).toEqual([{ Ref: expect.stringMatching(/^AlertsTopic/) }]);
        const [, linked = ""] = /docs\/runbook\.md#(\S+)$/.exec(AlarmDescription) ?? [];
        expect(anchors).toContain(linked);
      }
  });

  /** One datapoint in the last three hours, however late it arrives. */
  const ONCE = {
    Threshold: 1,
    ComparisonOperator: "GreaterThanOrEqualToThreshold",
    EvaluationPeriods: 3,
    DatapointsToAlarm: 1,
    TreatMissingData: "notBreaching",
  };
  const HOUR_SECONDS = 3_600;
  const sum = (Namespace: string, MetricName: string, name: string, value: unknown) =>
    expect.objectContaining({
      MetricStat: {
        Metric: { Namespace, MetricName, Dimensions: [{ Name: name, Value: value }] },
        Period: HOUR_SECONDS,
        Stat: "Sum",
      },
    });

  it.each([
    ["failed", "FailedRuns"],
    ["partial", "PartialRuns"],
  ])("%s: one run is enough", (name, MetricName) => {
    expect(named(one, `Auditor-acme.eu.auth0.com-${name}`)).toMatchObject({
      ...ONCE,
      Namespace: "Auth0OrganizationAuditor",
      MetricName,
      Dimensions: [{ Name: "tenant", Value: "acme.eu.auth0.com" }],
      Period: HOUR_SECONDS,
      Statistic: "Sum",
    });
  });

  it("not running: every hour of twice the interval, and one more, is without a run", () => {
    const silence = { Threshold: 1, ComparisonOperator: "LessThanThreshold", TreatMissingData: "breaching" };
    const daily = named(one, "Auditor-acme.eu.auth0.com-not-running");
    expect(daily).toMatchObject({ ...silence, EvaluationPeriods: 49, DatapointsToAlarm: 49 });
    const sixHourly = named(full, "Auditor-acme.eu.auth0.com-not-running");
    expect(sixHourly).toMatchObject({ ...silence, EvaluationPeriods: 13, DatapointsToAlarm: 13 });
    expect(sixHourly.Metrics).toEqual([
      expect.objectContaining({ Expression: "FILL(complete, 0) + FILL(partial, 0)" }),
      sum("Auth0OrganizationAuditor", "CompletedRuns", "tenant", "acme.eu.auth0.com"),
      sum("Auth0OrganizationAuditor", "PartialRuns", "tenant", "acme.eu.auth0.com"),
    ]);
  });

  it("not running: the age of the last complete run, for an interval that CloudWatch cannot look back on", () => {
    expect(named(full, "Auditor-globex.us.auth0.com-not-running")).toMatchObject({
      MetricName: "LastCompleteRunAge",
      Threshold: 1_209_600,
      ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: "ignore",
    });
  });

  it("updates not running: no update ended well within twice the interval, and one hour more", () => {
    expect(named(full, "Auditor-acme.eu.auth0.com-updates-not-running")).toMatchObject({
      Namespace: "Auth0OrganizationAuditor",
      MetricName: "Updates",
      Dimensions: [{ Name: "tenant", Value: "acme.eu.auth0.com" }],
      Threshold: 1,
      ComparisonOperator: "LessThanThreshold",
      EvaluationPeriods: 2,
      DatapointsToAlarm: 2,
      TreatMissingData: "breaching",
    });
  });

  it("execution failed: it failed, timed out or crashed, and no one stopped it", () => {
    const { Metrics, ...alarm } = named(one, "Auditor-acme.eu.auth0.com-execution-failed");
    expect(alarm).toMatchObject(ONCE);
    const ref = { Ref: expect.stringMatching(/AuditFunction/) };
    expect(Metrics).toEqual([
      expect.objectContaining({ Expression: "FILL(failed, 0) + FILL(timedOut, 0) + FILL(crashed, 0)" }),
      sum("AWS/Lambda", "DurableExecutionFailed", "FunctionName", ref),
      sum("AWS/Lambda", "DurableExecutionTimedOut", "FunctionName", ref),
      sum("AWS/Lambda", "Errors", "FunctionName", ref),
    ]);
  });

  it("dead letters: the Scheduler dropped an event; the event of a failed execution is no second alarm", () => {
    const group = only(Object.values(one.findResources("AWS::Scheduler::ScheduleGroup"))).Properties.Name;
    expect(named(one, "Auditor-dead-letters")).toMatchObject({
      ...ONCE,
      Namespace: "AWS/Scheduler",
      MetricName: "InvocationDroppedCount",
      Dimensions: [{ Name: "ScheduleGroup", Value: group }],
    });
    one.hasResourceProperties("AWS::Scheduler::Schedule", { GroupName: group });
    expect(JSON.stringify(alarms(full))).not.toContain("AWS/SQS");
  });

  it("rotation failed: an error of the rotation function", () => {
    expect(named(one, "Auditor-acme.eu.auth0.com-rotation-failed")).toMatchObject({
      ...ONCE,
      MetricName: "Errors",
      Dimensions: [{ Name: "FunctionName", Value: { Ref: expect.stringMatching(/RotationFunction/) } }],
    });
  });
});
