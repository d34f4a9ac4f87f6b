import { CfnOutput, Duration, Tags } from "aws-cdk-lib";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { KEY_PREFIX } from "../lambda/contract.ts";
import { Alarms } from "./alarms.ts";
import { AuditFunction } from "./audit-function.ts";
import { AuditSchedule } from "./audit-schedule.ts";
import { ContextError, type TenantConfiguration } from "./configuration/configuration.ts";
import { scheduleGaps } from "./configuration/schedule-expression.ts";
import type { EvidenceBucket } from "./evidence-bucket.ts";
import { ManagementApiToken } from "./management-api-token.ts";
import { RunNotices } from "./run-notices.ts";

export interface TenantAuditProps {
  readonly tenant: TenantConfiguration;
  readonly evidence: EvidenceBucket;
  readonly topic: ITopic;
  readonly signingKeyArn: string | undefined;
}

/** All that one tenant's audit has to itself: function, schedule, secrets, dead-letter queue, alarms, evidence prefixes. */
export class TenantAudit extends Construct {
  constructor(scope: Construct, id: string, { tenant, evidence, topic, signingKeyArn }: TenantAuditProps) {
    super(scope, id);
    const gaps = scheduleGaps(tenant.schedule);
    if (gaps === null) throw new ContextError(`schedule: ${JSON.stringify(tenant.schedule)} names no time.`);
    Tags.of(this).add("tenant", tenant.tenant);
    const token = new ManagementApiToken(this, "Token", { tenant });
    const deadLetterQueue = new Queue(this, "DeadLetters", {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const { alias, function: auditFunction } = new AuditFunction(this, "Audit", {
      tenant,
      evidence,
      tokenSecret: token.secret,
      deadLetterQueue,
      scheduleIntervalMs: gaps.shortestMs,
      signingKeyArn,
    });
    new AuditSchedule(this, "Schedule", { alias, tenant, deadLetterQueue });
    new RunNotices(this, "Notices", { bucket: evidence.bucket, tenant, topic });
    new Alarms(this, "Alarms", {
      tenant,
      topic,
      auditFunction,
      rotationFunction: token.rotationFunction,
      deadLetterQueue,
      longestMs: gaps.longestMs,
    });
    this.#tellToken(token, tenant);
    new CfnOutput(this, "RunNowCommand", {
      description: `Audits ${tenant.domain} now.`,
      value: `aws lambda invoke --function-name ${auditFunction.functionName}:${alias.aliasName} --invocation-type Event --cli-binary-format raw-in-base64-out --payload '{}' /dev/stdout`,
    });
    const reports = `${KEY_PREFIX.reports}tenant=${tenant.tenant}`;
    new CfnOutput(this, "OpenReportsCommand", {
      description: `Fetches the reports of ${tenant.domain}; then open index.html.`,
      value: `aws s3 sync s3://${evidence.bucket.bucketName}/${reports} reports/${tenant.tenant}`,
    });
  }

  #tellToken({ secret, credentials }: ManagementApiToken, { domain }: TenantConfiguration): void {
    if (credentials === null) {
      new CfnOutput(this, "PutTokenCommand", {
        description: `Puts the Management API token of ${domain} into its secret.`,
        value: `aws secretsmanager put-secret-value --secret-id ${secret.secretArn} --secret-string "$AUTH0_API_TOKEN"`,
      });
      return;
    }
    new CfnOutput(this, "PutCredentialsCommand", {
      description: `First: puts the credentials of the application for ${domain} into their secret.`,
      value: `aws secretsmanager put-secret-value --secret-id ${credentials.secretArn} --secret-string "{\\"client_id\\":\\"$AUTH0_CLIENT_ID\\",\\"client_secret\\":\\"$AUTH0_CLIENT_SECRET\\"}"`,
    });
    new CfnOutput(this, "RenewTokenCommand", {
      description: `Second: gets a Management API token for ${domain}. From then on it is renewed every 12 hours.`,
      value: `aws secretsmanager rotate-secret --secret-id ${secret.secretArn}`,
    });
  }
}
