import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { Alerts } from "./alerts.ts";
import { ChatNotices } from "./chat-notices.ts";
import type { Configuration } from "./configuration/configuration.ts";
import { EvidenceBucket } from "./evidence-bucket.ts";
import { EvidenceTables } from "./evidence-tables.ts";
import { checkRegion } from "./regions.ts";
import { Schedules } from "./schedules.ts";
import { TenantAudit } from "./tenant-audit.ts";

/** All resources for the audits of one or more tenants in an AWS account. */
export class AuditorStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps & { readonly configuration: Configuration }) {
    super(scope, id, {
      description: "Audits the connections that Organizations of Auth0 tenants have enabled, and stores the evidence.",
      ...props,
    });
    const { configuration } = props;
    checkRegion(this);
    const { chat, tenants, signingKeyArn } = configuration;
    const evidence = new EvidenceBucket(this, "Evidence", configuration);
    const alerts = new Alerts(this, "Alerts", configuration);
    const { group } = new Schedules(this, "Schedules", alerts);
    // The construct ID is the domain: a change to the list does not replace the resources of other tenants.
    for (const tenant of tenants)
      new TenantAudit(this, tenant.tenant, { tenant, evidence, alerts, group, signingKeyArn });
    if (chat !== undefined)
      new ChatNotices(this, "Chat", { chat, tenants, bucket: evidence.bucket, topic: alerts.topic });
    new EvidenceTables(this, "Tables", { evidence, tenants: tenants.map(({ tenant }) => tenant) });

    new CfnOutput(this, "EvidenceBucketName", {
      description: "Holds the evidence and the reports.",
      value: evidence.bucket.bucketName,
    });
    new CfnOutput(this, "AlertTopicArn", {
      description: "Receives alarms and messages about runs that need attention.",
      value: alerts.topic.topicArn,
    });
  }
}
