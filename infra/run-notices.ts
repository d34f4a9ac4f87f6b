import { EventField, type IRuleTarget, Rule, RuleTargetInput } from "aws-cdk-lib/aws-events";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { EVENT_DETAIL_TYPE, EVENT_SOURCE } from "../lambda/contract.ts";
import type { TenantConfiguration } from "./configuration/configuration.ts";

/**
 * Tells people about a tenant's runs that found changes of high or medium severity, read only a part, or failed. Quiet
 * runs stay silent.
 */
export class RunNotices extends Construct {
  constructor(
    scope: Construct,
    id: string,
    {
      bucket,
      tenant,
      topic,
    }: { readonly bucket: IBucket; readonly tenant: TenantConfiguration; readonly topic: ITopic },
  ) {
    super(scope, id);
    new Rule(this, "Rule", {
      description: `Audits of ${tenant.domain} that somebody should know about.`,
      eventPattern: {
        source: [EVENT_SOURCE],
        detailType: Object.values(EVENT_DETAIL_TYPE),
        detail: { tenant: [tenant.tenant], $or: NOTEWORTHY },
      },
      targets: [publish(topic, message(bucket))],
    });
  }
}

const some = [{ numeric: [">", 0] }];
const NOTEWORTHY = [
  { status: ["partial", "failed"] },
  { counts: { severity: { high: some } } },
  { counts: { severity: { medium: some } } },
];

/** The topic's own policy lets EventBridge publish. */
function publish(topic: ITopic, input: RuleTargetInput): IRuleTarget {
  return { bind: () => ({ arn: topic.topicArn, input }) };
}

function message(bucket: IBucket): RuleTargetInput {
  const detail = (path: string) => EventField.fromPath(`$.detail.${path}`);
  return RuleTargetInput.fromMultilineText(
    [
      detail("verdict"),
      `Run ${detail("run_id")} of ${detail("tenant")} is ${detail("status")}.`,
      `Changes: ${detail("counts.severity.high")} high, ${detail("counts.severity.medium")} medium, ${detail("counts.severity.low")} low.`,
      `Organizations: ${detail("counts.organizations.observed")} read, ${detail("counts.organizations.failed")} not read.`,
      `Report: aws s3 cp s3://${bucket.bucketName}/${detail("report.key")} -`,
      "What to do: docs/runbook.md",
    ].join("\n"),
  );
}
