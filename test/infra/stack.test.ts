import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { Validations } from "aws-cdk-lib";
import { Match, type Template } from "aws-cdk-lib/assertions";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { AwsSolutionsChecks } from "cdk-nag";
import { readConfiguration } from "../../infra/configuration/configuration.ts";
import { AuditorStack } from "../../infra/stack.ts";
import { appWith, FULL, OWN_SECRET_ARN, synthesize } from "./support.ts";

/** What differs from one machine or build to another: hashes of assets, and of the versions made of them. */
function withoutHashes(template: Template): unknown {
  return JSON.parse(
    JSON.stringify(template.toJSON())
      .replace(/\b[0-9a-f]{64}\b/g, "ASSET")
      .replace(/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, "$1VERSION"),
  );
}

describe("the stack", () => {
  let one: Template;
  let full: Template;
  beforeAll(() => {
    one = synthesize({ domain: "acme.eu.auth0.com" });
    full = synthesize(FULL);
  });

  it("is what was reviewed: one tenant with defaults", () => expect(withoutHashes(one)).toMatchSnapshot());

  it("is what was reviewed: two tenants with everything", () => expect(withoutHashes(full)).toMatchSnapshot());

  it("runs durable arm64 functions on Node.js 24 in 256 MB, with logs that end", () => {
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

  it("schedules the alias and hands over the scheduled time", () => {
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

  it("tells the function its tenant, its interval, the bus, and the key that signs", () => {
    one.hasResourceProperties("AWS::Lambda::Function", {
      Environment: {
        Variables: {
          AUTH0_DOMAIN: "acme.eu.auth0.com",
          AUTH0_ORGANIZATIONS: "all",
          RATE_LIMIT_RESERVE: "0.25",
          SCHEDULE_INTERVAL_MS: "86400000",
          EVENT_BUS_NAME: "default",
          MANIFEST_SIGNING_KEY_ARN: Match.absent(),
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
        },
      },
    });
  });

  it("renews the token every 12 hours, but not before the credentials are there", () => {
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
    // The second tenant of the full stack brings a secret of its own.
    full.resourceCountIs("AWS::SecretsManager::Secret", 2);
  });

  it("adds a tenant without moving another", () => {
    const [acme] = FULL.tenants;
    const alone = synthesize({ ...FULL, tenants: [acme] });
    const both: Readonly<Record<string, unknown>> = full.toJSON().Resources;
    const shared = /^Tables/;
    for (const [id, resource] of Object.entries(alone.toJSON().Resources))
      if (!shared.test(id)) expect(both[id]).toEqual(resource);
  });

  it("keeps evidence, secrets and logs when it goes", () => {
    for (const type of [
      "AWS::S3::Bucket",
      "AWS::S3::BucketPolicy",
      "AWS::SecretsManager::Secret",
      "AWS::Logs::LogGroup",
    ])
      full.allResources(type, { DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
  });

  it("puts out the commands that a person needs next", () => {
    const commands = (template: Template) =>
      Object.entries(template.findOutputs("*")).map(([id, { Value }]) => `${id}: ${JSON.stringify(Value)}`);
    expect(commands(one)).toEqual([
      expect.stringMatching(
        /PutCredentialsCommand.*aws secretsmanager put-secret-value .*client_id.*\$AUTH0_CLIENT_ID/,
      ),
      expect.stringMatching(/RenewTokenCommand.*aws secretsmanager rotate-secret --secret-id /),
      expect.stringMatching(/RunNowCommand.*aws lambda invoke --function-name .*:live --invocation-type Event/),
      expect.stringMatching(/OpenReportsCommand.*aws s3 sync s3:.*v1\/reports\/tenant=acme\.eu\.auth0\.com/),
      expect.stringMatching(/EvidenceBucketName/),
      expect.stringMatching(/AlertTopicArn/),
    ]);
    expect(commands(full).filter((command) => /PutTokenCommand/.test(command))).toEqual([
      expect.stringContaining(OWN_SECRET_ARN),
    ]);
  });

  it("sends e-mail where an address is given", () => {
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
      // The CDK writes dependencies out that others imply (W3005).
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

  it("finds nothing that has no reason", () => {
    const { directory } = checked(FULL).app.synth();
    const { pluginReports } = JSON.parse(readFileSync(join(directory, "validation-report.json"), "utf8"));
    expect(pluginReports).toEqual([expect.objectContaining({ pluginName: "AwsSolutions", conclusion: "success" })]);
  });

  it("would find another wildcard", () => {
    const { app, stack } = checked({ domain: "acme.eu.auth0.com" });
    const role = new Role(stack, "Other", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    role.addToPolicy(new PolicyStatement({ actions: ["s3:GetObject"], resources: ["*"] }));
    expect(() => app.synth()).toThrow(/AwsSolutions-IAM5\[Resource::\*\]/);
  });
});
