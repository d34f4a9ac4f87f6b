import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AwsRefusal } from "./loopback-aws-body.ts";
import { answerEvents, type LoopbackEvent } from "./loopback-aws-events.ts";
import { answerS3, type LoopbackBuckets, readS3Request, s3ErrorBody } from "./loopback-aws-s3.ts";
import { LoopbackSecrets } from "./loopback-aws-secrets.ts";

/** A request to the loopback AWS, as far as it came. */
export interface AwsRequest {
  readonly service: "s3" | "secretsmanager" | "events";
  /** `PutObject`, `GetSecretValue`, ... */
  readonly operation: string;
  /** S3 only; empty otherwise. */
  readonly bucket: string;
  /** S3 only: the object's key, or a listing's prefix; empty otherwise. */
  readonly key: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
  /** Requests so far, this one included. */
  readonly count: number;
  /** Requests so far of this operation, this one included. */
  readonly operationCount: number;
}

/**
 * What goes wrong with a request. `broken_upload`: the connection ends in the middle of the request, nothing is done;
 * `lost_answer`: it is done, then the connection ends; `broken_answer`: so too, in the middle of the answer's body;
 * `failed_entry`: PutEvents answers 200, and its entries failed.
 */
export type AwsFault =
  | { readonly kind: "error"; readonly status: number; readonly code: string; readonly message?: string }
  | { readonly kind: "failed_entry"; readonly code: string }
  | { readonly kind: "broken_upload" | "lost_answer" | "broken_answer" | "hang" };

export interface LoopbackAws {
  /** `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL`. */
  readonly url: string;
  /** What a client of the AWS SDK is made with. */
  readonly clientConfig: {
    readonly endpoint: string;
    readonly region: string;
    readonly forcePathStyle: true;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** The same as environment variables, for code that makes its own clients. */
  readonly environment: Readonly<Record<string, string>>;
  readonly buckets: LoopbackBuckets;
  readonly secrets: LoopbackSecrets;
  readonly events: readonly LoopbackEvent[];
  /** Every request that was understood, in order, also those that a fault befell. */
  readonly requests: readonly AwsRequest[];
  /** Decides what goes wrong; null: nothing does. */
  fault: ((request: AwsRequest) => AwsFault | null) | null;
  /** The bytes of a stored object as text; throws when there is none. */
  text(bucket: string, key: string): string;
  close(): Promise<void>;
}

const REGION = "eu-central-1";
const CREDENTIALS = { accessKeyId: "AKIALOOPBACK", secretAccessKey: "loopback-secret-access-key" } as const;

/**
 * The part of AWS that the product uses, on loopback, for the real SDK: S3 with conditional writes and checksums, Secrets
 * Manager, EventBridge. It is a model, written from AWS's documentation; what it has not, it refuses.
 */
export async function startLoopbackAws(bucketNames: readonly string[] = ["evidence"]): Promise<LoopbackAws> {
  const buckets: LoopbackBuckets = new Map(bucketNames.map((name) => [name, new Map()]));
  const secrets = new LoopbackSecrets();
  const events: LoopbackEvent[] = [];
  const requests: AwsRequest[] = [];
  const operationCounts = new Map<string, number>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await Array.fromAsync(request));
    const url = new URL(request.url ?? "/", "http://loopback");
    const target = request.headers["x-amz-target"];
    try {
      if (request.headers.authorization?.startsWith("AWS4-HMAC-SHA256 ") !== true)
        throw new AwsRefusal(403, "AccessDenied", "Access Denied");
      const asked = typeof target === "string" ? jsonRequest(target) : readS3Request(request.method ?? "", url);
      const service = "service" in asked ? asked.service : "s3";
      const { operation, bucket = "", key = "" } = "service" in asked ? { operation: asked.operation } : asked;
      const operationCount = (operationCounts.get(operation) ?? 0) + 1;
      operationCounts.set(operation, operationCount);
      const recorded: AwsRequest = {
        service,
        operation,
        bucket,
        key: operation === "ListObjectsV2" ? (url.searchParams.get("prefix") ?? "") : key,
        headers: request.headers,
        body,
        count: requests.length + 1,
        operationCount,
      };
      requests.push(recorded);
      const fault = aws.fault?.(recorded) ?? null;
      if (fault?.kind === "broken_upload") return void response.destroy();
      if (fault?.kind === "hang") return;
      if (fault?.kind === "error") throw new AwsRefusal(fault.status, fault.code, fault.message);
      const {
        status,
        headers,
        body: answered,
      } = "service" in asked
        ? jsonAnswer(
            service === "events"
              ? answerEvents(events, operation, json(body), fault?.kind === "failed_entry" ? fault.code : null)
              : secrets.answer(operation, json(body)),
          )
        : answerS3(buckets, asked, url.searchParams, request.headers, body);
      if (fault?.kind === "lost_answer") return void response.destroy();
      response.writeHead(status, { ...headers, "content-length": answered.length, ...headLength(headers) });
      if (fault?.kind !== "broken_answer") return void response.end(answered);
      response.write(answered.subarray(0, Math.floor(answered.length / 2)), () => response.destroy());
    } catch (error) {
      if (!(error instanceof AwsRefusal)) throw error;
      refuse(response, error, typeof target === "string");
    }
  }

  const server = createServer((request, response) => {
    // A client that goes away in the middle is its own affair.
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new TypeError("The server listens on a port.");
  const url = `http://127.0.0.1:${address.port}`;

  const aws: LoopbackAws = {
    url,
    clientConfig: { endpoint: url, region: REGION, forcePathStyle: true, credentials: CREDENTIALS },
    environment: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    },
    buckets,
    secrets,
    events,
    requests,
    fault: null,
    text: (bucket, key) => {
      const object = buckets.get(bucket)?.get(key);
      if (object === undefined) throw new RangeError(`Nothing is stored as s3://${bucket}/${key}.`);
      return object.body.toString();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return aws;
}

const SERVICES = { secretsmanager: "secretsmanager", AWSEvents: "events" } as const;

function jsonRequest(target: string): { readonly service: "secretsmanager" | "events"; readonly operation: string } {
  const [prefix = "", operation = ""] = target.split(".");
  if (prefix === "secretsmanager" || prefix === "AWSEvents") return { service: SERVICES[prefix], operation };
  throw new AwsRefusal(400, "UnknownOperationException", `This model has no ${target}.`);
}

function json(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new AwsRefusal(400, "SerializationException");
  }
}

function jsonAnswer(value: unknown) {
  const headers: Readonly<Record<string, string>> = { "content-type": "application/x-amz-json-1.1" };
  return { status: 200, headers, body: Buffer.from(JSON.stringify(value)) };
}

/** The answer to HEAD tells a length that its body has not. */
function headLength(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const length = headers["content-length"];
  return length === undefined ? {} : { "content-length": length };
}

function refuse(response: ServerResponse, refusal: AwsRefusal, isJson: boolean): void {
  response.writeHead(refusal.status, {
    "content-type": isJson ? "application/x-amz-json-1.1" : "application/xml",
    "x-amzn-requestid": "loopback",
  });
  response.end(isJson ? JSON.stringify({ __type: refusal.code, message: refusal.message }) : s3ErrorBody(refusal));
}
