import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { Alerts } from "./alerts.ts";
import type { Configuration } from "./configuration/configuration.ts";
import { EvidenceBucket } from "./evidence-bucket.ts";
import { EvidenceTables } from "./evidence-tables.ts";
import { TenantAudit } from "./tenant-audit.ts";

/** Everything that the audits of some tenants need in an AWS account. */
export class AuditorStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps & { readonly configuration: Configuration }) {
    super(scope, id, {
      description: "Audits which connections the Organizations of Auth0 tenants have enabled, and keeps the evidence.",
      ...props,
    });
    const { configuration } = props;
    const { tenants, signingKeyArn } = configuration;
    const evidence = new EvidenceBucket(this, "Evidence", configuration);
    const { topic } = new Alerts(this, "Alerts", configuration);
    // Named by its domain: another tenant in the list moves nobody.
    for (const tenant of tenants) new TenantAudit(this, tenant.tenant, { tenant, evidence, topic, signingKeyArn });
    new EvidenceTables(this, "Tables", { evidence, tenants: tenants.map(({ tenant }) => tenant) });

    new CfnOutput(this, "EvidenceBucketName", { value: evidence.bucket.bucketName });
    new CfnOutput(this, "AlertTopicArn", {
      description: "What subscribes to it hears of alarms, and of runs that found something.",
      value: topic.topicArn,
    });
  }
}
