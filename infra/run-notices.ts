import { EventField, type IRuleTarget, Rule, RuleTargetInput } from "aws-cdk-lib/aws-events";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import type { Alerts } from "./alerts.ts";
import type { TenantConfiguration } from "./configuration/configuration.ts";
import { noteworthyRuns } from "./noteworthy-runs.ts";

/**
 * Notifies people about a tenant's runs that failed, are partial, or have changes, temporary changes or new findings of
 * high or medium severity. Other runs send no message: an open finding is reported once, when it is new.
 */
export class RunNotices extends Construct {
  constructor(
    scope: Construct,
    id: string,
    {
      bucket,
      tenant,
      alerts,
    }: { readonly bucket: IBucket; readonly tenant: TenantConfiguration; readonly alerts: Alerts },
  ) {
    super(scope, id);
    new Rule(this, "Rule", {
      description: `Audits of ${tenant.domain} that need attention.`,
      eventPattern: noteworthyRuns([tenant.tenant]),
      targets: [publish(alerts, message(bucket))],
    });
  }
}

function publish({ topic, publisher }: Alerts, input: RuleTargetInput): IRuleTarget {
  return { bind: () => ({ arn: topic.topicArn, role: publisher, input }) };
}

function message(bucket: IBucket): RuleTargetInput {
  const detail = (path: string) => EventField.fromPath(`$.detail.${path}`);
  return RuleTargetInput.fromMultilineText(
    [
      detail("verdict"),
      `Run ${detail("run_id")} of ${detail("tenant")} is ${detail("status")}.`,
      `Changes: ${detail("counts.severity.high")} high, ${detail("counts.severity.medium")} medium, ${detail("counts.severity.low")} low.`,
      detail("undone.summary"),
      detail("changes_summary"),
      detail("findings.summary"),
      `Organizations: ${detail("counts.organizations.observed")} read, ${detail("counts.organizations.failed")} not read.`,
      `Report: aws s3 cp s3://${bucket.bucketName}/${detail("report.key")} -`,
      `Action plan: aws s3 cp s3://${bucket.bucketName}/${detail("report.action_plan_key")} -`,
      `SHA-256 of its manifest: ${detail("manifest_sha256")}`,
      "What to do: docs/runbook.md",
    ].join("\n"),
  );
}
