import { Duration, Tags } from "aws-cdk-lib";
import type { IScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { Alarms } from "./alarms.ts";
import type { Alerts } from "./alerts.ts";
import { AuditFunction } from "./audit-function.ts";
import { AuditSchedule } from "./audit-schedule.ts";
import { ContextError, type TenantConfiguration } from "./configuration/configuration.ts";
import { scheduleGaps } from "./configuration/schedule-expression.ts";
import type { EvidenceBucket } from "./evidence-bucket.ts";
import { ManagementApiToken } from "./management-api-token.ts";
import { PseudonymKey } from "./pseudonym-key.ts";
import { RunNotices } from "./run-notices.ts";
import { tenantOutputs } from "./tenant-outputs.ts";

export interface TenantAuditProps {
  readonly tenant: TenantConfiguration;
  readonly evidence: EvidenceBucket;
  readonly alerts: Alerts;
  readonly group: IScheduleGroup;
  readonly signingKeyArn: string | undefined;
}

/** The resources of one tenant: function, schedules, secrets, dead-letter queue, alarms, evidence prefixes. */
export class TenantAudit extends Construct {
  constructor(scope: Construct, id: string, { tenant, evidence, alerts, group, signingKeyArn }: TenantAuditProps) {
    super(scope, id);
    const gaps = scheduleGaps(tenant.schedule);
    if (gaps === null) throw new ContextError(`schedule: ${JSON.stringify(tenant.schedule)} never runs.`);
    const updateGaps = tenant.updates === null ? null : scheduleGaps(tenant.updates);
    Tags.of(this).add("tenant", tenant.tenant);
    const token = new ManagementApiToken(this, "Token", { tenant });
    const deadLetterQueue = new Queue(this, "DeadLetters", {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const pseudonymKey =
      tenant.attribution === "pseudonyms" ? new PseudonymKey(this, "PseudonymKey", { tenant }).secret : null;
    const audit = new AuditFunction(this, "Audit", {
      tenant,
      evidence,
      tokenSecret: token.secret,
      pseudonymKey,
      deadLetterQueue,
      scheduleIntervalMs: gaps.shortestMs,
      signingKeyArn,
    });
    evidence.reserve(tenant.tenant, audit.role.roleArn);
    new AuditSchedule(this, "Schedule", { alias: audit.alias, tenant, group, deadLetterQueue });
    new RunNotices(this, "Notices", { bucket: evidence.bucket, tenant, alerts });
    new Alarms(this, "Alarms", {
      tenant,
      topic: alerts.topic,
      auditFunction: audit.function,
      rotationFunction: token.rotationFunction,
      longestMs: gaps.longestMs,
      longestUpdateMs: updateGaps?.longestMs ?? null,
    });
    tenantOutputs(this, { tenant, token, audit, bucketName: evidence.bucket.bucketName });
  }
}
