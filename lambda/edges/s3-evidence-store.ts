import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import pRetry from "p-retry";
import { EvidenceStoreError, type EvidenceStoreErrorCode } from "../core/errors.ts";
import type { ObjectKey } from "../core/model.ts";
import type { EvidenceStore } from "../ports.ts";
import { checkKey } from "./object-key.ts";

/** S3 answers 409 while another conditional write of the same key is under way: then one asks again. */
const CONFLICT_RETRIES = 5;
const CONFLICT_WAIT_MS = 100;

/**
 * The evidence store in an S3 bucket. Create-only by conditional writes
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html), every put with a SHA-256 checksum.
 */
export function s3EvidenceStore(client: S3Client, bucket: string): EvidenceStore {
  const location = `s3://${bucket}`;

  async function put(key: ObjectKey, body: Uint8Array, contentType: string, condition: object): Promise<string | null> {
    checkKey(key);
    const command = new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: body,
      ContentType: contentType,
      ChecksumAlgorithm: "SHA256",
      ...condition,
    });
    try {
      const { ETag: etag } = await pRetry(() => client.send(command).catch(rethrow), {
        retries: CONFLICT_RETRIES,
        minTimeout: CONFLICT_WAIT_MS,
        shouldRetry: ({ error }) => statusOf(error) === 409,
      });
      return etag ?? "";
    } catch (error) {
      if (statusOf(error) === 412) return null;
      throw storeError(error, `${location}/${key} could not be written`);
    }
  }

  return {
    location,

    create: async (key, body, contentType) =>
      (await put(key, body, contentType, { IfNoneMatch: "*" })) === null ? "exists" : "created",

    replace: async (key, body, contentType, condition) => {
      if (condition === undefined) return put(key, body, contentType, {});
      const { ifMatch } = condition;
      try {
        return await put(key, body, contentType, ifMatch === null ? { IfNoneMatch: "*" } : { IfMatch: ifMatch });
      } catch (error) {
        // The object that was to be replaced is gone: somebody else was faster.
        if (error instanceof EvidenceStoreError && error.code === "not_found" && ifMatch !== null) return null;
        throw error;
      }
    },

    read: async (key) => {
      checkKey(key);
      try {
        const { Body: body, ETag: etag = "" } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        if (body === undefined) throw new EvidenceStoreError("unreachable", `${location}/${key} came without a body.`);
        return { body: chunks(body.transformToWebStream(), `${location}/${key}`), etag };
      } catch (error) {
        if (nameOf(error) === "NoSuchKey") return null;
        throw storeError(error, `${location}/${key} could not be read`);
      }
    },

    async *list(prefix, startAfter) {
      let token: string | undefined;
      do {
        const page = await client
          .send(
            new ListObjectsV2Command({
              Bucket: bucket,
              Prefix: prefix,
              StartAfter: startAfter,
              ContinuationToken: token,
            }),
          )
          .catch((error: unknown) => {
            throw storeError(error, `${location}/${prefix} could not be listed`);
          });
        for (const { Key: key } of page.Contents ?? []) if (key !== undefined) yield key as ObjectKey;
        token = page.NextContinuationToken;
      } while (token !== undefined);
    },
  };
}

async function* chunks(body: ReadableStream<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw storeError(error, `${name} broke off while it was read`);
  }
}

/** p-retry takes errors of this realm only. */
function rethrow(error: unknown): never {
  if (error instanceof Error) throw error;
  throw Object.assign(new Error("The request failed."), { cause: error });
}

function nameOf(error: unknown): string {
  return typeof error === "object" && error !== null && "name" in error ? String(error.name) : "Error";
}

function statusOf(error: unknown): number | null {
  if (typeof error !== "object" || error === null || !("$metadata" in error)) return null;
  const metadata = error.$metadata;
  if (typeof metadata !== "object" || metadata === null || !("httpStatusCode" in metadata)) return null;
  return typeof metadata.httpStatusCode === "number" ? metadata.httpStatusCode : null;
}

const ADVICE: Readonly<Record<EvidenceStoreErrorCode, string>> = {
  forbidden: "check the credentials and the permissions of this role",
  not_found: "check the bucket's name",
  invalid_location: "check the bucket's name and region",
  unreachable: "check the network and the region, and try again",
};

function storeError(error: unknown, what: string): EvidenceStoreError {
  if (error instanceof EvidenceStoreError) return error;
  const code = codeOf(nameOf(error), statusOf(error));
  return new EvidenceStoreError(code, `${what} (${nameOf(error)}); ${ADVICE[code]}.`, { cause: error });
}

function codeOf(name: string, status: number | null): EvidenceStoreErrorCode {
  if (status === 403 || /credential|token/i.test(name)) return "forbidden";
  if (status === 404) return "not_found";
  if (status === 301 || /bucketname|region/i.test(name)) return "invalid_location";
  return "unreachable";
}
