import { Stack } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { ILogGroup } from "aws-cdk-lib/aws-logs";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { EVENT_SOURCE, KEY_PREFIX } from "../lambda/contract.ts";
import type { TenantConfiguration } from "./configuration/configuration.ts";
import type { EvidenceBucket } from "./evidence-bucket.ts";

/** What an auditor works with. */
export interface AuditPermissionsProps {
  readonly tenant: TenantConfiguration;
  readonly evidence: EvidenceBucket;
  readonly tokenSecret: ISecret;
  readonly deadLetterQueue: IQueue;
  readonly signingKeyArn: string | undefined;
}

/** What the auditor of one tenant may do, each with its reason; it deletes nothing, and reads no credentials. */
export function auditPermissions(scope: Construct, props: AuditPermissionsProps, logGroup: ILogGroup): PolicyDocument {
  const { evidence, tenant, tokenSecret, deadLetterQueue, signingKeyArn } = props;
  const { bucket, key } = evidence;
  const { region, urlSuffix } = Stack.of(scope);
  const ofTenant = (prefix: string) => `${prefix}tenant=${tenant.tenant}/*`;
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
        resources: Object.values(KEY_PREFIX).map((prefix) => bucket.arnForObjects(ofTenant(prefix))),
      }),
      new PolicyStatement({
        sid: "ListEvidence",
        actions: ["s3:ListBucket"],
        resources: [bucket.bucketArn],
        // IfExists: a read of an absent key carries no prefix, and must answer 404 and not 403.
        conditions: { StringLikeIfExists: { "s3:prefix": ofTenant(KEY_PREFIX.manifests) } },
      }),
      new PolicyStatement({
        sid: "TellOthers",
        actions: ["events:PutEvents"],
        resources: [eventBusArn(scope)],
        conditions: { StringEquals: { "events:source": EVENT_SOURCE } },
      }),
      new PolicyStatement({ sid: "GiveUp", actions: ["sqs:SendMessage"], resources: [deadLetterQueue.queueArn] }),
      new PolicyStatement({
        sid: "WriteLogs",
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [logGroup.logGroupArn],
      }),
      ...(key === null
        ? []
        : [
            new PolicyStatement({
              sid: "UseEvidenceKey",
              actions: ["kms:Decrypt", "kms:GenerateDataKey"],
              resources: [key.keyArn],
              conditions: { StringEquals: { "kms:ViaService": `s3.${region}.${urlSuffix}` } },
            }),
          ]),
      ...(signingKeyArn === undefined
        ? []
        : [new PolicyStatement({ sid: "SignManifests", actions: ["kms:Sign"], resources: [signingKeyArn] })]),
    ],
  });
}

/** The bus that every account has. */
export const EVENT_BUS_NAME = "default";

function eventBusArn(scope: Construct): string {
  return Stack.of(scope).formatArn({ service: "events", resource: "event-bus", resourceName: EVENT_BUS_NAME });
}
