import { beforeAll, describe, expect, it } from "@jest/globals";
import { Match, type Template } from "aws-cdk-lib/assertions";
import { isDenied, type ResolvedStatement } from "../support/policy.ts";
import { arnOf, FULL, idOf, KEY_ARN, only, resolvedStatements, synthesize } from "./support.ts";

const DOMAIN = "acme.eu.auth0.com";
const OF_RUNS = ["snapshots", "changes", "findings", "operations", "manifests", "signatures"];
const CREATE_ONLY = [...OF_RUNS, "policies"];

interface LifecycleRule {
  readonly Id: string;
  readonly Prefix?: string;
  readonly ExpirationInDays?: number;
  readonly NoncurrentVersionExpiration?: { readonly NoncurrentDays: number };
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
  const statements = (template: Template) =>
    resolvedStatements(template, "AWS::S3::BucketPolicy", /^EvidenceBucketPolicy/);
  const rules = (template: Template): readonly LifecycleRule[] => bucket(template).LifecycleConfiguration.Rules;
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

  it("denies access without TLS 1.2", () => {
    const arn = arnOf(idOf(one, "AWS::S3::Bucket", /^EvidenceBucket/));
    const read = { action: "s3:GetObject", arn: `${arn}/v1/manifests/x` };
    const secure = { "aws:SecureTransport": "true", "s3:TlsVersion": "1.2" };
    expect(isDenied(statements(one), { ...read, context: secure })).toBe(false);
    expect(isDenied(statements(one), { ...read, context: { ...secure, "aws:SecureTransport": "false" } })).toBe(true);
    expect(isDenied(statements(one), { ...read, context: { ...secure, "s3:TlsVersion": "1.1" } })).toBe(true);
  });

  it("has a policy that allows nothing and applies to everyone", () => {
    const [policy] = Object.entries(full.findResources("AWS::S3::BucketPolicy")).filter(([id]) =>
      id.startsWith("EvidenceBucketPolicy"),
    );
    for (const statement of policy?.[1].Properties.PolicyDocument.Statement ?? [])
      expect(statement).toMatchObject({ Effect: "Deny", Principal: { AWS: "*" } });
  });

  describe.each([
    ["of the stack", FULL],
    ["that is adopted", { ...FULL, evidenceBucketName: "existing-evidence" }],
  ])("with the policy of a bucket %s", (_which, context) => {
    let policy: readonly ResolvedStatement[];
    let bucketArn: string;
    let auditor: string;
    let otherAuditor: string;
    const OWN = "v1/manifests/tenant=acme.eu.auth0.com/dt=2026-03-03/20260303T060000Z.json";
    const secure = { "aws:SecureTransport": "true", "s3:TlsVersion": "1.3" };
    const isRefused = (action: string, key: string, keys: Readonly<Record<string, string>>) =>
      isDenied(policy, {
        action,
        arn: key === "" ? bucketArn : `${bucketArn}/${key}`,
        context: { ...secure, ...keys },
      });
    const creating = (principal: string) => ({ "s3:if-none-match": "*", "aws:PrincipalArn": principal });
    beforeAll(() => {
      const template = synthesize(context);
      policy = statements(template);
      bucketArn =
        "evidenceBucketName" in context
          ? "arn:AWS::Partition:s3:::existing-evidence"
          : arnOf(idOf(template, "AWS::S3::Bucket", /^EvidenceBucket/));
      auditor = arnOf(idOf(template, "AWS::IAM::Role", /^acmeeuauth0comAuditRole/));
      otherAuditor = arnOf(idOf(template, "AWS::IAM::Role", /^globexusauth0comAuditRole/));
    });

    it.each([...CREATE_ONLY, "reports", "state"])("only the tenant's auditor writes under v1/%s/", (kind) => {
      const key = `v1/${kind}/tenant=acme.eu.auth0.com/dt=2026-03-03/object`;
      expect(isRefused("s3:PutObject", key, creating(auditor))).toBe(false);
      expect(isRefused("s3:PutObject", key, creating(otherAuditor))).toBe(true);
      expect(isRefused("s3:PutObject", key, creating("arn:aws:iam::123456789012:role/Administrator"))).toBe(true);
      // A service, or a request without credentials.
      expect(isRefused("s3:PutObject", key, { "s3:if-none-match": "*" })).toBe(true);
    });

    it.each(["v1/manifests/junk", "v1/manifests/tenant=unknown.eu.auth0.com/x", "junk"])(
      "no one writes %s, which belongs to no tenant",
      (key) => {
        for (const principal of [auditor, otherAuditor, "arn:someone"])
          expect(isRefused("s3:PutObject", key, creating(principal))).toBe(true);
      },
    );

    it.each(CREATE_ONLY)("no one replaces or deletes an object under v1/%s/", (kind) => {
      const key = `v1/${kind}/tenant=acme.eu.auth0.com/object`;
      const { "s3:if-none-match": _header, ...replacing } = creating(auditor);
      expect(isRefused("s3:PutObject", key, replacing)).toBe(true);
      for (const action of ["s3:DeleteObject", "s3:DeleteObjectVersion"])
        expect(isRefused(action, key, { "aws:PrincipalArn": auditor })).toBe(true);
    });

    it("reports can be replaced", () => {
      const { "s3:if-none-match": _header, ...replacing } = creating(auditor);
      expect(isRefused("s3:PutObject", "v1/reports/tenant=acme.eu.auth0.com/index.html", replacing)).toBe(false);
    });

    it.each([
      "s3:ReplicateObject",
      "s3:ReplicateDelete",
      "s3:BypassGovernanceRetention",
      "s3:PutObjectRetention",
      "s3:PutObjectLegalHold",
    ])("no one uses %s on evidence", (action) => {
      for (const principal of [auditor, "arn:someone"])
        expect(isRefused(action, OWN, { "aws:PrincipalArn": principal })).toBe(true);
    });

    it.each([
      "s3:PutLifecycleConfiguration",
      "s3:PutReplicationConfiguration",
      "s3:PutBucketVersioning",
      "s3:PutBucketObjectLockConfiguration",
    ])("only a deployment uses %s", (action) => {
      const executionRole =
        "arn:AWS::Partition:iam::AWS::AccountId:role/cdk-hnb659fds-cfn-exec-role-AWS::AccountId-AWS::Region";
      expect(isRefused(action, "", { "aws:PrincipalArn": executionRole })).toBe(false);
      const someone = { "aws:PrincipalArn": "arn:someone" };
      expect(isRefused(action, "", { ...someone, "aws:CalledVia": "cloudformation.amazonaws.com" })).toBe(false);
      expect(isRefused(action, "", { ...someone, "aws:CalledVia": "athena.amazonaws.com" })).toBe(true);
      expect(isRefused(action, "", someone)).toBe(true);
    });
  });

  it("has a policy that fits S3's limit of 20 KB with 20 tenants", () => {
    const tenants = Array.from({ length: 20 }, (_, index) => ({ domain: `a-long-tenant-name-${index}.eu.auth0.com` }));
    const text = JSON.stringify(statements(synthesize({ tenants })));
    const role =
      "arn:aws:iam::123456789012:role/Auth0OrganizationAuditor-alongtenantnameeuauth0comAuditRole-XXXXXXXXXXXX";
    const bucket = `arn:aws:s3:::${"x".repeat(63)}`;
    const deployed = text.replace(/arn:EvidenceBucket\w+/g, bucket).replace(/arn:\w+AuditRole\w+/g, role);
    expect(deployed.length).toBeLessThan(20_480);
  });

  it("continues with an existing bucket: the stack creates none, and manages only its policy", () => {
    const name = "existing-evidence";
    const adopting = synthesize({ domain: DOMAIN, evidenceBucketName: name });
    expect(Object.keys(adopting.findResources("AWS::S3::Bucket"))).toEqual([expect.stringMatching(/^EvidenceLogs/)]);
    adopting.hasResourceProperties("AWS::S3::BucketPolicy", { Bucket: name });
    adopting.hasResourceProperties("AWS::Lambda::Function", { Environment: { Variables: { EVIDENCE_BUCKET: name } } });
    expect(JSON.stringify(adopting.findResources("AWS::Glue::Table"))).toContain(`s3://${name}/v1/manifests/`);
  });

  it("writes its access logs to the other bucket, where only the log service may write", () => {
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
  ])("keeps evidence, its noncurrent versions and reports for the retention: %j", (context, days) => {
    const kept = rules(synthesize(context));
    const expiring = new Map(kept.map(({ Prefix, ExpirationInDays }) => [Prefix, ExpirationInDays]));
    for (const kind of [...OF_RUNS, "reports"]) expect(expiring.get(`v1/${kind}/`)).toBe(days);
    expect(expiring.get("v1/state/")).toBe(60);
    for (const { Prefix = "", NoncurrentVersionExpiration } of kept)
      if (OF_RUNS.some((kind) => Prefix === `v1/${kind}/`))
        expect(NoncurrentVersionExpiration).toEqual({ NoncurrentDays: days });
    // A rule for all objects would end the noncurrent versions of evidence earlier.
    for (const { Prefix, NoncurrentVersionExpiration } of kept)
      if (Prefix === undefined) expect(NoncurrentVersionExpiration).toBeUndefined();
    for (const { ExpirationInDays = 0, Transitions = [] } of kept)
      for (const { TransitionInDays } of Transitions) expect(TransitionInDays).toBeLessThan(ExpirationInDays);
  });

  it("never expires a policy, which manifests of later years name", () => {
    expect(rules(one).filter(({ Prefix }) => Prefix?.startsWith("v1/policies"))).toEqual([]);
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

  it("cleans up unfinished uploads and expired delete markers", () => {
    expect(rules(one)).toContainEqual({
      Id: "CleanUp",
      Status: "Enabled",
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      ExpiredObjectDeleteMarker: true,
    });
  });

  it.each([
    ["governance", "GOVERNANCE"],
    ["compliance", "COMPLIANCE"],
  ])("locks objects if configured: %s", (objectLock, Mode) => {
    const properties = bucket(synthesize({ domain: DOMAIN, objectLock, retentionDays: 400 }));
    expect(properties).toMatchObject({
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { ObjectLockEnabled: "Enabled", Rule: { DefaultRetention: { Mode, Days: 400 } } },
    });
    expect(bucket(one).ObjectLockEnabled).toBeUndefined();
  });

  it("is encrypted with keys of S3, or with the given key", () => {
    const rule = (template: Template) => bucket(template).BucketEncryption.ServerSideEncryptionConfiguration;
    expect(rule(one)).toEqual([{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }]);
    expect(rule(full)).toEqual([
      { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { KMSMasterKeyID: KEY_ARN, SSEAlgorithm: "aws:kms" } },
    ]);
  });
});
