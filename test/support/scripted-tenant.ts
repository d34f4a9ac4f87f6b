import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the loopback tenant answers to one request. A string as body is sent as it is; anything else as JSON. */
export interface Scripted {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** What happens to the connection instead of a proper end. */
  readonly breaks?: "reset" | "cut" | "hang" | "hang_in_body";
}

export type Script = (request: {
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly count: number;
}) => Scripted;

export interface ScriptedTenant {
  readonly baseUrl: string;
  /** Paths with queries, in the order in which they came. */
  readonly asked: readonly string[];
  readonly headers: readonly IncomingMessage["headers"][];
  answer(script: Script): void;
  close(): Promise<void>;
}

/** A tenant on loopback that answers as its script says. */
export async function scriptedTenant(): Promise<ScriptedTenant> {
  let script: Script = () => ({ status: 404, body: { statusCode: 404 } });
  const asked: string[] = [];
  const headers: IncomingMessage["headers"][] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    asked.push(path);
    headers.push(request.headers);
    const url = new URL(path, "http://tenant");
    send(response, script({ url, headers: request.headers, count: asked.length }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    asked,
    headers,
    answer: (next) => {
      script = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, { body = {}, breaks, headers = {}, status = 200 }: Scripted): void {
  const bytes = Buffer.isBuffer(body) || typeof body === "string" ? body : JSON.stringify(body);
  switch (breaks) {
    case "reset":
      response.destroy();
      return;
    case "hang":
      return;
    case "cut":
    case "hang_in_body":
      response.writeHead(status, {
        "content-type": "application/json",
        "content-length": String(bytes.length + 10),
        ...headers,
      });
      response.write(bytes);
      if (breaks === "cut") setImmediate(() => response.destroy());
      return;
    default:
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(bytes);
  }
}
