import { beforeAll, describe, expect, it } from "@jest/globals";
import type { Template } from "aws-cdk-lib/assertions";
import { actionsOf, FULL, KEY_ARN, only, permissions, SIGNING_KEY_ARN, type Statement, synthesize } from "./support.ts";

const EVIDENCE = ["snapshots", "changes", "manifests", "reports", "state"];

describe("what the stack's principals may do", () => {
  let one: Template;
  let full: Template;
  beforeAll(() => {
    one = synthesize({ domain: "acme.eu.auth0.com" });
    full = synthesize(FULL);
  });
  /** The statements of the one role whose logical ID fits. */
  const of = (template: Template, role: RegExp): readonly Statement[] =>
    only([...permissions(template)].filter(([id]) => role.test(id)))[1];
  const withSid = (statements: readonly Statement[], sid: string) => statements.filter(({ Sid }) => Sid === sid);
  const all = (template: Template) => [...permissions(template).values()].flat();

  it("are three principals, each known", () => {
    expect([...permissions(one).keys()].map((id) => id.replace(/[0-9A-F]{8}$/, ""))).toEqual([
      "acmeeuauth0comTokenRotationRole",
      "acmeeuauth0comAuditRole",
      "acmeeuauth0comScheduleRole",
    ]);
  });

  it("have no managed policies, no wildcard action, no wildcard resource of its own", () => {
    for (const template of [one, full]) {
      for (const { Properties } of Object.values(template.findResources("AWS::IAM::Role")))
        expect(Properties.ManagedPolicyArns).toBeUndefined();
      expect(actionsOf(all(template)).filter((action) => action.includes("*"))).toEqual([]);
      for (const { Resource } of all(template)) expect([Resource].flat()).not.toContain("*");
    }
  });

  it("delete nothing, anywhere", () => {
    for (const template of [one, full])
      expect(
        actionsOf(all(template)).filter((action) => /delete|remove|expire|bypass|lifecycle|retention/i.test(action)),
      ).toEqual([]);
  });

  it("change no permissions, keys or policies", () => {
    for (const template of [one, full])
      expect(
        actionsOf(all(template)).filter((action) => /^(iam|sts|kms:(Put|Create)|s3:PutBucket)/.test(action)),
      ).toEqual([]);
  });

  it("the auditor does what it does, and nothing else", () => {
    expect(actionsOf(of(one, /AuditRole/))).toEqual([
      "secretsmanager:GetSecretValue",
      "s3:GetObject",
      "s3:PutObject",
      "s3:ListBucket",
      "events:PutEvents",
      "sqs:SendMessage",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
      "lambda:CheckpointDurableExecution",
      "lambda:GetDurableExecutionState",
    ]);
  });

  it("the auditor reads the token and never the credentials", () => {
    const reading = only(
      of(one, /AuditRole/).filter((statement) => /secretsmanager/.test(JSON.stringify(statement.Action))),
    );
    expect(reading.Resource).toEqual({ Ref: expect.stringMatching(/^acmeeuauth0comTokenSecret[0-9A-F]{8}$/) });
    expect(JSON.stringify(of(one, /AuditRole/))).not.toMatch(/Credentials/);
    expect(JSON.stringify(one.findResources("AWS::SecretsManager::ResourcePolicy"))).toBe("{}");
  });

  it("the rotation reads the credentials, renews the one token, and sees no evidence", () => {
    const statements = of(one, /RotationRole/);
    expect(actionsOf(statements)).toEqual([
      "secretsmanager:GetSecretValue",
      "secretsmanager:DescribeSecret",
      "secretsmanager:GetSecretValue",
      "secretsmanager:PutSecretValue",
      "secretsmanager:UpdateSecretVersionStage",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
    ]);
    expect(only(withSid(statements, "ReadCredentials")).Resource).toEqual({
      Ref: expect.stringMatching(/Credentials/),
    });
    expect(only(withSid(statements, "RenewToken")).Resource).toEqual({ Ref: expect.stringMatching(/TokenSecret/) });
  });

  it("the Scheduler starts the alias, and no other version", () => {
    const statements = of(one, /ScheduleRole/);
    expect(actionsOf(statements)).toEqual(["lambda:InvokeFunction", "sqs:SendMessage"]);
    expect(only(withSid(statements, "StartAudit")).Resource).toEqual({ Ref: expect.stringMatching(/Aliaslive/) });
  });

  it("roles are assumed by their service alone", () => {
    for (const { Properties } of Object.values(full.findResources("AWS::IAM::Role"))) {
      const trusting: Statement = only(Properties.AssumeRolePolicyDocument.Statement);
      expect(trusting.Principal).toEqual({ Service: expect.stringMatching(/^(lambda|scheduler)\.amazonaws\.com$/) });
    }
  });

  it.each([
    ["acme", "globex"],
    ["globex", "acme"],
  ])("a principal of %s touches nothing of %s", (own, other) => {
    const roles = [...permissions(full)].filter(([id]) => id.startsWith(own));
    expect(roles.length).toBeGreaterThan(1);
    expect(JSON.stringify(roles)).not.toContain(other);
  });

  it("the auditor writes under its tenant's prefixes only", () => {
    const { Resource } = only(withSid(of(full, /globexusauth0comAuditRole/), "ReadAndCreateEvidence"));
    const paths = [...JSON.stringify(Resource).matchAll(/"(\/[^"]+)"/g)].map(([, path]) => path);
    expect(paths).toEqual(EVIDENCE.map((kind) => `/v1/${kind}/tenant=globex.us.auth0.com/*`));
  });

  it("the auditor lists with its manifests' prefix, and an absent key answers 404", () => {
    expect(only(withSid(of(one, /AuditRole/), "ListEvidence"))).toMatchObject({
      Action: "s3:ListBucket",
      Condition: { StringLikeIfExists: { "s3:prefix": "v1/manifests/tenant=acme.eu.auth0.com/*" } },
    });
  });

  it("the auditor sends events of its own source only", () => {
    expect(only(withSid(of(one, /AuditRole/), "TellOthers"))).toMatchObject({
      Resource: { "Fn::Join": ["", expect.arrayContaining([":event-bus/default"])] },
      Condition: { StringEquals: { "events:source": "auth0-organization-auditor" } },
    });
  });

  it("the auditor saves executions of its own function only", () => {
    expect(only(withSid(of(one, /AuditRole/), "SaveDurableExecution")).Resource).toEqual({
      "Fn::Join": ["", [{ "Fn::GetAtt": [expect.stringMatching(/AuditFunction/), "Arn"] }, ":*"]],
    });
  });

  it("the auditor uses the owner's keys where they are given: one through S3, one to sign", () => {
    const statements = of(full, /acmeeuauth0comAuditRole/);
    expect(only(withSid(statements, "UseEvidenceKey"))).toMatchObject({
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: KEY_ARN,
      Condition: { StringEquals: { "kms:ViaService": expect.anything() } },
    });
    expect(only(withSid(statements, "SignManifests"))).toMatchObject({ Action: "kms:Sign", Resource: SIGNING_KEY_ARN });
    expect(JSON.stringify(of(one, /AuditRole/))).not.toContain("kms:");
  });

  it("the topic takes messages from this account's alarms and from EventBridge, over TLS", () => {
    const { PolicyDocument } = only(Object.values(one.findResources("AWS::SNS::TopicPolicy"))).Properties;
    const statements: readonly Statement[] = PolicyDocument.Statement;
    expect(statements.filter(({ Effect }) => Effect === "Deny")).toEqual([
      expect.objectContaining({ Condition: { Bool: { "aws:SecureTransport": "false" } } }),
    ]);
    const allowing = statements.filter(({ Effect }) => Effect === "Allow");
    expect(allowing.map(({ Principal }) => Principal)).toEqual([
      { Service: "cloudwatch.amazonaws.com" },
      { Service: "events.amazonaws.com" },
    ]);
    expect(allowing[0]?.Condition).toMatchObject({ StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } });
    // EventBridge supports no condition here; with one, nothing would arrive.
    expect(allowing[1]?.Condition).toBeUndefined();
  });
});
