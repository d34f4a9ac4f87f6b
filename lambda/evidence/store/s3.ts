import {
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import pRetry from "p-retry";
import { sdkErrorAttempts, sdkErrorName, sdkErrorStatus } from "../../aws/sdk-error.ts";
import { EvidenceStoreError } from "../../domain/errors.ts";
import type { ObjectKey } from "../../domain/identifiers.ts";
import { parseS3Location } from "./location.ts";
import { checkKey, isObjectKey } from "./object-key.ts";
import type { EvidenceStore, StoredObject } from "./port.ts";
import { s3Error } from "./s3-error.ts";

/** S3 answers 409 while another conditional write of the same key is in progress. */
const CONFLICT_RETRIES = 5;
/** The SDK does not retry a body that breaks off. */
const BROKEN_BODY_RETRIES = 3;
const RETRY_WAIT_MS = { minTimeout: 100, maxTimeout: 1000, randomize: true } as const;
/**
 * An object is read in pieces of at most this size, each of them at once: a body that is read slowly, at the pace of a
 * rate limit, would lose its connection.
 */
const PIECE_BYTES = 8 * 1024 * 1024;

/**
 * The evidence store in an S3 bucket, optionally under a prefix: `bucket`, `bucket/prefix` or the same after `s3://`.
 * Create-only by conditional writes (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html), every
 * put with a SHA-256 checksum. An object's version is its ETag. Throws `EvidenceStoreError` (`invalid_location`).
 */
export function s3EvidenceStore(client: S3Client, where: string): EvidenceStore {
  const parsed = parseS3Location(where);
  if (parsed === null)
    throw new EvidenceStoreError(
      "invalid_location",
      `${JSON.stringify(where)} is not an S3 location; write s3://BUCKET or s3://BUCKET/PREFIX.`,
    );
  const { bucket, prefix: root } = parsed;
  const location = `s3://${bucket}/${root}`.replace(/\/$/, "");

  async function get(key: ObjectKey): Promise<StoredObject | null> {
    const name = `${location}/${key}`;
    try {
      const first = await piece(key, {});
      if (first.body !== null) return { body: once(first.body), etag: first.etag };
      return { body: pieces(key, first.etag, first.bytes), etag: first.etag };
    } catch (caught) {
      const error = caught instanceof S3Failure ? caught.cause : caught;
      if (sdkErrorName(error) === "NoSuchKey") return null;
      throw s3Error(error, `${name} could not be read`);
    }
  }

  /** One request; the body is null when it is longer than a piece. Throws `S3Failure`. */
  async function piece(key: ObjectKey, part: { readonly Range?: string; readonly IfMatch?: string }) {
    const command = new GetObjectCommand({ Bucket: bucket, Key: root + key, ...part });
    const attempt = async () => {
      const { Body: body, ETag: etag, ContentLength: bytes } = await client.send(command).catch(fail("head"));
      if (body === undefined || etag === undefined || bytes === undefined)
        throw new S3Failure("head", new Error("The answer has no body, ETag or length."));
      if (bytes > PIECE_BYTES) {
        await body.transformToWebStream().cancel();
        return { body: null, etag, bytes };
      }
      return { body: await body.transformToByteArray().catch(fail("body")), etag, bytes };
    };
    return pRetry(attempt, {
      retries: BROKEN_BODY_RETRIES,
      ...RETRY_WAIT_MS,
      shouldRetry: ({ error }) => error instanceof S3Failure && error.in === "body",
    });
  }

  async function* pieces(key: ObjectKey, etag: string, bytes: number): AsyncGenerator<Uint8Array> {
    for (let start = 0; start < bytes; start += PIECE_BYTES) {
      try {
        const end = Math.min(start + PIECE_BYTES, bytes) - 1;
        const { body } = await piece(key, { Range: `bytes=${start}-${end}`, IfMatch: etag });
        if (body?.length !== end - start + 1) throw new Error("The answer is not the range that was asked for.");
        yield body;
      } catch (error) {
        const what = `${location}/${key} broke off while it was read, or was replaced meanwhile`;
        throw s3Error(error instanceof S3Failure ? error.cause : error, what);
      }
    }
  }

  /** The ETag of the new version, or null when the condition was not met. */
  async function put(
    key: ObjectKey,
    body: Uint8Array,
    contentType: string,
    condition: { readonly IfNoneMatch?: "*"; readonly IfMatch?: string },
  ): Promise<string | null> {
    checkKey(key);
    const name = `${location}/${key}`;
    const command = new PutObjectCommand({
      Bucket: bucket,
      Key: root + key,
      Body: body,
      ContentType: contentType,
      ChecksumAlgorithm: "SHA256",
      ...condition,
    });
    try {
      const { ETag: etag } = await pRetry(() => client.send(command).catch(fail("head")), {
        retries: CONFLICT_RETRIES,
        ...RETRY_WAIT_MS,
        shouldRetry: ({ error }) => sdkErrorStatus(error.cause) === 409,
      });
      if (etag === undefined)
        throw new EvidenceStoreError("unreachable", `${name} was written without an ETag in the answer; try again.`);
      return etag;
    } catch (caught) {
      const error = caught instanceof S3Failure ? caught.cause : caught;
      // S3 answers 404 to an If-Match for an object that does not exist.
      const isGone = condition.IfMatch !== undefined && sdkErrorName(error) === "NoSuchKey";
      if (sdkErrorStatus(error) !== 412 && !isGone) throw s3Error(error, `${name} could not be written`);
      // When the first answer was lost, the SDK sent it again, and the first write is in the way.
      return sdkErrorAttempts(error) > 1 ? ownWrite(key, body) : null;
    }
  }

  async function ownWrite(key: ObjectKey, body: Uint8Array): Promise<string | null> {
    const stored = await get(key);
    if (stored === null) return null;
    const bytes = Buffer.concat(await Array.fromAsync(stored.body));
    return bytes.equals(body) ? stored.etag : null;
  }

  async function listPage(
    prefix: string,
    startAfter: string | undefined,
    token: string | undefined,
  ): Promise<ListObjectsV2CommandOutput> {
    try {
      const command = new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: root + prefix,
        StartAfter: startAfter === undefined ? undefined : root + startAfter,
        ContinuationToken: token,
      });
      return await client.send(command);
    } catch (error) {
      throw s3Error(error, `${location}/${prefix} could not be listed`);
    }
  }

  return {
    location,

    create: async (key, body, contentType) =>
      (await put(key, body, contentType, { IfNoneMatch: "*" })) === null ? "exists" : "created",

    replace: (key, body, contentType, condition) => {
      if (condition === undefined) return put(key, body, contentType, {});
      const { ifMatch } = condition;
      return put(key, body, contentType, ifMatch === null ? { IfNoneMatch: "*" } : { IfMatch: ifMatch });
    },

    exists: async (key) => {
      checkKey(key);
      try {
        // Not HeadObject: its 404 does not say whether the object or the whole bucket is missing.
        await piece(key, { Range: "bytes=0-0" });
        return true;
      } catch (caught) {
        const error = caught instanceof S3Failure ? caught.cause : caught;
        if (sdkErrorName(error) === "NoSuchKey") return false;
        // An empty object has no first byte.
        if (sdkErrorStatus(error) === 416) return true;
        throw s3Error(error, `${location}/${key} could not be read`);
      }
    },

    read: async (key) => {
      checkKey(key);
      return get(key);
    },

    async *list(prefix, startAfter) {
      let token: string | undefined;
      do {
        const page = await listPage(prefix, startAfter, token);
        for (const { Key: stored = "" } of page.Contents ?? []) {
          const key = stored.slice(root.length);
          if (isObjectKey(key)) yield key;
        }
        token = page.NextContinuationToken;
      } while (token !== undefined);
    },
  };
}

/** Wraps an error of the SDK, with where in the answer it came: p-retry accepts errors of its own realm only. */
class S3Failure extends Error {
  readonly in: "head" | "body";
  constructor(where: "head" | "body", cause: unknown) {
    super("A request to S3 failed.", { cause });
    this.in = where;
  }
}

function fail(where: "head" | "body"): (error: unknown) => never {
  return (error) => {
    throw new S3Failure(where, error);
  };
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}
