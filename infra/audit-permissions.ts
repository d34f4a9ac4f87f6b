import { Stack } from "aws-cdk-lib";
import type { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { ILogGroup } from "aws-cdk-lib/aws-logs";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { EVENT_SOURCE, KEY_PREFIX } from "../lambda/contract.ts";
import type { TenantConfiguration } from "./configuration/configuration.ts";
import type { EvidenceBucket } from "./evidence-bucket.ts";
import { allow } from "./permissions.ts";

/** Every account has this bus. */
export const EVENT_BUS_NAME = "default";

/** What the auditor of one tenant uses. */
export interface AuditPermissionsProps {
  readonly tenant: TenantConfiguration;
  readonly evidence: EvidenceBucket;
  readonly tokenSecret: ISecret;
  /** Null without pseudonyms. */
  readonly pseudonymKey: ISecret | null;
  readonly deadLetterQueue: IQueue;
  readonly signingKeyArn: string | undefined;
}

/** The permissions of the auditor of one tenant. It cannot delete, and it cannot read the application's credentials. */
export function auditPermissions(
  scope: Construct,
  { evidence, tenant, tokenSecret, pseudonymKey, deadLetterQueue, signingKeyArn }: AuditPermissionsProps,
  logGroup: ILogGroup,
): readonly PolicyStatement[] {
  const { bucket, key } = evidence;
  const stack = Stack.of(scope);
  const eventBusArn = stack.formatArn({ service: "events", resource: "event-bus", resourceName: EVENT_BUS_NAME });
  const prefixes = Object.values(KEY_PREFIX).map((prefix) => `${prefix}tenant=${tenant.tenant}/*`);
  const through = (service: string) => ({
    StringEquals: { "kms:ViaService": `${service}.${stack.region}.${stack.urlSuffix}` },
  });
  const statements = [
    allow("ReadToken", "secretsmanager:GetSecretValue", tokenSecret.secretArn),
    allow(
      "ReadAndCreateEvidence",
      ["s3:GetObject", "s3:PutObject"],
      prefixes.map((prefix) => bucket.arnForObjects(prefix)),
    ),
    // Without this permission, S3 answers the read of an absent key with 403. It checks the permission with the key as the
    // prefix (https://github.com/ceph/ceph/pull/68577), so a list without a prefix can be denied.
    allow("ListEvidence", "s3:ListBucket", bucket.bucketArn, { StringLike: { "s3:prefix": prefixes } }),
    allow("PublishRunEvents", "events:PutEvents", eventBusArn, { StringEquals: { "events:source": EVENT_SOURCE } }),
    allow("SendDeadLetters", "sqs:SendMessage", deadLetterQueue.queueArn),
    allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], logGroup.logGroupArn),
  ];
  if (pseudonymKey !== null)
    statements.push(allow("ReadPseudonymKey", "secretsmanager:GetSecretValue", pseudonymKey.secretArn));
  if (tenant.tokenSecretKeyArn !== null)
    statements.push(allow("DecryptToken", "kms:Decrypt", tenant.tokenSecretKeyArn, through("secretsmanager")));
  if (key !== null)
    statements.push(allow("UseEvidenceKey", ["kms:Decrypt", "kms:GenerateDataKey"], key.keyArn, through("s3")));
  if (signingKeyArn !== undefined) statements.push(allow("SignManifests", "kms:Sign", signingKeyArn));
  return statements;
}
