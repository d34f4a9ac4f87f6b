import { S3Client } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { AWS_CLIENT_CONFIG } from "../../../lambda/aws/client.ts";
import type { ObjectKey } from "../../../lambda/domain/identifiers.ts";
import { s3EvidenceStore } from "../../../lambda/evidence/store/s3.ts";
import { evidenceStoreContract, stored } from "../../support/evidence-store-contract.ts";
import { type LoopbackAws, startLoopbackAws } from "../../support/loopback-aws.ts";

async function openS3(where: string) {
  const aws = await startLoopbackAws(["evidence"]);
  const clients = [new S3Client(aws.clientConfig), new S3Client(aws.clientConfig)] as const;
  return {
    stores: [s3EvidenceStore(clients[0], where), s3EvidenceStore(clients[1], `s3://${where}`)] as const,
    close: async () => {
      for (const client of clients) client.destroy();
      await aws.close();
    },
  };
}

evidenceStoreContract("the S3 store", () => openS3("evidence"), 15);
evidenceStoreContract("the S3 store under a prefix", () => openS3("evidence/audits/auth0"), 5);

const KEY = "v1/state/x.json" as ObjectKey;
const TEXT = "text/plain";
const bytes = (text: string) => Buffer.from(text);

describe("the S3 store when S3 is in trouble", () => {
  let aws: LoopbackAws;
  let client: S3Client;
  let store: ReturnType<typeof s3EvidenceStore>;
  beforeEach(async () => {
    aws = await startLoopbackAws(["evidence"]);
    client = new S3Client(aws.clientConfig);
    store = s3EvidenceStore(client, "evidence");
  });
  afterEach(async () => {
    client.destroy();
    await aws.close();
  });
  const puts = () => aws.requests.filter(({ operation }) => operation === "PutObject");

  it("sends every put with its SHA-256, and creates only if the key is free", async () => {
    await store.create(KEY, bytes("1"), TEXT);
    await store.replace(KEY, bytes("2"), TEXT);
    expect(puts().map(({ headers }) => headers["if-none-match"])).toEqual(["*", undefined]);
    for (const { headers } of puts()) expect(headers["x-amz-checksum-sha256"]).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect(aws.buckets.get("evidence")?.get(KEY)?.contentType).toBe(TEXT);
  });

  it("puts its keys under the prefix, and lists none beside it", async () => {
    const inside = s3EvidenceStore(client, "s3://evidence/audits/");
    await inside.create(KEY, bytes("1"), TEXT);
    await store.create("audits-not" as ObjectKey, bytes("1"), TEXT);
    expect([...(aws.buckets.get("evidence")?.keys() ?? [])]).toEqual([`audits/${KEY}`, "audits-not"]);
    expect(await Array.fromAsync(inside.list(""))).toEqual([KEY]);
    expect(inside.location).toBe("s3://evidence/audits");
  });

  it("passes over objects that are none of its own", async () => {
    await store.create(KEY, bytes("1"), TEXT);
    const objects = aws.buckets.get("evidence");
    const object = objects?.get(KEY);
    if (object !== undefined) objects?.set("v1/state/not ours <&>", object).set("v1/state/", object);
    expect(await Array.fromAsync(store.list("v1/"))).toEqual([KEY]);
  });

  it("asks again while another conditional write is under way", async () => {
    aws.fault = ({ operationCount }) =>
      operationCount <= 2 ? { kind: "error", status: 409, code: "ConditionalRequestConflict" } : null;
    expect(await store.create(KEY, bytes("1"), TEXT)).toBe("created");
    expect(puts()).toHaveLength(3);
  });

  it("gets over passing trouble", async () => {
    aws.fault = ({ operationCount }) =>
      operationCount === 1 ? { kind: "error", status: 503, code: "SlowDown" } : null;
    expect(await store.create(KEY, bytes("1"), TEXT)).toBe("created");
    expect((await store.read(KEY))?.etag).toBe(aws.buckets.get("evidence")?.get(KEY)?.etag);
    expect(await Array.fromAsync(store.list(""))).toEqual([KEY]);
  });

  it("gets over a connection that breaks in the middle of a put", async () => {
    aws.fault = ({ operationCount }) => (operationCount === 1 ? { kind: "broken_upload" } : null);
    expect(await store.create(KEY, bytes("1"), TEXT)).toBe("created");
  });

  it("knows its own object again when the answer of the put was lost", async () => {
    aws.fault = ({ operationCount }) => (operationCount === 1 ? { kind: "lost_answer" } : null);
    expect(await store.create(KEY, bytes("mine"), TEXT)).toBe("created");
    expect(puts()).toHaveLength(2);
  });

  it("knows its own version again when the answer of the swap was lost", async () => {
    const first = await store.replace(KEY, bytes("1"), TEXT);
    aws.fault = ({ operationCount }) => (operationCount === 2 ? { kind: "lost_answer" } : null);
    const second = await store.replace(KEY, bytes("2"), TEXT, { ifMatch: first });
    expect(second).toBe((await store.read(KEY))?.etag);
    expect(await stored(store, KEY)).toBe("2");
  });

  it("does not take another's object for its own after trouble", async () => {
    const rival = s3EvidenceStore(client, "evidence");
    await rival.create(KEY, bytes("theirs"), TEXT);
    aws.fault = ({ operationCount }) => (operationCount === 2 ? { kind: "lost_answer" } : null);
    expect(await store.create(KEY, bytes("mine"), TEXT)).toBe("exists");
    expect(await stored(store, KEY)).toBe("theirs");
  });

  it("asks again for a body that breaks off", async () => {
    await store.create(KEY, bytes("a body of some length"), TEXT);
    aws.fault = ({ operationCount }) => (operationCount <= 2 ? { kind: "broken_answer" } : null);
    expect(await stored(store, KEY)).toBe("a body of some length");
  });

  it("says so when a body breaks off every time", async () => {
    await store.create(KEY, bytes("a body of some length"), TEXT);
    aws.fault = () => ({ kind: "broken_answer" });
    await expect(store.read(KEY)).rejects.toMatchObject({
      name: "EvidenceStoreError",
      code: "unreachable",
      message: expect.stringContaining(`s3://evidence/${KEY} could not be read`),
    });
    expect(aws.requests.filter(({ operation }) => operation === "GetObject")).toHaveLength(4);
  });

  describe("with an object of many pieces", () => {
    const large = Buffer.alloc(20_000_000, "0123456789abcdef_");
    beforeEach(async () => {
      await store.create(KEY, large, TEXT);
    });
    const gets = () => aws.requests.filter(({ operation }) => operation === "GetObject");

    it("reads each piece at once, and no piece that is not needed", async () => {
      const object = await store.read(KEY);
      expect(gets()).toHaveLength(1);
      expect(Buffer.concat(await Array.fromAsync(object?.body ?? [])).equals(large)).toBe(true);
      expect(gets().map(({ headers }) => headers.range)).toEqual([
        undefined,
        "bytes=0-8388607",
        "bytes=8388608-16777215",
        "bytes=16777216-19999999",
      ]);
    });

    it("asks again for a piece that breaks off", async () => {
      aws.fault = ({ operation, operationCount }) =>
        operation === "GetObject" && operationCount === 3 ? { kind: "broken_answer" } : null;
      const object = await store.read(KEY);
      expect(Buffer.concat(await Array.fromAsync(object?.body ?? [])).equals(large)).toBe(true);
    });

    it("does not mix two versions", async () => {
      const object = await store.read(KEY);
      await store.replace(KEY, Buffer.alloc(20_000_000, "x"), TEXT);
      await expect(Array.fromAsync(object?.body ?? [])).rejects.toMatchObject({
        name: "EvidenceStoreError",
        message: expect.stringMatching(/broke off while it was read, or was replaced meanwhile \(PreconditionFailed\)/),
      });
    });
  });

  it("gives up when there is no answer", async () => {
    const impatient = new S3Client({
      ...aws.clientConfig,
      maxAttempts: 1,
      requestHandler: { ...AWS_CLIENT_CONFIG.requestHandler, requestTimeout: 50 },
    });
    aws.fault = () => ({ kind: "hang" });
    await expect(s3EvidenceStore(impatient, "evidence").read(KEY)).rejects.toMatchObject({
      code: "unreachable",
      message: expect.stringContaining("TimeoutError"),
    });
    impatient.destroy();
  });

  it("does not accept a body that is not what was stored", async () => {
    await store.create(KEY, bytes("stored"), TEXT);
    const object = aws.buckets.get("evidence")?.get(KEY);
    if (object !== undefined) aws.buckets.get("evidence")?.set(KEY, { ...object, body: bytes("damage") });
    await expect(stored(store, KEY)).rejects.toMatchObject({ name: "EvidenceStoreError" });
  });

  it.each([
    [403, "AccessDenied", "forbidden", /allow s3:PutObject/],
    [403, "InvalidAccessKeyId", "forbidden", /credentials/],
    [403, "SignatureDoesNotMatch", "forbidden", /credentials/],
    [400, "ExpiredToken", "forbidden", /credentials/],
    [301, "PermanentRedirect", "invalid_location", /another region/],
    [404, "NoSuchBucket", "not_found", /no such bucket/],
    [400, "InvalidBucketName", "invalid_location", /bucket's name/],
    [400, "InvalidRequest", "unreachable", /InvalidRequest/],
  ])("names what to do about %i %s", async (status, code, expected, advice) => {
    aws.fault = () => ({ kind: "error", status, code });
    const refusal = { name: "EvidenceStoreError", code: expected, message: expect.stringMatching(advice) };
    await expect(store.create(KEY, bytes("1"), TEXT)).rejects.toMatchObject(refusal);
    await expect(store.replace(KEY, bytes("1"), TEXT, { ifMatch: '"1"' })).rejects.toMatchObject(refusal);
    await expect(store.read(KEY)).rejects.toMatchObject(refusal);
    await expect(Array.fromAsync(store.list("v1/"))).rejects.toMatchObject(refusal);
    await expect(store.read(KEY)).rejects.toMatchObject({ message: expect.stringContaining(`s3://evidence/${KEY}`) });
  });

  it("gives up a conflict that does not end", async () => {
    aws.fault = () => ({ kind: "error", status: 409, code: "ConditionalRequestConflict" });
    await expect(store.create(KEY, bytes("1"), TEXT)).rejects.toMatchObject({
      code: "unreachable",
      message: expect.stringContaining("ConditionalRequestConflict"),
    });
    expect(puts()).toHaveLength(6);
  });

  it("distinguishes a missing bucket from a missing object", async () => {
    const elsewhere = s3EvidenceStore(client, "nowhere-at-all");
    await expect(elsewhere.read(KEY)).rejects.toMatchObject({ code: "not_found" });
    await expect(elsewhere.exists(KEY)).rejects.toMatchObject({ code: "not_found" });
    await expect(elsewhere.replace(KEY, bytes("1"), TEXT, { ifMatch: '"1"' })).rejects.toMatchObject({
      code: "not_found",
      message: expect.stringContaining("s3://nowhere-at-all"),
    });
  });

  it("reports a server that does not answer", async () => {
    await aws.close();
    const failure = store.read(KEY).catch(({ message }) => message);
    expect(await failure).toMatch(/could not be read \(ECONNREFUSED\); check the network/);
  });
});

describe("the place of an S3 store", () => {
  it("names the region when it is missing", async () => {
    const client = new S3Client({
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      region: async () => {
        throw new Error("Region is missing");
      },
    });
    await expect(s3EvidenceStore(client, "evidence").read(KEY)).rejects.toMatchObject({
      code: "invalid_location",
      message: expect.stringContaining("AWS_REGION"),
    });
  });

  it("names the credentials when there are none", async () => {
    const client = new S3Client({
      region: "eu-central-1",
      credentials: async () => {
        throw Object.assign(new Error("none"), { name: "CredentialsProviderError" });
      },
    });
    await expect(s3EvidenceStore(client, "evidence").read(KEY)).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("credentials"),
    });
  });

  it.each(["", "s3://", "A", "ab", "bucket_name", "s3://bucket/a b", "s3://bucket//x", "s3://bucket/../x", "-a-"])(
    "refuses %j",
    (where) => {
      const client = new S3Client({ region: "eu-central-1" });
      expect(() => s3EvidenceStore(client, where)).toThrow(expect.objectContaining({ code: "invalid_location" }));
    },
  );
});
