import { AnyPrincipal, Effect, PolicyStatement, type PolicyStatementProps } from "aws-cdk-lib/aws-iam";
import type { BucketPolicy, IBucket } from "aws-cdk-lib/aws-s3";

export interface EvidencePolicyProps {
  readonly bucket: IBucket;
  readonly policy: BucketPolicy;
  /** Prefixes whose objects are created once and never replaced or deleted. */
  readonly createOnlyPrefixes: readonly string[];
  /** The role with which CloudFormation deploys the stack; null if it deploys with the caller's own permissions. */
  readonly deploymentRoleArn: string | null;
}

/** Configuration of the bucket that decides how long evidence exists, and who else can write it. */
const CONFIGURATION_ACTIONS = [
  "s3:PutLifecycleConfiguration",
  "s3:PutReplicationConfiguration",
  "s3:PutBucketVersioning",
  "s3:PutBucketObjectLockConfiguration",
];

/**
 * What the bucket denies to every principal, even if their own policies allow it. The policy does not protect itself: a
 * principal with `s3:PutBucketPolicy` is an administrator of the evidence and can replace it.
 */
export class EvidencePolicy {
  readonly #bucket: IBucket;
  readonly #policy: BucketPolicy;
  readonly #elsewhere: PolicyStatement;

  constructor({ bucket, policy, createOnlyPrefixes, deploymentRoleArn }: EvidencePolicyProps) {
    this.#bucket = bucket;
    this.#policy = policy;
    const evidence = createOnlyPrefixes.map((prefix) => bucket.arnForObjects(`${prefix}*`));
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    // Copies and parts of multipart uploads do not have this header, so they are denied too.
    this.#deny({
      sid: "CreateOnly",
      actions: ["s3:PutObject"],
      resources: evidence,
      conditions: { Null: { "s3:if-none-match": "true" } },
    });
    this.#deny({
      sid: "DeleteNothing",
      actions: ["s3:DeleteObject", "s3:DeleteObjectVersion"],
      resources: evidence,
    });
    this.#deny({
      sid: "KeepRetention",
      actions: ["s3:BypassGovernanceRetention", "s3:PutObjectRetention", "s3:PutObjectLegalHold"],
      resources: evidence,
    });
    this.#deny({
      sid: "NoReplicas",
      actions: ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"],
      resources: [bucket.arnForObjects("*")],
    });
    this.#deny({
      sid: "ConfigureByDeployment",
      actions: CONFIGURATION_ACTIONS,
      resources: [bucket.bucketArn],
      conditions: {
        ...(deploymentRoleArn === null ? {} : { ArnNotEquals: { "aws:PrincipalArn": deploymentRoleArn } }),
        // Without an execution role, CloudFormation calls S3 with the permissions of its caller.
        "ForAllValues:StringNotEquals": { "aws:CalledVia": "cloudformation.amazonaws.com" },
      },
    });
    this.#elsewhere = this.#deny({ sid: "NoOtherKeys", actions: ["s3:PutObject"], notResources: [] });
  }

  /** Lets a role, and no other principal, create objects under a tenant's prefixes. */
  reserve(tenant: string, roleArn: string): void {
    // One pattern for all prefixes: a bucket policy is limited to 20 KB.
    const keys = this.#bucket.arnForObjects(`v1/*/tenant=${tenant}/*`);
    this.#elsewhere.addNotResources(keys);
    this.#deny({
      actions: ["s3:PutObject"],
      resources: [keys],
      // For a session of the role, the key holds the role's ARN:
      // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
      conditions: { ArnNotEquals: { "aws:PrincipalArn": roleArn } },
    });
  }

  #deny(props: PolicyStatementProps): PolicyStatement {
    const statement = new PolicyStatement({ ...props, effect: Effect.DENY, principals: [new AnyPrincipal()] });
    this.#policy.document.addStatements(statement);
    return statement;
  }
}
