import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Archive } from "./archive.ts";
import { Guard, SECURITY_HEADERS } from "./guard.ts";
import { Responder, type Response, refusal } from "./responder.ts";

/** Reachable from this machine alone. */
const LOOPBACK = "127.0.0.1";
const SECRET_BYTES = 32;

export interface ServedPage {
  readonly port: number;
  /** The address that lets a browser in, any number of times. It is as secret as a password. */
  readonly address: string;
  /** The same, one time only: for the command line of a browser, which others on this machine can read. */
  readonly addressOnce: string;
  close(): Promise<void>;
}

/**
 * Serves the pages on 127.0.0.1. `port` 0 takes any free one. `onDefect` hears of errors that no page explains. Throws the
 * system's error when the port is in use.
 */
export async function servePage(
  archive: Archive,
  { onDefect, port }: { readonly port: number; readonly onDefect: (error: unknown) => void },
): Promise<ServedPage> {
  const [secret, once] = [token(), token()];
  const responder = new Responder(archive, onDefect);
  let guard: Guard | null = null;
  const server = createServer((request, response) => {
    if (guard === null) response.destroy();
    else handle(guard, responder, request, response).catch(onDefect);
  });
  await listening(server, port);
  const bound = portOf(server);
  guard = new Guard(bound, secret, once);
  const addressOf = (entrance: string) => `http://${LOOPBACK}:${bound}/t/${entrance}`;
  return { port: bound, address: addressOf(secret), addressOnce: addressOf(once), close: () => closed(server) };
}

async function handle(guard: Guard, responder: Responder, request: IncomingMessage, response: ServerResponse) {
  const { headers, method = "", url: target = "" } = request;
  const site = headers["sec-fetch-site"];
  const admission = guard.admit({
    method,
    host: headers.host,
    target,
    cookie: headers.cookie,
    site: typeof site === "string" ? site : undefined,
  });
  if (admission.kind === "refused") return send(request, response, refusal(admission, target));
  if (admission.kind === "enter")
    return send(request, response, { status: 303, headers: { location: "/", "set-cookie": guard.cookie }, html: "" });
  const left = new AbortController();
  response.on("close", () => left.abort());
  send(request, response, await responder.respond(admission.url, left.signal));
}

function send({ method }: IncomingMessage, response: ServerResponse, { headers, html, status }: Response): void {
  const body = Buffer.from(html);
  response.writeHead(status, { ...SECURITY_HEADERS, ...headers, "content-length": body.length });
  response.end(method === "HEAD" ? undefined : body);
}

function token(): string {
  return randomBytes(SECRET_BYTES).toString("base64url");
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, LOOPBACK, resolve);
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("The server has no port.");
  return address.port;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
