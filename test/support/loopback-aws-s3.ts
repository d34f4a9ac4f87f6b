import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { compareText } from "../../lambda/domain/order.ts";
import { AwsRefusal, decodeUpload } from "./loopback-aws-body.ts";

export interface LoopbackObject {
  readonly body: Buffer;
  readonly contentType: string;
  /** In quotes, as S3 gives it: MD5 of the body. */
  readonly etag: string;
  readonly checksums: Readonly<Record<string, string>>;
}

/** Buckets by name, objects by key. */
export type LoopbackBuckets = Map<string, Map<string, LoopbackObject>>;

export interface S3Request {
  readonly operation: "PutObject" | "GetObject" | "HeadObject" | "ListObjectsV2";
  readonly bucket: string;
  /** Empty for a listing. */
  readonly key: string;
}

export interface S3Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const MOST_KEYS = 1000;

/** What a path-style request asks for. Throws `AwsRefusal` for what this model has not. */
export function readS3Request(method: string, url: URL): S3Request {
  const [bucket = "", ...rest] = url.pathname.slice(1).split("/").map(decodeURIComponent);
  const key = rest.join("/");
  if (key === "" && method === "GET" && url.searchParams.get("list-type") === "2")
    return { operation: "ListObjectsV2", bucket, key };
  if (key === "") throw new AwsRefusal(501, "NotImplemented", `This model has no ${method} of a bucket.`);
  if (method === "PUT") return { operation: "PutObject", bucket, key };
  if (method === "GET") return { operation: "GetObject", bucket, key };
  if (method === "HEAD") return { operation: "HeadObject", bucket, key };
  throw new AwsRefusal(501, "NotImplemented", `This model has no ${method} of an object.`);
}

/** The part of S3 that the product uses, with its rules. Throws `AwsRefusal`. */
export function answerS3(
  buckets: LoopbackBuckets,
  request: S3Request,
  query: URLSearchParams,
  headers: IncomingHttpHeaders,
  raw: Buffer,
): S3Answer {
  const bucket = buckets.get(request.bucket);
  if (bucket === undefined) throw new AwsRefusal(404, "NoSuchBucket", "The specified bucket does not exist");
  switch (request.operation) {
    case "PutObject":
      return putObject(bucket, request.key, headers, raw);
    case "GetObject":
    case "HeadObject":
      return getObject(bucket, request, headers);
    case "ListObjectsV2":
      return listObjects(bucket, request.bucket, query);
    default:
      return request.operation satisfies never;
  }
}

function putObject(
  bucket: Map<string, LoopbackObject>,
  key: string,
  headers: IncomingHttpHeaders,
  raw: Buffer,
): S3Answer {
  const { body, checksums } = decodeUpload(raw, headers);
  const standing = bucket.get(key);
  const { "if-none-match": ifNoneMatch, "if-match": ifMatch } = headers;
  if (ifNoneMatch !== undefined && ifNoneMatch !== "*") throw new AwsRefusal(501, "NotImplemented");
  if (ifMatch !== undefined && standing === undefined)
    throw new AwsRefusal(404, "NoSuchKey", "The specified key does not exist.");
  if ((ifNoneMatch === "*" && standing !== undefined) || (ifMatch !== undefined && ifMatch !== standing?.etag))
    throw new AwsRefusal(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
  const etag = `"${createHash("md5").update(body).digest("hex")}"`;
  const contentType = headers["content-type"] ?? "application/octet-stream";
  bucket.set(key, { body, contentType, etag, checksums });
  return { status: 200, headers: { etag, ...checksums }, body: Buffer.alloc(0) };
}

function getObject(
  bucket: Map<string, LoopbackObject>,
  { operation, key }: S3Request,
  headers: IncomingHttpHeaders,
): S3Answer {
  const object = bucket.get(key);
  if (object === undefined) throw new AwsRefusal(404, "NoSuchKey", "The specified key does not exist.");
  const { range, "if-match": ifMatch } = headers;
  if (ifMatch !== undefined && ifMatch !== object.etag)
    throw new AwsRefusal(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
  if (range !== undefined) return getRange(object, range);
  const withChecksums = headers["x-amz-checksum-mode"] === "ENABLED";
  return {
    status: 200,
    headers: {
      etag: object.etag,
      "content-type": object.contentType,
      "content-length": String(object.body.length),
      ...(withChecksums ? { ...object.checksums, "x-amz-checksum-type": "FULL_OBJECT" } : {}),
    },
    body: operation === "HeadObject" ? Buffer.alloc(0) : object.body,
  };
}

/** Without a checksum: S3 knows that of the whole only. */
function getRange({ body, contentType, etag }: LoopbackObject, range: string): S3Answer {
  const [, from = "", to = ""] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
  if (from === "") throw new AwsRefusal(501, "NotImplemented", `This model has no range ${range}.`);
  const start = Number(from);
  const end = Math.min(Number(to), body.length - 1);
  if (start >= body.length) throw new AwsRefusal(416, "InvalidRange", "The requested range is not satisfiable");
  return {
    status: 206,
    headers: {
      etag,
      "content-type": contentType,
      "content-length": String(end - start + 1),
      "content-range": `bytes ${start}-${end}/${body.length}`,
    },
    body: body.subarray(start, end + 1),
  };
}

const LIST_PARAMETERS = ["list-type", "prefix", "start-after", "continuation-token", "max-keys", "x-id"];

function listObjects(bucket: Map<string, LoopbackObject>, name: string, query: URLSearchParams): S3Answer {
  for (const parameter of query.keys())
    if (!LIST_PARAMETERS.includes(parameter))
      throw new AwsRefusal(501, "NotImplemented", `This model has no ${parameter}.`);
  const prefix = query.get("prefix") ?? "";
  const token = query.get("continuation-token");
  // A page goes on where the last one ended; `start-after` is for the first one only.
  const after = token === null ? (query.get("start-after") ?? "") : Buffer.from(token, "base64url").toString();
  const most = Math.min(MOST_KEYS, Number(query.get("max-keys") ?? MOST_KEYS));
  const keys = [...bucket.keys()].filter((key) => key.startsWith(prefix) && key > after).sort(compareText);
  const page = keys.slice(0, most);
  const last = page.at(-1);
  const isTruncated = keys.length > page.length && last !== undefined;
  const contents = page.map((key) => {
    const { etag = "", body } = bucket.get(key) ?? {};
    return `<Contents><Key>${escapeXml(key)}</Key><ETag>${escapeXml(etag)}</ETag><Size>${body?.length ?? 0}</Size></Contents>`;
  });
  const next = isTruncated
    ? `<NextContinuationToken>${Buffer.from(last).toString("base64url")}</NextContinuationToken>`
    : "";
  return {
    status: 200,
    headers: { "content-type": "application/xml" },
    body: Buffer.from(
      `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>${escapeXml(name)}</Name><Prefix>${escapeXml(prefix)}</Prefix>` +
        `<KeyCount>${page.length}</KeyCount><MaxKeys>${most}</MaxKeys><IsTruncated>${isTruncated}</IsTruncated>${next}${contents.join("")}</ListBucketResult>`,
    ),
  };
}

/** An error as S3 words it. */
export function s3ErrorBody({ code, message }: AwsRefusal): Buffer {
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message><RequestId>loopback</RequestId></Error>`,
  );
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
