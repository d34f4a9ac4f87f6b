import { beforeAll, describe, expect, it } from "@jest/globals";
import { Match, type Template } from "aws-cdk-lib/assertions";
import { isAllowed, isDenied } from "../support/policy.ts";
import {
  actionsOf,
  arnOf,
  FULL,
  idOf,
  KEY_ARN,
  OWN_SECRET_ARN,
  only,
  permissions,
  resolved,
  resolvedStatements,
  SIGNING_KEY_ARN,
  type Statement,
  synthesize,
} from "./support.ts";

const EVIDENCE = [
  "snapshots",
  "changes",
  "findings",
  "operations",
  "policies",
  "manifests",
  "signatures",
  "reports",
  "state",
];

describe("the permissions of the stack's roles", () => {
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

  it("belong to four roles", () => {
    expect([...permissions(one).keys()].map((id) => id.replace(/[0-9A-F]{8}$/, ""))).toEqual([
      "AlertsPublisher",
      "acmeeuauth0comTokenRotationRole",
      "acmeeuauth0comAuditRole",
      "acmeeuauth0comScheduleRole",
    ]);
  });

  it("have no managed policies, no wildcard actions and no bare wildcard resources", () => {
    for (const template of [one, full]) {
      for (const { Properties } of Object.values(template.findResources("AWS::IAM::Role")))
        expect(Properties.ManagedPolicyArns).toBeUndefined();
      expect(actionsOf(all(template)).filter((action) => action.includes("*"))).toEqual([]);
      for (const { Resource } of all(template)) expect([Resource].flat()).not.toContain("*");
    }
  });

  it("allow no deletion", () => {
    for (const template of [one, full])
      expect(
        actionsOf(all(template)).filter((action) => /delete|remove|expire|bypass|lifecycle|retention/i.test(action)),
      ).toEqual([]);
  });

  it("allow no change of permissions, keys or policies", () => {
    for (const template of [one, full])
      expect(
        actionsOf(all(template)).filter((action) => /^(iam|sts|kms:(Put|Create)|s3:PutBucket)/.test(action)),
      ).toEqual([]);
  });

  it("list every action of the auditor", () => {
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

  it("let the auditor read the token and not the credentials", () => {
    const reading = only(
      of(one, /AuditRole/).filter((statement) => /secretsmanager/.test(JSON.stringify(statement.Action))),
    );
    expect(reading.Resource).toEqual({ Ref: expect.stringMatching(/^acmeeuauth0comTokenSecret[0-9A-F]{8}$/) });
    expect(JSON.stringify(of(one, /AuditRole/))).not.toMatch(/Credentials/);
    expect(JSON.stringify(one.findResources("AWS::SecretsManager::ResourcePolicy"))).toBe("{}");
  });

  it("let the auditor read the key of the pseudonyms, only where there is one", () => {
    const key = { Ref: expect.stringMatching(/^acme.*PseudonymKeySecret/) };
    expect(only(withSid(of(full, /acmeeuauth0comAuditRole/), "ReadPseudonymKey"))).toMatchObject({
      Action: "secretsmanager:GetSecretValue",
      Resource: key,
    });
    for (const statements of [of(one, /AuditRole/), of(full, /globexusauth0comAuditRole/), of(full, /RotationRole/)])
      expect(withSid(statements, "ReadPseudonymKey")).toEqual([]);
  });

  it("let the rotation read the credentials and renew one token, without access to evidence", () => {
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

  it("let the Scheduler start the alias only", () => {
    const statements = of(one, /ScheduleRole/);
    expect(actionsOf(statements)).toEqual(["lambda:InvokeFunction", "sqs:SendMessage"]);
    expect(only(withSid(statements, "StartAudit")).Resource).toEqual({ Ref: expect.stringMatching(/Aliaslive/) });
  });

  it("trust one service for each role", () => {
    for (const { Properties } of Object.values(full.findResources("AWS::IAM::Role"))) {
      const trusting: Statement = only(Properties.AssumeRolePolicyDocument.Statement);
      expect(trusting.Principal).toEqual({
        Service: expect.stringMatching(/^(lambda|scheduler|events)\.amazonaws\.com$/),
      });
    }
  });

  it.each([
    ["acme", "globex"],
    ["globex", "acme"],
  ])("give a role of %s no access to resources of %s", (own, other) => {
    const roles = [...permissions(full)].filter(([id]) => id.startsWith(own));
    expect(roles.length).toBeGreaterThan(1);
    expect(JSON.stringify(roles)).not.toContain(other);
  });

  it("let the auditor write under its tenant's prefixes only", () => {
    const { Resource } = only(withSid(of(full, /globexusauth0comAuditRole/), "ReadAndCreateEvidence"));
    const paths = [...JSON.stringify(Resource).matchAll(/"(\/[^"]+)"/g)].map(([, path]) => path);
    expect(paths).toEqual(EVIDENCE.map((kind) => `/v1/${kind}/tenant=globex.us.auth0.com/*`));
  });

  describe("to list the bucket", () => {
    const DOMAIN = "acme.eu.auth0.com";
    const mayList = (context: Readonly<Record<string, string>>) => {
      const role = idOf(one, "AWS::IAM::Role", /AuditRole/);
      const { Policies } = one.findResources("AWS::IAM::Role")[role]?.Properties ?? {};
      const arn = arnOf(idOf(one, "AWS::S3::Bucket", /^EvidenceBucket/));
      return isAllowed(resolved(only(Policies)), { action: "s3:ListBucket", arn, context });
    };

    it.each(EVIDENCE)("cover v1/%s/ of the tenant, so that S3 answers the read of an absent key with 404", (kind) => {
      expect(mayList({ "s3:prefix": `v1/${kind}/tenant=${DOMAIN}/` })).toBe(true);
      // S3 checks the permission with the absent key as the prefix.
      expect(mayList({ "s3:prefix": `v1/${kind}/tenant=${DOMAIN}/dt=2026-03-03/absent.json` })).toBe(true);
    });

    it.each([
      ["no prefix", {}],
      ["an empty prefix", { "s3:prefix": "" }],
      ["all manifests", { "s3:prefix": "v1/manifests/" }],
      ["another tenant", { "s3:prefix": "v1/manifests/tenant=globex.us.auth0.com/" }],
      ["a tenant whose name starts the same", { "s3:prefix": `v1/manifests/tenant=${DOMAIN}.example/` }],
    ])("do not cover %s", (_what, context) => {
      expect(mayList(context)).toBe(false);
    });
  });

  it("let the auditor send events of its own source only", () => {
    expect(only(withSid(of(one, /AuditRole/), "PublishRunEvents"))).toMatchObject({
      Resource: { "Fn::Join": ["", expect.arrayContaining([":event-bus/default"])] },
      Condition: { StringEquals: { "events:source": "auth0-organization-auditor" } },
    });
  });

  it("let the auditor save executions of its own function only", () => {
    expect(only(withSid(of(one, /AuditRole/), "SaveDurableExecution")).Resource).toEqual({
      "Fn::Join": ["", [{ "Fn::GetAtt": [expect.stringMatching(/AuditFunction/), "Arn"] }, ":*"]],
    });
  });

  it("let the auditor use the given keys: one through S3, one to sign", () => {
    const statements = of(full, /acmeeuauth0comAuditRole/);
    expect(only(withSid(statements, "UseEvidenceKey"))).toMatchObject({
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: KEY_ARN,
      Condition: { StringEquals: { "kms:ViaService": expect.anything() } },
    });
    expect(only(withSid(statements, "SignManifests"))).toMatchObject({ Action: "kms:Sign", Resource: SIGNING_KEY_ARN });
    expect(JSON.stringify(of(one, /AuditRole/))).not.toContain("kms:");
  });

  it("let the auditor decrypt an existing token secret with its key, through Secrets Manager", () => {
    const tokenSecret = { domain: "acme.eu.auth0.com", tokenSecretArn: OWN_SECRET_ARN };
    const withKey = synthesize({ ...tokenSecret, tokenSecretKeyArn: KEY_ARN });
    expect(only(withSid(of(withKey, /AuditRole/), "DecryptToken"))).toMatchObject({
      Action: "kms:Decrypt",
      Resource: KEY_ARN,
      Condition: { StringEquals: { "kms:ViaService": expect.anything() } },
    });
    expect(JSON.stringify(of(synthesize(tokenSecret), /AuditRole/))).not.toContain("kms:");
  });

  describe("to publish to the topic", () => {
    const publish = (context: Readonly<Record<string, string>>) => ({
      action: "sns:Publish",
      arn: idOf(one, "AWS::SNS::Topic"),
      context: { "aws:SecureTransport": "true", ...context },
    });
    const topicPolicy = () => resolvedStatements(one, "AWS::SNS::TopicPolicy", /./);
    const alarm = "arn:AWS::Partition:cloudwatch:AWS::Region:AWS::AccountId:alarm:Auditor-failed";

    it("allow this account's alarms, and no other service", () => {
      const { PolicyDocument } = only(Object.values(one.findResources("AWS::SNS::TopicPolicy"))).Properties;
      const allowing = PolicyDocument.Statement.filter(({ Effect }: Statement) => Effect === "Allow");
      expect(allowing.map(({ Principal }: Statement) => Principal)).toEqual([{ Service: "cloudwatch.amazonaws.com" }]);
      const service = { "aws:PrincipalIsAWSService": "true", "aws:SourceArn": alarm };
      expect(isAllowed(topicPolicy(), publish({ ...service, "aws:SourceAccount": "AWS::AccountId" }))).toBe(true);
      expect(isAllowed(topicPolicy(), publish({ ...service, "aws:SourceAccount": "210987654321" }))).toBe(false);
    });

    it("allow the role of this account's rules, and deny every other principal", () => {
      const publisher = idOf(one, "AWS::IAM::Role", /^AlertsPublisher/);
      const principal = { "aws:PrincipalIsAWSService": "false", "aws:PrincipalArn": arnOf(publisher) };
      expect(isDenied(topicPolicy(), publish(principal))).toBe(false);
      expect(isDenied(topicPolicy(), publish({ ...principal, "aws:PrincipalArn": "arn:someone" }))).toBe(true);
      expect(only(of(one, /^AlertsPublisher/))).toMatchObject({
        Action: "sns:Publish",
        Resource: { Ref: idOf(one, "AWS::SNS::Topic") },
      });
      one.hasResourceProperties("AWS::Events::Rule", {
        Targets: [Match.objectLike({ RoleArn: { "Fn::GetAtt": [publisher, "Arn"] } })],
      });
    });

    it("deny publishing without TLS", () => {
      const request = publish({ "aws:SecureTransport": "false", "aws:PrincipalIsAWSService": "true" });
      expect(isDenied(topicPolicy(), request)).toBe(true);
    });
  });
});
