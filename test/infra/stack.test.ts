import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { Validations } from "aws-cdk-lib";
import { Annotations, Match, type Template } from "aws-cdk-lib/assertions";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { AwsSolutionsChecks } from "cdk-nag";
import { readConfiguration } from "../../infra/configuration/configuration.ts";
import { AuditorStack } from "../../infra/stack.ts";
import { resolveIntrinsics } from "../support/intrinsics.ts";
import { appWith, arnOf, CHAT_SECRET_ARN, FULL, OWN_SECRET_ARN, synthesize } from "./support.ts";

describe("the stack", () => {
  let one: Template;
  let full: Template;
  beforeAll(() => {
    one = synthesize({ domain: "acme.eu.auth0.com" });
    full = synthesize(FULL);
  });

  it("consists of these resources, for one tenant", () => {
    const types = Object.values<{ readonly Type: string }>(one.toJSON().Resources).map(({ Type }) => Type);
    const counts = new Map(types.map((type) => [type, types.filter((other) => other === type).length]));
    expect(Object.fromEntries([...counts].sort())).toEqual({
      "AWS::Athena::NamedQuery": 7,
      "AWS::Athena::WorkGroup": 1,
      "AWS::CloudWatch::Alarm": 6,
      "AWS::Events::Rule": 1,
      "AWS::Glue::Database": 1,
      "AWS::Glue::Table": 5,
      "AWS::IAM::Policy": 1,
      "AWS::IAM::Role": 4,
      "AWS::Lambda::Alias": 1,
      "AWS::Lambda::Function": 2,
      "AWS::Lambda::Permission": 1,
      "AWS::Lambda::Version": 1,
      "AWS::Logs::LogGroup": 2,
      "AWS::S3::Bucket": 2,
      "AWS::S3::BucketPolicy": 2,
      "AWS::SNS::Topic": 1,
      "AWS::SNS::TopicPolicy": 1,
      "AWS::SQS::Queue": 1,
      "AWS::SQS::QueuePolicy": 1,
      "AWS::Scheduler::Schedule": 1,
      "AWS::Scheduler::ScheduleGroup": 1,
      "AWS::SecretsManager::RotationSchedule": 1,
      "AWS::SecretsManager::Secret": 2,
    });
  });

  it("holds 20 tenants within CloudFormation's limits of 500 resources and 200 outputs", () => {
    const tenants = Array.from({ length: 20 }, (_, index) => ({ domain: `tenant${index}.eu.auth0.com` }));
    const chat = { chatWebhookSecretArn: CHAT_SECRET_ARN, chatSlackChannel: "C0123456789" };
    const { Resources, Outputs } = synthesize({ tenants, alertEmail: "security@acme.example", ...chat }).toJSON();
    expect(Object.keys(Resources).length).toBeLessThanOrEqual(500);
    expect(Object.keys(Outputs).length).toBeLessThanOrEqual(200);
  });

  it("holds 17 tenants with updates and pseudonyms within the limit of 500 resources", () => {
    const tenants = Array.from({ length: 17 }, (_, index) => ({ domain: `tenant${index}.eu.auth0.com` }));
    const watched = { updates: "rate(5 minutes)", attribution: "pseudonyms" };
    const { Resources } = synthesize({ tenants, alertEmail: "security@acme.example", ...watched }).toJSON();
    expect(Object.keys(Resources).length).toBeLessThanOrEqual(500);
  });

  it("can be deployed twice into one account under another name", () => {
    const template = synthesize({ domain: "acme.eu.auth0.com", stackName: "Audit-EU" }, "Audit-EU");
    const names = (type: string, property: string): readonly unknown[] =>
      Object.values(template.findResources(type)).map(({ Properties }) => Properties[property]);
    for (const name of names("AWS::CloudWatch::Alarm", "AlarmName")) expect(name).toMatch(/^Audit-EU-/);
    expect(names("AWS::Athena::WorkGroup", "Name")).toEqual(["Audit-EU"]);
    expect(names("AWS::Glue::Database", "DatabaseInput")).toEqual([expect.objectContaining({ Name: "audit_eu" })]);
    expect(names("AWS::Scheduler::ScheduleGroup", "Name")).toEqual([expect.stringMatching(/^AuditEU-/)]);
    // CloudFormation generates all other names from the name of the stack.
    const generated = {
      "AWS::S3::Bucket": "BucketName",
      "AWS::Lambda::Function": "FunctionName",
      "AWS::IAM::Role": "RoleName",
      "AWS::SQS::Queue": "QueueName",
      "AWS::SNS::Topic": "TopicName",
      "AWS::SecretsManager::Secret": "Name",
      "AWS::Logs::LogGroup": "LogGroupName",
      "AWS::Events::Rule": "Name",
      "AWS::Scheduler::Schedule": "Name",
    };
    for (const [type, property] of Object.entries(generated))
      for (const name of names(type, property)) expect(name).toBeUndefined();
  });

  it.each([
    ["eu-central-1", 0],
    ["us-gov-west-1", 1],
  ])("warns about a region that is not known to offer durable functions: %s", (region, warnings) => {
    const app = appWith({ domain: "acme.eu.auth0.com" });
    const env = { account: "123456789012", region };
    const stack = new AuditorStack(app, "Auditor", { env, configuration: readConfiguration(app.node) });
    expect(Annotations.fromStack(stack).findWarning("*", Match.stringLikeRegexp(region))).toHaveLength(warnings);
  });

  it("runs durable arm64 functions on Node.js 24 in 256 MB, with logs for 90 days", () => {
    for (const template of [one, full]) {
      for (const { Properties } of Object.values(template.findResources("AWS::Lambda::Function")))
        expect(Properties).toMatchObject({ Runtime: "nodejs24.x", Architectures: ["arm64"], MemorySize: 256 });
      for (const { Properties } of Object.values(template.findResources("AWS::Logs::LogGroup")))
        expect(Properties).toMatchObject({ RetentionInDays: 90 });
    }
    one.hasResourceProperties("AWS::Lambda::Function", {
      Timeout: 900,
      DurableConfig: { ExecutionTimeout: 2_592_000, RetentionPeriodInDays: 30 },
      DeadLetterConfig: { TargetArn: Match.anyValue() },
    });
  });

  it("schedules the alias with the scheduled time", () => {
    one.hasResourceProperties("AWS::Scheduler::Schedule", {
      ScheduleExpression: "cron(0 6 * * ? *)",
      ScheduleExpressionTimezone: "UTC",
      Target: {
        Arn: { Ref: Match.stringLikeRegexp("Aliaslive") },
        Input: '{"scheduledTime":"<aws.scheduler.scheduled-time>"}',
        DeadLetterConfig: { Arn: Match.anyValue() },
      },
    });
  });

  it("schedules updates at the same alias, for a tenant that has them", () => {
    full.resourceCountIs("AWS::Scheduler::Schedule", 3);
    full.hasResourceProperties("AWS::Scheduler::Schedule", {
      ScheduleExpression: "rate(5 minutes)",
      FlexibleTimeWindow: { Mode: "OFF" },
      Target: {
        Arn: { Ref: Match.stringLikeRegexp("^acme.*Aliaslive") },
        Input: '{"scheduledTime":"<aws.scheduler.scheduled-time>","update":true}',
        DeadLetterConfig: { Arn: Match.anyValue() },
        RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 3600 },
      },
    });
  });

  it("makes a key of 64 hex digits for pseudonyms, and no key without them", () => {
    full.hasResourceProperties("AWS::SecretsManager::Secret", {
      GenerateSecretString: {
        PasswordLength: 64,
        ExcludeUppercase: true,
        ExcludePunctuation: true,
        ExcludeCharacters: "ghijklmnopqrstuvwxyz",
      },
    });
    const variables = (attribution: string) => {
      const functions = synthesize({ domain: "acme.eu.auth0.com", attribution }).findResources("AWS::Lambda::Function");
      return Object.values(functions).flatMap(({ Properties }) => Properties.Environment.Variables);
    };
    expect(variables("pseudonyms")).toContainEqual(
      expect.objectContaining({
        ATTRIBUTION: "pseudonyms",
        PSEUDONYM_KEY_SECRET_ARN: { Ref: expect.stringMatching(/PseudonymKeySecret/) },
      }),
    );
    for (const other of variables("off")) expect(other).not.toHaveProperty("PSEUDONYM_KEY_SECRET_ARN");
  });

  it("passes tenant, interval, bus, signing key and policy to the function", () => {
    one.hasResourceProperties("AWS::Lambda::Function", {
      Environment: {
        Variables: {
          AUTH0_DOMAIN: "acme.eu.auth0.com",
          AUTH0_ORGANIZATIONS: "all",
          RATE_LIMIT_RESERVE: "0.25",
          SCHEDULE_INTERVAL_MS: "86400000",
          EVENT_BUS_NAME: "default",
          ATTRIBUTION: "full",
          UPDATES: "off",
          MANIFEST_SIGNING_KEY_ARN: Match.absent(),
          POLICY_FILE: Match.absent(),
        },
      },
    });
    full.hasResourceProperties("AWS::Lambda::Function", {
      Environment: {
        Variables: {
          AUTH0_DOMAIN: "globex.us.auth0.com",
          AUTH0_ORGANIZATIONS: "@organizations.txt",
          AUTH0_TOKEN_SECRET_ARN: OWN_SECRET_ARN,
          SCHEDULE_INTERVAL_MS: "604800000",
          MANIFEST_SIGNING_KEY_ARN: FULL.signingKeyArn,
          POLICY_FILE: "policy.json",
        },
      },
    });
  });

  it("renews the token every 12 hours, and not at the deployment", () => {
    one.hasResourceProperties("AWS::SecretsManager::RotationSchedule", {
      RotationRules: { ScheduleExpression: "rate(12 hours)" },
      RotateImmediatelyOnUpdate: false,
    });
    one.resourceCountIs("AWS::SecretsManager::Secret", 2);
    one.hasResourceProperties("AWS::SecretsManager::Secret", {
      Description: Match.stringLikeRegexp("Credentials"),
      GenerateSecretString: Match.absent(),
      SecretString: Match.absent(),
    });
    one.hasResourceProperties("AWS::Lambda::Permission", {
      Principal: "secretsmanager.amazonaws.com",
      SourceAccount: { Ref: "AWS::AccountId" },
    });
    // The second tenant of the full stack has its own secret; the first one has a key for pseudonyms.
    full.resourceCountIs("AWS::SecretsManager::Secret", 3);
  });

  it("adds a tenant without changing the resources of another", () => {
    const [acme] = FULL.tenants;
    const alone = synthesize({ ...FULL, tenants: [acme] });
    const both: Readonly<Record<string, unknown>> = full.toJSON().Resources;
    // The rule of the chat names every tenant.
    const shared = /^(Tables|EvidenceBucketPolicy|ChatRule)/;
    for (const [id, resource] of Object.entries(alone.toJSON().Resources))
      if (!shared.test(id)) expect(both[id]).toEqual(resource);
  });

  it("keeps evidence, secrets and logs when it is deleted, and removes them if the first deployment fails", () => {
    for (const type of [
      "AWS::S3::Bucket",
      "AWS::S3::BucketPolicy",
      "AWS::SecretsManager::Secret",
      "AWS::Logs::LogGroup",
      "AWS::Lambda::Version",
    ])
      full.allResources(type, { DeletionPolicy: "RetainExceptOnCreate", UpdateReplacePolicy: "Retain" });
  });

  describe("in its outputs", () => {
    const outputs = (template: Template) =>
      new Map(
        Object.entries(template.findOutputs("*")).map(([id, { Value }]) => {
          const value = resolveIntrinsics(Value, { reference: (one) => one, arn: arnOf });
          return [id.replace(/^.*auth0com/, "").replace(/[0-9A-F]{8}$/, ""), String(value)] as const;
        }),
      );

    it("names the commands that an operator needs next", () => {
      expect([...outputs(one).keys()]).toEqual([
        "PutCredentialsCommand",
        "RenewTokenCommand",
        "RunNowCommand",
        "OpenReportsCommand",
        "AuditRoleArn",
        "EvidenceBucketName",
        "AlertTopicArn",
      ]);
      expect(outputs(full).get("PutTokenCommand")).toContain(OWN_SECRET_ARN);
      expect(outputs(full).get("AlertsAlertEmail")).toBe(FULL.alertEmail);
    });

    it("keeps secrets out of the arguments of programs, which every process can see", () => {
      for (const template of [one, full])
        for (const [id, command] of outputs(template))
          for (const part of command.split(" | "))
            if (/\$AUTH0_(API_TOKEN|CLIENT_SECRET)/.test(part))
              expect([id, part.split(" ")[0]]).toEqual([id, "printf"]);
    });

    it.each(["PutCredentialsCommand", "PutTokenCommand"])("sends exactly the secret with %s", (name) => {
      const [print = "", send = ""] = (outputs(one).get(name) ?? outputs(full).get(name) ?? "").split(" | ");
      const { stdout } = spawnSync("sh", ["-c", print], {
        encoding: "utf8",
        env: { AUTH0_CLIENT_ID: "an-id", AUTH0_CLIENT_SECRET: "a-%s-secret", AUTH0_API_TOKEN: "a-token" },
      });
      expect(stdout).toBe(
        name === "PutTokenCommand" ? "a-token" : '{"client_id":"an-id","client_secret":"a-%s-secret"}',
      );
      expect(send).toMatch(/^aws secretsmanager put-secret-value .*--secret-string file:\/\/\/dev\/stdin$/);
    });
  });

  it("subscribes the e-mail address, if there is one", () => {
    full.hasResourceProperties("AWS::SNS::Subscription", { Protocol: "email", Endpoint: "security@acme.example" });
    one.resourceCountIs("AWS::SNS::Subscription", 0);
  });

  const isInstalled = spawnSync("cfn-lint", ["--version"]).status === 0;
  if (isInstalled)
    it("passes cfn-lint", () => {
      const folder = mkdtempSync(join(tmpdir(), "cfn-lint-"));
      const files = ["one", "full"].map((name) => join(folder, `${name}.json`));
      [one, full].forEach((template, index) => {
        writeFileSync(files[index] ?? "", JSON.stringify(template.toJSON()));
      });
      // The CDK writes dependencies that references imply (W3005).
      const { stdout } = spawnSync("cfn-lint", ["--ignore-checks", "W3005", "--", ...files], { encoding: "utf8" });
      rmSync(folder, { recursive: true });
      expect(stdout).toBe("");
    });
});

describe("cdk-nag's AwsSolutions", () => {
  const checked = (context: Readonly<Record<string, unknown>>) => {
    const app = appWith(context);
    const stack = new AuditorStack(app, "Auditor", { configuration: readConfiguration(app.node) });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    return { app, stack };
  };

  it.each([
    ["everything", FULL],
    ["an adopted bucket", { ...FULL, evidenceBucketName: "existing-evidence" }],
  ])("accepts the stack with %s: every finding has a reason", (_what, context) => {
    const { directory } = checked(context).app.synth();
    const { pluginReports } = JSON.parse(readFileSync(join(directory, "validation-report.json"), "utf8"));
    expect(pluginReports).toEqual([expect.objectContaining({ pluginName: "AwsSolutions", conclusion: "success" })]);
  });

  it("rejects another wildcard", () => {
    const { app, stack } = checked({ domain: "acme.eu.auth0.com" });
    const role = new Role(stack, "Other", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    role.addToPolicy(new PolicyStatement({ actions: ["s3:GetObject"], resources: ["*"] }));
    expect(() => app.synth()).toThrow(/AwsSolutions-IAM5\[Resource::\*\]/);
  });
});
