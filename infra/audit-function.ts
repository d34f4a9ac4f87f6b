import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { type Alias, Architecture, Runtime } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { ENVIRONMENT, KEY_PREFIX, LIVE_ALIAS } from "../lambda/contract.ts";
import type { Configuration } from "./configuration.ts";

const ROOT = join(import.meta.dirname, "..");
const LIST_FILE = "organizations.txt";
/** The longest sweep that a tenant of 2,000,000 Organizations needs on a common plan, with room. */
const EXECUTION_DAYS = 30;
const MEMORY_MB = 256;

export interface AuditFunctionProps {
  readonly configuration: Configuration;
  readonly bucket: IBucket;
  readonly tokenSecret: ISecret;
  readonly deadLetterQueue: IQueue;
  readonly scheduleIntervalMs: number | null;
}

/** The durable function that audits, with a role that may do what it does and nothing else. */
export class AuditFunction extends Construct {
  /** What is invoked: a durable function goes by a version. */
  readonly alias: Alias;
  readonly function: NodejsFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: AuditFunctionProps) {
    super(scope, id);
    const { configuration, bucket, tokenSecret, deadLetterQueue, scheduleIntervalMs } = props;
    const logGroup = new LogGroup(this, "Logs", {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      description: "Reads one token, writes evidence, deletes nothing.",
      inlinePolicies: { audit: this.#policy(props, logGroup) },
    });
    this.function = new NodejsFunction(this, "Function", {
      description: `Audits the enabled connections of the Organizations of ${configuration.domain}.`,
      entry: join(ROOT, "lambda/entry/scheduled-audit.ts"),
      projectRoot: ROOT,
      depsLockFilePath: join(ROOT, "package-lock.json"),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: MEMORY_MB,
      timeout: Duration.minutes(15),
      durableConfig: {
        executionTimeout: Duration.days(EXECUTION_DAYS),
        retentionPeriod: Duration.days(EXECUTION_DAYS),
      },
      role: this.role,
      logGroup,
      deadLetterQueue,
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
      environment: {
        [ENVIRONMENT.domain]: configuration.domain,
        [ENVIRONMENT.organizations]: configuration.organizations === "all" ? "all" : `@${LIST_FILE}`,
        [ENVIRONMENT.tokenSecretArn]: tokenSecret.secretArn,
        [ENVIRONMENT.evidenceBucket]: bucket.bucketName,
        [ENVIRONMENT.reserve]: String(configuration.reserve),
        ...(scheduleIntervalMs === null ? {} : { [ENVIRONMENT.scheduleIntervalMs]: String(scheduleIntervalMs) }),
      },
      bundling: {
        format: OutputFormat.ESM,
        target: "node24",
        minify: true,
        sourceMap: false,
        mainFields: ["module", "main"],
        bundleAwsSDK: true,
        // Packages that are not yet modules ask for require.
        banner: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);',
        ...listHooks(configuration.organizations),
      },
    });
    this.alias = this.function.addAlias(LIVE_ALIAS);
  }

  #policy(
    { bucket, tokenSecret, configuration, deadLetterQueue }: AuditFunctionProps,
    logGroup: LogGroup,
  ): PolicyDocument {
    const { account, partition, region } = Stack.of(this);
    const tenant = configuration.domain.replace(":", "_");
    const objects = Object.values(KEY_PREFIX).map((prefix) => bucket.arnForObjects(`${prefix}tenant=${tenant}/*`));
    return new PolicyDocument({
      statements: [
        new PolicyStatement({
          sid: "ReadToken",
          actions: ["secretsmanager:GetSecretValue"],
          resources: [tokenSecret.secretArn],
        }),
        new PolicyStatement({
          sid: "ReadAndCreateEvidence",
          actions: ["s3:GetObject", "s3:PutObject"],
          resources: objects,
        }),
        new PolicyStatement({
          sid: "ListEvidence",
          actions: ["s3:ListBucket"],
          resources: [bucket.bucketArn],
          // IfExists: a read of an absent key carries no prefix, and must answer 404 and not 403.
          conditions: { StringLikeIfExists: { "s3:prefix": `${KEY_PREFIX.manifests}tenant=${tenant}/*` } },
        }),
        new PolicyStatement({
          sid: "SaveDurableExecution",
          actions: ["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"],
          // The function's own name is not known to its role; the stack's functions all begin with its name.
          resources: [`arn:${partition}:lambda:${region}:${account}:function:${Stack.of(this).stackName}-*`],
        }),
        new PolicyStatement({ sid: "GiveUp", actions: ["sqs:SendMessage"], resources: [deadLetterQueue.queueArn] }),
        new PolicyStatement({
          sid: "WriteLogs",
          actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
          resources: [logGroup.logGroupArn],
        }),
      ],
    });
  }
}

/** A list of any length travels beside the code: environment variables hold 4 kB. */
function listHooks(organizations: Configuration["organizations"]) {
  if (organizations === "all") return {};
  const list = join(mkdtempSync(join(tmpdir(), "organizations-")), LIST_FILE);
  writeFileSync(list, `${organizations.join("\n")}\n`);
  return {
    commandHooks: {
      beforeBundling: () => [],
      beforeInstall: () => [],
      afterBundling: (_input: string, output: string) => [`cp "${list}" "${output}/${LIST_FILE}"`],
    },
  };
}
