import { Annotations, DefaultStackSynthesizer, Duration, Fn, Stack } from "aws-cdk-lib";
import { AnyPrincipal, Effect, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { type IKey, Key } from "aws-cdk-lib/aws-kms";
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  BucketPolicy,
  type BucketProps,
  type IBucket,
  ObjectLockRetention,
  ObjectOwnership,
} from "aws-cdk-lib/aws-s3";
import { S3_SERVER_ACCESS_LOGS_USE_BUCKET_POLICY } from "aws-cdk-lib/cx-api";
import { Construct } from "constructs";
import { PRODUCT } from "../lambda/contract.ts";
import { acknowledge } from "./acknowledge.ts";
import type { Configuration } from "./configuration/configuration.ts";
import { ACCESS_LOG_PREFIX, CREATE_ONLY_PREFIXES, evidenceLifecycle, logsLifecycle } from "./evidence-lifecycle.ts";
import { EvidencePolicy } from "./evidence-policy.ts";
import { KEEP_DATA } from "./keep-data.ts";

/** The bucket for the evidence, and the bucket for access logs and query results. Both remain when the stack is deleted. */
export class EvidenceBucket extends Construct {
  readonly bucket: IBucket;
  readonly logs: Bucket;
  /** The KMS key that encrypts the evidence; null if keys of S3 do. */
  readonly key: IKey | null;
  readonly #policy: EvidencePolicy;

  constructor(scope: Construct, id: string, configuration: Configuration) {
    super(scope, id);
    // Access control lists are off, so the log service gets its permission from the bucket policy.
    this.node.setContext(S3_SERVER_ACCESS_LOGS_USE_BUCKET_POLICY, true);
    const { encryptionKeyArn, evidenceBucketName } = configuration;
    this.key = encryptionKeyArn === undefined ? null : Key.fromKeyArn(this, "Key", encryptionKeyArn);
    this.logs = new Bucket(this, "Logs", {
      ...PRIVATE,
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [...logsLifecycle()],
    });
    acknowledge(this.logs, "S1", "It holds the access logs of the evidence bucket; its own would never end.");
    const { bucket, policy } =
      evidenceBucketName === undefined ? this.#create(configuration) : this.#adopt(evidenceBucketName);
    for (const each of [policy, this.logs.policy]) each?.applyRemovalPolicy(KEEP_DATA);
    this.bucket = bucket;
    this.#policy = new EvidencePolicy({
      bucket,
      policy,
      createOnlyPrefixes: CREATE_ONLY_PREFIXES,
      deploymentRoleArn: deploymentRoleArn(Stack.of(this)),
    });
  }

  /** Lets a role, and no other principal, create objects under a tenant's prefixes. */
  reserve(tenant: string, roleArn: string): void {
    this.#policy.reserve(tenant, roleArn);
  }

  #create({ objectLock, retentionDays }: Configuration) {
    const bucket = new Bucket(this, "Bucket", {
      ...PRIVATE,
      ...(this.key === null
        ? { encryption: BucketEncryption.S3_MANAGED }
        : { encryption: BucketEncryption.KMS, encryptionKey: this.key, bucketKeyEnabled: true }),
      ...objectLockProps(objectLock, retentionDays),
      serverAccessLogsBucket: this.logs,
      serverAccessLogsPrefix: ACCESS_LOG_PREFIX,
      lifecycleRules: [...evidenceLifecycle(retentionDays)],
    });
    // A bucket that enforces TLS has a policy from the start.
    return { bucket, policy: bucket.policy ?? new BucketPolicy(bucket, "Policy", { bucket }) };
  }

  /** The stack owns the policy of an adopted bucket; everything else stays as the bucket has it. */
  #adopt(name: string) {
    const bucket = Bucket.fromBucketName(this, "Bucket", name);
    const policy = new BucketPolicy(bucket, "Policy", { bucket });
    policy.document.addStatements(
      ...[{ Bool: { "aws:SecureTransport": "false" } }, { NumericLessThan: { "s3:TlsVersion": 1.2 } }].map(
        (conditions) =>
          new PolicyStatement({
            effect: Effect.DENY,
            principals: [new AnyPrincipal()],
            actions: ["s3:*"],
            resources: [bucket.bucketArn, bucket.arnForObjects("*")],
            conditions,
          }),
      ),
    );
    Annotations.of(this).addInfoV2(
      `${PRODUCT}:adopted-bucket`,
      `evidenceBucketName: ${name} keeps its own encryption, versioning, retention and Object Lock; the stack replaces its policy.`,
    );
    return { bucket, policy };
  }
}

const PRIVATE = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  versioned: true,
  removalPolicy: KEEP_DATA,
} satisfies BucketProps;

function objectLockProps(mode: Configuration["objectLock"], retentionDays: number): BucketProps {
  const duration = Duration.days(retentionDays);
  switch (mode) {
    case "off":
      return {};
    case "governance":
      return { objectLockEnabled: true, objectLockDefaultRetention: ObjectLockRetention.governance(duration) };
    case "compliance":
      return { objectLockEnabled: true, objectLockDefaultRetention: ObjectLockRetention.compliance(duration) };
    default:
      return mode satisfies never;
  }
}

/** The execution role of `cdk bootstrap`: its session calls S3, and `aws:CalledVia` is absent then. */
function deploymentRoleArn({ synthesizer }: Stack): string | null {
  return synthesizer instanceof DefaultStackSynthesizer ? Fn.sub(synthesizer.cloudFormationExecutionRoleArn) : null;
}
