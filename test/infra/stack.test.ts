import { describe, expect, it } from "@jest/globals";
import { App } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { scheduleIntervalMs } from "../../infra/audit-schedule.ts";
import { ContextError, readConfiguration } from "../../infra/configuration.ts";
import { AuditorStack } from "../../infra/stack.ts";

const CONTEXT = { domain: "acme.eu.auth0.com", "aws:cdk:bundling-stacks": [] };

function synthesize(context: Readonly<Record<string, unknown>> = {}): Template {
  const app = new App({ context: { ...CONTEXT, ...context } });
  return Template.fromStack(new AuditorStack(app, "Auditor", { configuration: readConfiguration(app.node) }));
}

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

/** Every statement that the stack grants, wherever it stands. */
function statements(template: Template): readonly Statement[] {
  const inRoles = Object.values(template.findResources("AWS::IAM::Role")).flatMap(
    ({ Properties }) => Properties.Policies ?? [],
  );
  const alone = Object.values(template.findResources("AWS::IAM::Policy")).map(({ Properties }) => Properties);
  return [...inRoles, ...alone].flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

describe("the stack", () => {
  const template = synthesize();

  it("keeps evidence encrypted, versioned, private, over TLS only, and past its own end", () => {
    template.hasResource("AWS::S3::Bucket", {
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: {
        BucketEncryption: Match.anyValue(),
        VersioningConfiguration: { Status: "Enabled" },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      },
    });
    template.hasResourceProperties("AWS::S3::BucketPolicy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
        ]),
      },
    });
  });

  it("runs a durable arm64 function on Node.js 24 in 256 MB", () => {
    template.hasResourceProperties("AWS::Lambda::Function", {
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      MemorySize: 256,
      Timeout: 900,
      DurableConfig: { ExecutionTimeout: Match.anyValue(), RetentionPeriodInDays: Match.anyValue() },
      DeadLetterConfig: { TargetArn: Match.anyValue() },
    });
  });

  it("schedules the alias and hands over the scheduled time", () => {
    template.hasResourceProperties("AWS::Scheduler::Schedule", {
      ScheduleExpression: "cron(0 6 * * ? *)",
      ScheduleExpressionTimezone: "UTC",
      Target: {
        Arn: { Ref: Match.stringLikeRegexp("Aliaslive") },
        Input: '{"scheduledTime":"<aws.scheduler.scheduled-time>"}',
        DeadLetterConfig: { Arn: Match.anyValue() },
      },
    });
  });

  it("grants no wildcard action and no deletion", () => {
    const actions = statements(template).flatMap(({ Action }) => Action);
    expect(actions.length).toBeGreaterThan(0);
    expect(actions.filter((action) => /\*|delete/i.test(action))).toEqual([]);
  });

  it("lets the auditor write under its tenant's prefixes only", () => {
    const [statement] = statements(template).filter(({ Sid }) => Sid === "ReadAndCreateEvidence");
    const resources = JSON.stringify(statement?.Resource);
    expect(resources.match(/tenant=acme\.eu\.auth0\.com\/\*/g)).toHaveLength(5);
  });

  it("lets the auditor read one secret", () => {
    const reading = statements(template).filter(({ Action }) =>
      [Action].flat().some((one) => /secretsmanager/.test(one)),
    );
    expect(reading).toHaveLength(1);
    expect(reading[0]).toMatchObject({
      Action: "secretsmanager:GetSecretValue",
      Resource: { Ref: expect.any(String) },
    });
  });

  it("uses a secret of one's own instead of making one", () => {
    const tokenSecretArn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:auth0-AbCdEf";
    const own = synthesize({ tokenSecretArn });
    own.resourceCountIs("AWS::SecretsManager::Secret", 0);
    expect(JSON.stringify(own.toJSON())).toContain(tokenSecretArn);
  });

  it("carries a list of any length beside the code", () => {
    const organizations = Array.from({ length: 3000 }, (_, index) => `org_${String(index).padStart(16, "0")}`);
    const listed = synthesize({ organizations });
    listed.hasResourceProperties("AWS::Lambda::Function", {
      Environment: { Variables: Match.objectLike({ AUTH0_ORGANIZATIONS: "@organizations.txt" }) },
    });
  });
});

describe("a wrong context value", () => {
  it.each([
    ["domain", undefined],
    ["domain", "https://acme.eu.auth0.com"],
    ["domain", "acme.eu.auth0.com/api"],
    ["domain", 7],
    ["organizations", "org_short"],
    ["organizations", []],
    ["organizations", ["org_AAAAAAAAAAAAAAAA", "acme"]],
    ["organizations", "@/no/such/file"],
    ["organizations", { all: true }],
    ["schedule", "every day"],
    ["schedule", "rate(1 hours)"],
    ["schedule", "cron(0 6 * *)"],
    ["timezone", "Mars/Olympus"],
    ["reserve", 1],
    ["reserve", "much"],
    ["reserve", ""],
    ["tokenSecretArn", "my-secret"],
  ])("is refused in one line that names the key: %s = %j", (key, value) => {
    const app = new App({ context: { ...CONTEXT, [key]: value } });
    const read = () => readConfiguration(app.node);
    expect(read).toThrow(ContextError);
    expect(read).toThrow(new RegExp(`^${key}: [^\n]+$`));
  });
});

it.each([
  ["rate(30 minutes)", 1_800_000],
  ["rate(1 day)", 86_400_000],
  ["cron(0 6 * * ? *)", 86_400_000],
  ["cron(15 * * * ? *)", 3_600_000],
  ["cron(0 0/6 * * ? *)", 21_600_000],
  ["cron(0 6 ? * MON *)", null],
  ["cron(0,30 6 * * ? *)", null],
])("the interval of %s is %s", (schedule, intervalMs) => {
  expect(scheduleIntervalMs(schedule)).toBe(intervalMs);
});
