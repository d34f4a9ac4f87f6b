import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { DurableExecutionClient } from "@aws/durable-execution-sdk-js";
import * as v from "valibot";

const PATH = /^\/2025-12-01\/durable-executions\/([^/]+)\/(checkpoint|state)$/;

const checkpointSchema = v.object({
  CheckpointToken: v.string(),
  Updates: v.optional(v.array(v.custom<CheckpointUpdate>((update) => typeof update === "object")), []),
});
type CheckpointUpdate = NonNullable<Parameters<DurableExecutionClient["checkpoint"]>[0]["Updates"]>[number];

/**
 * The part of Lambda's API through which a durable function saves itself, on loopback, for the real SDK:
 * https://docs.aws.amazon.com/lambda/latest/api/API_CheckpointDurableExecution.html. What it is asked, an engine of the
 * local model answers.
 */
export class LoopbackDurableService {
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy());
  });
  readonly #executions = new Map<string, DurableExecutionClient>();
  readonly #bodies: string[] = [];

  static async start(): Promise<LoopbackDurableService> {
    const service = new LoopbackDurableService();
    await new Promise<void>((resolve) => service.#server.listen(0, "127.0.0.1", resolve));
    return service;
  }

  /** For `AWS_ENDPOINT_URL_LAMBDA`. */
  get url(): string {
    const address: AddressInfo | string | null = this.#server.address();
    if (address === null || typeof address === "string") throw new TypeError("The server listens on a port.");
    return `http://127.0.0.1:${address.port}`;
  }

  /** All that was ever checkpointed, as it came. */
  get checkpointed(): string {
    return this.#bodies.join("\n");
  }

  /** Who answers for an execution from now on. */
  serve(executionArn: string, engine: DurableExecutionClient): void {
    this.#executions.set(executionArn, engine);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await Array.fromAsync(request)).toString();
    const url = new URL(request.url ?? "/", this.url);
    const [, encodedArn = "", operation] = PATH.exec(url.pathname) ?? [];
    const arn = decodeURIComponent(encodedArn);
    const engine = this.#executions.get(arn);
    if (engine === undefined || request.headers.authorization?.startsWith("AWS4-HMAC-SHA256 ") !== true) {
      response.writeHead(404, { "content-type": "application/json", "x-amzn-errortype": "ResourceNotFoundException" });
      response.end(JSON.stringify({ message: `${request.method} ${url.pathname}` }));
      return;
    }
    const asked = { DurableExecutionArn: arn, CheckpointToken: url.searchParams.get("CheckpointToken") ?? "" };
    if (operation === "checkpoint") this.#bodies.push(body);
    const answer =
      operation === "checkpoint"
        ? await engine.checkpoint({ ...asked, ...v.parse(checkpointSchema, JSON.parse(body)) })
        : await engine.getExecutionState({ ...asked, Marker: url.searchParams.get("Marker") ?? "0" });
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer, wireTime));
  }
}

/** Times are seconds since the epoch in this API. */
function wireTime(key: string, value: unknown): unknown {
  return key.endsWith("Timestamp") && typeof value === "string" ? Date.parse(value) / 1000 : value;
}
