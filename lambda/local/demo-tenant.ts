import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { SCOPE } from "../contract.ts";
import type { JsonObject } from "../core/model.ts";
import { type BucketOptions, DemoBucket } from "./demo-bucket.ts";

/** An Organization of the demo tenant. */
export interface DemoOrganization {
  id: string;
  name: string;
  displayName: string;
  /** Its enabled connections as the API answers them. */
  connections: JsonObject[];
}

/** The three reads, each with a bucket of its own, and the token endpoint. */
export type DemoRoute = "organizations" | "organization" | "connections" | "token";

/** What a test does to one request instead of answering it: true when it has dealt with it. */
export type Fault = (request: {
  readonly route: DemoRoute;
  readonly id: string | null;
  /** Requests so far on all routes, this one included. */
  readonly count: number;
  readonly response: ServerResponse;
}) => boolean;

export interface DemoTenantOptions {
  readonly organizations?: Iterable<DemoOrganization>;
  readonly bucket?: BucketOptions;
  readonly scopes?: readonly string[];
  /** The most connections that a page holds, whatever was asked for. */
  readonly mostPerPage?: number;
  /** Whether lists come with totals when that is asked for. */
  readonly withTotals?: boolean;
  readonly fault?: Fault;
  /** For https; http without. */
  readonly certificate?: { readonly key: string; readonly cert: string };
  readonly now?: () => number;
}

export interface DemoTenant {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** `127.0.0.1:PORT`, or `localhost:PORT` for https. */
  readonly domain: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The token that is accepted now. */
  readonly token: string;
  readonly organizations: Map<string, DemoOrganization>;
  readonly requests: Record<DemoRoute, number>;
  /** Answers with 429. */
  readonly limited: Record<DemoRoute, number>;
  fault: Fault | null;
  /** No earlier token is accepted any more. */
  rotateToken(): string;
  /** Takes from the bucket of connections as other traffic would; false when that was refused. */
  takeAsOthers(): boolean;
  changeBucket(bucket: BucketOptions): void;
  close(): Promise<void>;
}

const DEFAULT_BUCKET: BucketOptions = { kind: "drip", limit: 50, perSecond: 100 };
/** Offset paging reaches no further (Auth0 documentation, "Get organizations"). */
const OFFSET_PAGING_REACH = 1000;

/**
 * A tenant on loopback that speaks the part of the Auth0 Management API that the audit reads: for the demo, and for
 * tests. It is a model of Auth0, written from its documentation.
 */
export async function startDemoTenant(options: DemoTenantOptions = {}): Promise<DemoTenant> {
  const now = options.now ?? Date.now;
  const bucket = options.bucket ?? DEFAULT_BUCKET;
  const buckets = {
    organizations: new DemoBucket(bucket, now()),
    organization: new DemoBucket(bucket, now()),
    connections: new DemoBucket(bucket, now()),
    token: new DemoBucket(bucket, now()),
  } satisfies Record<DemoRoute, DemoBucket>;
  const organizations = new Map([...(options.organizations ?? [])].map((one) => [one.id, one]));
  const requests: Record<DemoRoute, number> = { organizations: 0, organization: 0, connections: 0, token: 0 };
  const limited: Record<DemoRoute, number> = { organizations: 0, organization: 0, connections: 0, token: 0 };
  const scopes = options.scopes ?? [SCOPE.connections, SCOPE.organizations];
  let tokens = 1;
  let count = 0;
  let fault = options.fault ?? null;
  const currentToken = () => demoToken(scopes, tokens);

  const listener: RequestListener = (request, response) => {
    const url = new URL(request.url ?? "/", "http://demo");
    const { route, id } = routeOf(url.pathname);
    if (route === null) return error(response, 404, "Not Found", "Not Found");
    requests[route] += 1;
    count += 1;
    if (fault?.({ route, id, count, response })) return;
    const state = buckets[route].take(now());
    response.setHeader("Date", new Date(now()).toUTCString());
    response.setHeader("X-RateLimit-Limit", state.limit);
    response.setHeader("X-RateLimit-Remaining", state.remaining);
    response.setHeader("X-RateLimit-Reset", state.resetSeconds);
    if (!state.isAllowed) {
      limited[route] += 1;
      return error(response, 429, "Too Many Requests", "Global limit has been reached", "too_many_requests");
    }
    if (route === "token") return void grant(request, response);
    if (request.headers.authorization !== `Bearer ${currentToken()}`)
      return error(response, 401, "Unauthorized", "Invalid token.");
    const scope = route === "connections" ? SCOPE.connections : SCOPE.organizations;
    if (!scopes.includes(scope))
      return error(response, 403, "Forbidden", `Insufficient scope, expected any of: ${scope}`, "insufficient_scope");
    if (route === "organizations") return listOrganizations(url.searchParams, response);
    const organization = organizations.get(id ?? "");
    if (organization === undefined)
      return error(response, 404, "Not Found", "No organization found by that id or name");
    if (route === "organization") return json(response, 200, described(organization));
    return listConnections(organization, url.searchParams, response);
  };

  async function grant(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await Array.fromAsync(request)).toString();
    const asked = body.includes(CLIENT_ID) && body.includes(CLIENT_SECRET) && body.includes("client_credentials");
    if (!asked) return error(response, 401, "access_denied", "Unauthorized");
    json(response, 200, {
      access_token: currentToken(),
      scope: scopes.join(" "),
      expires_in: 86_400,
      token_type: "Bearer",
    });
  }

  function listOrganizations(query: URLSearchParams, response: ServerResponse): void {
    const all = [...organizations.values()];
    const take = query.get("take");
    if (take !== null || query.has("from")) {
      const start = Number(Buffer.from(query.get("from") ?? "", "base64url").toString() || 0);
      const end = start + Math.min(100, Number(take ?? 50));
      const next = end < all.length ? { next: Buffer.from(String(end)).toString("base64url") } : {};
      return json(response, 200, { organizations: all.slice(start, end).map(described), ...next });
    }
    const perPage = Math.min(100, Number(query.get("per_page") ?? 50));
    const start = Number(query.get("page") ?? 0) * perPage;
    if (start + perPage > OFFSET_PAGING_REACH)
      return error(response, 400, "Bad Request", "You can only page through the first 1000 records.");
    const page = all.slice(start, start + perPage).map(described);
    json(
      response,
      200,
      query.get("include_totals") === "true" ? { start, limit: perPage, total: all.length, organizations: page } : page,
    );
  }

  function listConnections({ connections }: DemoOrganization, query: URLSearchParams, response: ServerResponse): void {
    const limit = Math.min(options.mostPerPage ?? 100, Number(query.get("per_page") ?? 50));
    const start = Number(query.get("page") ?? 0) * limit;
    const page = connections.slice(start, start + limit);
    const withTotals = (options.withTotals ?? true) && query.get("include_totals") === "true";
    json(response, 200, withTotals ? { start, limit, total: connections.length, enabled_connections: page } : page);
  }

  const server =
    options.certificate === undefined ? createServer(listener) : createSecureServer(options.certificate, listener);
  // Thousands of audits reuse their connections; none of them is closed under a request.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const isSecure = options.certificate !== undefined;
  const domain = `${isSecure ? "localhost" : "127.0.0.1"}:${port}`;

  return {
    url: `${isSecure ? "https" : "http"}://${domain}`,
    domain,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    get token() {
      return currentToken();
    },
    organizations,
    requests,
    limited,
    get fault() {
      return fault;
    },
    set fault(other) {
      fault = other;
    },
    rotateToken() {
      tokens += 1;
      return currentToken();
    },
    takeAsOthers: () => buckets.connections.take(now()).isAllowed,
    changeBucket: (changed) => buckets.connections.change(changed, now()),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const CLIENT_ID = "demo-client-id";
const CLIENT_SECRET = "demo-client-secret-that-nobody-may-see";

/** Shaped like the JWT that Auth0 gives, unsigned: it opens nothing but the demo. */
function demoToken(scopes: readonly string[], number: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const exp = Date.UTC(2099, 0, 1) / 1000;
  return `${part({ alg: "none", typ: "JWT" })}.${part({ scope: scopes.join(" "), exp, jti: number })}.demo`;
}

function routeOf(path: string): { readonly route: DemoRoute | null; readonly id: string | null } {
  if (path === "/oauth/token") return { route: "token", id: null };
  if (path === "/api/v2/organizations") return { route: "organizations", id: null };
  const [, id, connections] = /^\/api\/v2\/organizations\/([^/]+)(\/enabled_connections)?$/.exec(path) ?? [];
  if (id === undefined) return { route: null, id: null };
  return { route: connections === undefined ? "organization" : "connections", id: decodeURIComponent(id) };
}

function described({ id, name, displayName }: DemoOrganization): JsonObject {
  return { id, name, display_name: displayName };
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json; charset=utf-8" });
  response.end(JSON.stringify(body));
}

function error(response: ServerResponse, statusCode: number, title: string, message: string, errorCode?: string): void {
  json(response, statusCode, { statusCode, error: title, message, ...(errorCode === undefined ? {} : { errorCode }) });
}
