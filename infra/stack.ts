import { CfnOutput, Duration, Stack, type StackProps } from "aws-cdk-lib";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { AuditFunction } from "./audit-function.ts";
import { AuditSchedule, scheduleIntervalMs } from "./audit-schedule.ts";
import type { Configuration } from "./configuration.ts";
import { EvidenceBucket } from "./evidence-bucket.ts";
import { ManagementApiToken } from "./management-api-token.ts";

/** Everything that one tenant's audit needs in an AWS account. */
export class AuditorStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps & { readonly configuration: Configuration }) {
    super(scope, id, props);
    const { configuration } = props;
    const { bucket } = new EvidenceBucket(this, "Evidence");
    const { secret } = new ManagementApiToken(this, "Token", configuration);
    const deadLetterQueue = new Queue(this, "DeadLetters", {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const { alias, function: auditFunction } = new AuditFunction(this, "Audit", {
      configuration,
      bucket,
      tokenSecret: secret,
      deadLetterQueue,
      scheduleIntervalMs: scheduleIntervalMs(configuration.schedule),
    });
    new AuditSchedule(this, "Schedule", { alias, configuration, deadLetterQueue });

    new CfnOutput(this, "EvidenceBucketName", { value: bucket.bucketName });
    new CfnOutput(this, "TokenSecretArn", { value: secret.secretArn });
    new CfnOutput(this, "PutTokenCommand", {
      description: "Puts the Management API token into its secret.",
      value: `aws secretsmanager put-secret-value --secret-id ${secret.secretArn} --secret-string "$AUTH0_API_TOKEN"`,
    });
    new CfnOutput(this, "RunNowCommand", {
      description: "Audits now.",
      value: `aws lambda invoke --function-name ${auditFunction.functionName}:${alias.aliasName} --invocation-type Event --cli-binary-format raw-in-base64-out --payload '{}' /dev/stdout`,
    });
  }
}
