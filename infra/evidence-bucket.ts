import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { AnyPrincipal, Effect, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { type IKey, Key } from "aws-cdk-lib/aws-kms";
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  type LifecycleRule,
  ObjectLockRetention,
  ObjectOwnership,
  StorageClass,
} from "aws-cdk-lib/aws-s3";
import { S3_SERVER_ACCESS_LOGS_USE_BUCKET_POLICY } from "aws-cdk-lib/cx-api";
import { Construct } from "constructs";
import { KEY_PREFIX } from "../lambda/contract.ts";
import type { Configuration } from "./configuration/configuration.ts";

/** What is written once and never again. */
const EVIDENCE_PREFIXES = [KEY_PREFIX.snapshots, KEY_PREFIX.changes, KEY_PREFIX.manifests, KEY_PREFIX.signatures];
/** Access logs and results of queries, in the bucket beside. */
const ACCESS_LOG_PREFIX = "access/";
export const QUERY_RESULT_PREFIX = "athena/";

const ACCESS_LOG_DAYS = 400;
const QUERY_RESULT_DAYS = 30;
/** Reports are read in their first weeks, and can be rendered again. */
const REPORT_TO_COLD_DAYS = 30;
/** Longer than any execution lasts; a lock is written anew by each run. */
const STATE_DAYS = 60;
/** How long a version that was replaced or expired can be brought back. */
const NONCURRENT_DAYS = 30;

/** Where the evidence is kept, create-only, and the bucket beside it for access logs. Both outlive the stack. */
export class EvidenceBucket extends Construct {
  readonly bucket: Bucket;
  readonly logs: Bucket;
  /** The owner's key; null where S3's own encrypts. */
  readonly key: IKey | null;

  constructor(scope: Construct, id: string, configuration: Configuration) {
    super(scope, id);
    // Access control lists are off, so a bucket policy is what lets the logs in.
    this.node.setContext(S3_SERVER_ACCESS_LOGS_USE_BUCKET_POLICY, true);
    const { encryptionKeyArn, objectLock, retentionDays } = configuration;
    this.key = encryptionKeyArn === undefined ? null : Key.fromKeyArn(this, "Key", encryptionKeyArn);
    this.logs = new Bucket(this, "Logs", {
      ...PRIVATE,
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [
        { id: "AccessLogs", prefix: ACCESS_LOG_PREFIX, expiration: Duration.days(ACCESS_LOG_DAYS) },
        { id: "QueryResults", prefix: QUERY_RESULT_PREFIX, expiration: Duration.days(QUERY_RESULT_DAYS) },
        CLEAN_UP,
      ],
    });
    this.bucket = new Bucket(this, "Bucket", {
      ...PRIVATE,
      ...(this.key === null
        ? { encryption: BucketEncryption.S3_MANAGED }
        : { encryption: BucketEncryption.KMS, encryptionKey: this.key, bucketKeyEnabled: true }),
      ...objectLockProps(objectLock, retentionDays),
      serverAccessLogsBucket: this.logs,
      serverAccessLogsPrefix: ACCESS_LOG_PREFIX,
      lifecycleRules: [...lifecycle(retentionDays), CLEAN_UP],
    });
    for (const statement of this.#createOnly()) this.bucket.addToResourcePolicy(statement);
    // The evidence must not lose its protection when the stack goes.
    for (const { policy } of [this.bucket, this.logs]) policy?.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }

  /** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html */
  #createOnly(): readonly PolicyStatement[] {
    const deny = {
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      resources: EVIDENCE_PREFIXES.map((prefix) => this.bucket.arnForObjects(`${prefix}*`)),
    };
    return [
      // The parts of a multipart upload and copies carry no such header: they are refused as well.
      new PolicyStatement({
        ...deny,
        sid: "CreateOnly",
        actions: ["s3:PutObject"],
        conditions: { Null: { "s3:if-none-match": "true" } },
      }),
      new PolicyStatement({
        ...deny,
        sid: "DeleteNothing",
        actions: ["s3:DeleteObject", "s3:DeleteObjectVersion"],
      }),
    ];
  }
}

const PRIVATE = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  versioned: true,
  removalPolicy: RemovalPolicy.RETAIN,
} satisfies BucketProps;

/** What nobody finished or anything points to any more. */
const CLEAN_UP: LifecycleRule = {
  id: "CleanUp",
  abortIncompleteMultipartUploadAfter: Duration.days(1),
  noncurrentVersionExpiration: Duration.days(NONCURRENT_DAYS),
  expiredObjectDeleteMarker: true,
};

function lifecycle(retentionDays: number): readonly LifecycleRule[] {
  const kept = Duration.days(retentionDays);
  const isLong = retentionDays > REPORT_TO_COLD_DAYS;
  const transition = {
    storageClass: StorageClass.INFREQUENT_ACCESS,
    transitionAfter: Duration.days(REPORT_TO_COLD_DAYS),
  };
  return [
    ...EVIDENCE_PREFIXES.map((prefix) => ({
      id: `Keep-${prefix.split("/")[1] ?? prefix}`,
      prefix,
      expiration: kept,
    })),
    {
      id: "Reports",
      prefix: KEY_PREFIX.reports,
      expiration: kept,
      ...(isLong ? { transitions: [transition] } : {}),
    },
    {
      id: "State",
      prefix: KEY_PREFIX.state,
      expiration: Duration.days(STATE_DAYS),
      noncurrentVersionExpiration: Duration.days(1),
    },
  ];
}

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
