import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type LoopbackAws, startLoopbackAws } from "./loopback-aws.ts";

const BUCKET = "evidence";
const PENDING = "11111111-2222-3333-4444-555555555555";

let aws: LoopbackAws;
beforeEach(async () => {
  aws = await startLoopbackAws([BUCKET]);
});
afterEach(() => aws.close());

describe("the loopback S3, held to AWS's documentation", () => {
  let s3: S3Client;
  beforeEach(() => {
    s3 = new S3Client(aws.clientConfig);
  });
  afterEach(() => s3.destroy());
  const put = (Key: string, Body: string, condition: { IfNoneMatch?: string; IfMatch?: string } = {}) =>
    s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body, ...condition }));

  it("answers an object with its MD5 as ETag, its type, length and checksum", async () => {
    const md5 = `"${createHash("md5").update("hello").digest("hex")}"`;
    const sha256 = createHash("sha256").update("hello").digest("base64");
    const command = { Bucket: BUCKET, Key: "a/b", Body: "hello", ContentType: "text/plain" };
    const written = await s3.send(new PutObjectCommand({ ...command, ChecksumAlgorithm: "SHA256" }));
    expect(written).toMatchObject({ ETag: md5, ChecksumSHA256: sha256 });
    const head = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: "a/b", ChecksumMode: "ENABLED" }));
    expect(head).toMatchObject({
      ETag: md5,
      ContentType: "text/plain",
      ContentLength: 5,
      ChecksumSHA256: sha256,
    });
    const got = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: "a/b" }));
    expect(await got.Body?.transformToString()).toBe("hello");
  });

  it("decodes the chunked body of a stream, and verifies its trailing checksum", async () => {
    const content = "0123456789".repeat(20_000);
    const Body = Readable.from([Buffer.from(content.slice(0, 70_000)), Buffer.from(content.slice(70_000))]);
    const command = { Bucket: BUCKET, Key: "stream", Body, ContentLength: content.length };
    await s3.send(new PutObjectCommand({ ...command, ChecksumAlgorithm: "SHA256" }));
    expect(aws.requests[0]?.headers["x-amz-trailer"]).toBe("x-amz-checksum-sha256");
    expect(aws.text(BUCKET, "stream")).toBe(content);
  });

  it("refuses a body that is not what its checksum says", async () => {
    const wrong = createHash("sha256").update("other").digest("base64");
    const command = { Bucket: BUCKET, Key: "a", Body: "hello" };
    await expect(s3.send(new PutObjectCommand({ ...command, ChecksumSHA256: wrong }))).rejects.toMatchObject({
      name: "BadDigest",
    });
    await expect(s3.send(new PutObjectCommand({ ...command, ContentMD5: "AAAA" }))).rejects.toMatchObject({
      name: "BadDigest",
    });
    expect(aws.buckets.get(BUCKET)?.size).toBe(0);
  });

  it("keeps the rules of conditional writes", async () => {
    const { ETag: first } = await put("a", "1", { IfNoneMatch: "*" });
    const failed = { name: "PreconditionFailed", $metadata: { httpStatusCode: 412 } };
    await expect(put("a", "2", { IfNoneMatch: "*" })).rejects.toMatchObject(failed);
    const { ETag: second } = await put("a", "2", { IfMatch: String(first) });
    await expect(put("a", "3", { IfMatch: String(first) })).rejects.toMatchObject(failed);
    await expect(put("b", "3", { IfMatch: String(second) })).rejects.toMatchObject({
      name: "NoSuchKey",
      $metadata: { httpStatusCode: 404 },
    });
    expect(aws.text(BUCKET, "a")).toBe("2");
  });

  it("lists a page of a thousand keys at most, and goes on from its token", async () => {
    for (let index = 0; index < 1_005; index += 1) await put(`k/${String(index).padStart(4, "0")}`, "x");
    const first = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: "k/", StartAfter: "k/0001" }));
    expect(first).toMatchObject({ KeyCount: 1000, IsTruncated: true });
    expect(first.Contents?.[0]?.Key).toBe("k/0002");
    const second = await s3.send(
      new ListObjectsV2Command({ Bucket: BUCKET, Prefix: "k/", ContinuationToken: first.NextContinuationToken }),
    );
    expect(second).toMatchObject({ KeyCount: 3, IsTruncated: false });
    expect(second.Contents?.map(({ Key }) => Key)).toEqual(["k/1002", "k/1003", "k/1004"]);
    expect(second.NextContinuationToken).toBeUndefined();
  });

  it("names a missing bucket and a missing object differently", async () => {
    await expect(s3.send(new GetObjectCommand({ Bucket: "other", Key: "a" }))).rejects.toMatchObject({
      name: "NoSuchBucket",
    });
    await expect(s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: "a" }))).rejects.toMatchObject({
      name: "NoSuchKey",
    });
  });

  it("refuses what it has no model of", async () => {
    await expect(s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: "a" }))).rejects.toMatchObject({
      name: "NotImplemented",
    });
    await expect(s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Delimiter: "/" }))).rejects.toMatchObject({
      name: "NotImplemented",
    });
    await put("a", "1");
    const suffix = new GetObjectCommand({ Bucket: BUCKET, Key: "a", Range: "bytes=-1" });
    await expect(s3.send(suffix)).rejects.toMatchObject({ name: "NotImplemented" });
  });

  it("answers a range, of the version that is named", async () => {
    const { ETag } = await put("a", "0123456789");
    const range = (Range: string, IfMatch = ETag) =>
      s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: "a", Range, IfMatch }));
    const part = await range("bytes=2-4");
    expect(part).toMatchObject({ ContentLength: 3, ContentRange: "bytes 2-4/10", $metadata: { httpStatusCode: 206 } });
    expect(await part.Body?.transformToString()).toBe("234");
    expect(await (await range("bytes=8-20")).Body?.transformToString()).toBe("89");
    await expect(range("bytes=10-20")).rejects.toMatchObject({ name: "InvalidRange" });
    await expect(range("bytes=0-1", '"other"')).rejects.toMatchObject({ name: "PreconditionFailed" });
  });

  it("refuses a request that is not signed", async () => {
    expect((await fetch(`${aws.url}/${BUCKET}/a`)).status).toBe(403);
  });
});

describe("the loopback Secrets Manager, held to AWS's documentation", () => {
  let client: SecretsManagerClient;
  let SecretId: string;
  beforeEach(() => {
    client = new SecretsManagerClient(aws.clientConfig);
    SecretId = aws.secrets.set("auth0/token", "first");
  });
  afterEach(() => client.destroy());
  const get = (VersionStage?: string) =>
    client.send(new GetSecretValueCommand({ SecretId, ...(VersionStage === undefined ? {} : { VersionStage }) }));
  const putPending = (SecretString: string) =>
    client.send(
      new PutSecretValueCommand({
        SecretId,
        ClientRequestToken: PENDING,
        SecretString,
        VersionStages: ["AWSPENDING"],
      }),
    );

  it("finds a secret by its ARN and by its name", async () => {
    expect((await get()).SecretString).toBe("first");
    expect(await client.send(new GetSecretValueCommand({ SecretId: "auth0/token" }))).toMatchObject({
      ARN: SecretId,
      SecretString: "first",
    });
    await expect(client.send(new GetSecretValueCommand({ SecretId: "other" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  it("has no value where nobody has put one", async () => {
    const empty = aws.secrets.setEmpty("auth0/credentials");
    await expect(client.send(new GetSecretValueCommand({ SecretId: empty }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  it("takes a rotation through its stages", async () => {
    aws.secrets.startRotation(SecretId, PENDING);
    await expect(get("AWSPENDING")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await putPending("second");
    expect((await get("AWSPENDING")).SecretString).toBe("second");
    expect((await get()).SecretString).toBe("first");
    const before = await client.send(new DescribeSecretCommand({ SecretId }));
    expect(before.VersionIdsToStages?.[PENDING]).toEqual(["AWSPENDING"]);
    const current = Object.entries(before.VersionIdsToStages ?? {}).find(([, stages]) => stages.includes("AWSCURRENT"));
    const move = { SecretId, VersionStage: "AWSCURRENT", MoveToVersionId: PENDING };
    await expect(client.send(new UpdateSecretVersionStageCommand(move))).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
    await client.send(new UpdateSecretVersionStageCommand({ ...move, RemoveFromVersionId: current?.[0] }));
    expect((await get()).SecretString).toBe("second");
    expect((await get("AWSPREVIOUS")).SecretString).toBe("first");
    expect(aws.secrets.stages(SecretId)).toMatchObject({ [PENDING]: ["AWSCURRENT", "AWSPENDING"] });
  });

  it("takes the same version twice, and no other of the same ID", async () => {
    await putPending("second");
    await putPending("second");
    await expect(putPending("third")).rejects.toMatchObject({ name: "ResourceExistsException" });
  });
});

describe("the loopback EventBridge", () => {
  it("keeps what was put, and refuses what is too large", async () => {
    const client = new EventBridgeClient(aws.clientConfig);
    const entry = { Source: "test", DetailType: "Something Happened", Detail: '{"a":1}' };
    expect(await client.send(new PutEventsCommand({ Entries: [entry, { ...entry, Detail: "[]" }] }))).toMatchObject({
      FailedEntryCount: 1,
      Entries: [{ EventId: expect.any(String) }, { ErrorCode: "MalformedDetail" }],
    });
    expect(aws.events).toEqual([entry]);
    const large = { ...entry, Detail: JSON.stringify({ text: "x".repeat(256 * 1024) }) };
    await expect(client.send(new PutEventsCommand({ Entries: [large] }))).rejects.toMatchObject({
      name: "ValidationException",
    });
    client.destroy();
  });
});
