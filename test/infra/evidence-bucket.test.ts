import { beforeAll, describe, expect, it } from "@jest/globals";
import { Match, type Template } from "aws-cdk-lib/assertions";
import { FULL, KEY_ARN, only, type Statement, synthesize } from "./support.ts";

const DOMAIN = "acme.eu.auth0.com";

interface LifecycleRule {
  readonly Id: string;
  readonly Prefix?: string;
  readonly ExpirationInDays?: number;
  readonly Transitions?: readonly { readonly TransitionInDays: number }[];
}

describe("the evidence bucket", () => {
  let one: Template;
  let full: Template;
  beforeAll(() => {
    one = synthesize({ domain: DOMAIN });
    full = synthesize(FULL);
  });
  const bucket = (template: Template) =>
    only(
      Object.entries(template.findResources("AWS::S3::Bucket")).flatMap(([id, resource]) =>
        id.startsWith("EvidenceBucket") ? [resource] : [],
      ),
    ).Properties;
  const statements = (template: Template): readonly Statement[] =>
    only(
      Object.entries(template.findResources("AWS::S3::BucketPolicy")).flatMap(([id, { Properties }]) =>
        id.startsWith("EvidenceBucketPolicy") ? [Properties.PolicyDocument.Statement] : [],
      ),
    );
  const rules = (template: Template): readonly LifecycleRule[] => bucket(template).LifecycleConfiguration.Rules;
  const paths = ({ Resource }: Statement) => JSON.stringify(Resource).match(/\/v1\/[a-z]+\/\*/g);

  it("is encrypted, versioned and private, as is the bucket for logs", () => {
    for (const template of [one, full])
      template.allResourcesProperties("AWS::S3::Bucket", {
        BucketEncryption: Match.anyValue(),
        VersioningConfiguration: { Status: "Enabled" },
        OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      });
  });

  it("is reached over TLS 1.2 or newer only", () => {
    const conditions = statements(one).map(({ Effect, Condition }) => ({ Effect, Condition }));
    expect(conditions).toContainEqual({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } });
    expect(conditions).toContainEqual({ Effect: "Deny", Condition: { NumericLessThan: { "s3:TlsVersion": 1.2 } } });
  });

  it("allows nobody anything by its policy", () => {
    for (const { Effect } of statements(full)) expect(Effect).toBe("Deny");
  });

  it("refuses everybody who would write evidence without If-None-Match, or delete it", () => {
    const evidence = ["/v1/snapshots/*", "/v1/changes/*", "/v1/manifests/*", "/v1/signatures/*"];
    const [createOnly, deleteNothing] = ["CreateOnly", "DeleteNothing"].map((sid) =>
      only(statements(one).filter(({ Sid }) => Sid === sid)),
    );
    expect(createOnly).toMatchObject({
      Effect: "Deny",
      Principal: { AWS: "*" },
      Action: "s3:PutObject",
      Condition: { Null: { "s3:if-none-match": "true" } },
    });
    expect(deleteNothing).toMatchObject({
      Effect: "Deny",
      Principal: { AWS: "*" },
      Action: ["s3:DeleteObject", "s3:DeleteObjectVersion"],
    });
    expect(deleteNothing?.Condition).toBeUndefined();
    for (const statement of [createOnly, deleteNothing]) if (statement) expect(paths(statement)).toEqual(evidence);
  });

  it("keeps its access logs in the other bucket, which only the log service writes", () => {
    expect(bucket(one).LoggingConfiguration).toEqual({
      DestinationBucketName: { Ref: expect.stringMatching(/^EvidenceLogs/) },
      LogFilePrefix: "access/",
    });
    one.hasResourceProperties("AWS::S3::BucketPolicy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: "Allow",
            Action: "s3:PutObject",
            Principal: { Service: "logging.s3.amazonaws.com" },
          }),
        ]),
      },
    });
  });

  it.each([
    [{ domain: DOMAIN }, 2555],
    [{ domain: DOMAIN, retentionDays: 30 }, 30],
    [{ domain: DOMAIN, retentionDays: 1 }, 1],
  ])("keeps evidence and reports as long as it is told: %j", (context, days) => {
    const kept = rules(synthesize(context));
    const expiring = new Map(kept.map(({ Prefix, ExpirationInDays }) => [Prefix, ExpirationInDays]));
    for (const kind of ["snapshots", "changes", "manifests", "signatures", "reports"])
      expect(expiring.get(`v1/${kind}/`)).toBe(days);
    expect(expiring.get("v1/state/")).toBe(60);
    for (const { ExpirationInDays = 0, Transitions = [] } of kept)
      for (const { TransitionInDays } of Transitions) expect(TransitionInDays).toBeLessThan(ExpirationInDays);
  });

  it("moves reports, and no evidence, to cheaper storage", () => {
    const moved = rules(one).filter(({ Transitions }) => Transitions !== undefined);
    expect(moved).toEqual([
      expect.objectContaining({
        Prefix: "v1/reports/",
        Transitions: [{ StorageClass: "STANDARD_IA", TransitionInDays: 30 }],
      }),
    ]);
  });

  it("cleans up uploads that nobody finished, and versions that nothing points to", () => {
    expect(rules(one)).toContainEqual({
      Id: "CleanUp",
      Status: "Enabled",
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      ExpiredObjectDeleteMarker: true,
      NoncurrentVersionExpiration: { NoncurrentDays: 30 },
    });
  });

  it.each([
    ["governance", "GOVERNANCE"],
    ["compliance", "COMPLIANCE"],
  ])("locks objects on demand: %s", (objectLock, Mode) => {
    const properties = bucket(synthesize({ domain: DOMAIN, objectLock, retentionDays: 400 }));
    expect(properties).toMatchObject({
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { ObjectLockEnabled: "Enabled", Rule: { DefaultRetention: { Mode, Days: 400 } } },
    });
    expect(bucket(one).ObjectLockEnabled).toBeUndefined();
  });

  it("is encrypted by S3's key, or by one that is given", () => {
    const rule = (template: Template) => bucket(template).BucketEncryption.ServerSideEncryptionConfiguration;
    expect(rule(one)).toEqual([{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }]);
    expect(rule(full)).toEqual([
      { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { KMSMasterKeyID: KEY_ARN, SSEAlgorithm: "aws:kms" } },
    ]);
  });
});
