import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { crc32 } from "node:zlib";

/** What AWS answers to a request that it refuses. */
export class AwsRefusal extends Error {
  override readonly name = "AwsRefusal";
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message = code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Checksums of S3 that the SDK in use sends; it would need packages of its own for the others. */
const CHECKSUMS = {
  "x-amz-checksum-crc32": (body: Uint8Array) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc32(body));
    return bytes.toString("base64");
  },
  "x-amz-checksum-sha1": (body: Uint8Array) => createHash("sha1").update(body).digest("base64"),
  "x-amz-checksum-sha256": (body: Uint8Array) => createHash("sha256").update(body).digest("base64"),
} as const;

export interface DecodedBody {
  readonly body: Buffer;
  /** The checksum headers that came, all of them verified. */
  readonly checksums: Readonly<Record<string, string>>;
}

/** The content of an S3 upload: chunked encoding undone, every checksum verified. Throws `AwsRefusal`. */
export function decodeUpload(raw: Buffer, headers: IncomingHttpHeaders): DecodedBody {
  const declared = String(headers["x-amz-content-sha256"] ?? "");
  const isChunked = declared.startsWith("STREAMING-");
  const { body, trailers } = isChunked ? decodeChunked(raw) : { body: raw, trailers: {} };
  const length = headers["x-amz-decoded-content-length"];
  if (isChunked && Number(length) !== body.length) throw new AwsRefusal(400, "IncompleteBody");
  if (/^[0-9a-f]{64}$/.test(declared) && declared !== createHash("sha256").update(body).digest("hex"))
    throw new AwsRefusal(400, "XAmzContentSHA256Mismatch");
  const md5 = headers["content-md5"];
  if (md5 !== undefined && md5 !== createHash("md5").update(body).digest("base64"))
    throw new AwsRefusal(400, "BadDigest", "The Content-MD5 you specified did not match what we received.");
  return { body, checksums: verified(body, { ...headers, ...trailers }) };
}

function verified(body: Buffer, headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const checksums: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith("x-amz-checksum-") || typeof value !== "string") continue;
    const compute = Object.entries(CHECKSUMS).find(([known]) => known === name)?.[1];
    if (compute === undefined) throw new AwsRefusal(501, "NotImplemented", `This model has no ${name}.`);
    if (compute(body) !== value) throw new AwsRefusal(400, "BadDigest", `The ${name} does not match.`);
    checksums[name] = value;
  }
  return checksums;
}

/** `aws-chunked`: each chunk after its length in hex (and its signature), then trailing headers. */
function decodeChunked(raw: Buffer): { readonly body: Buffer; readonly trailers: Record<string, string> } {
  const chunks: Buffer[] = [];
  let at = 0;
  const line = (): string => {
    const end = raw.indexOf("\r\n", at);
    if (end < 0) throw new AwsRefusal(400, "IncompleteBody");
    const text = raw.toString("latin1", at, end);
    at = end + 2;
    return text;
  };
  while (true) {
    const size = Number.parseInt(line(), 16);
    if (size === 0) break;
    if (!(size > 0) || at + size + 2 > raw.length) throw new AwsRefusal(400, "IncompleteBody");
    chunks.push(raw.subarray(at, at + size));
    at += size + 2;
  }
  const trailers: Record<string, string> = {};
  while (at < raw.length) {
    const [name = "", value = ""] = line().split(/:\s*/, 2);
    if (name !== "") trailers[name.toLowerCase()] = value;
  }
  return { body: Buffer.concat(chunks), trailers };
}
