import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { SCOPE } from "../contract.ts";
import {
  type Answer,
  connectionsAnswer,
  described,
  invalidId,
  ok,
  organizationsAnswer,
  refusal,
  send,
} from "./answers.ts";
import { type BucketOptions, type BucketState, DemoBucket } from "./bucket.ts";
import { CLIENT_ID, CLIENT_SECRET, grantAnswer } from "./grant.ts";
import { type DemoOrganization, DemoOrganizations } from "./organizations.ts";
import { DemoTokens } from "./tokens.ts";

export type { BucketOptions } from "./bucket.ts";
export type { DemoOrganization } from "./organizations.ts";

/** The three reads, each with a bucket of its own, and the token endpoint. */
export type DemoRoute = "organizations" | "organization" | "connections" | "token";

/** A request that a fault may befall. */
export interface FaultRequest {
  readonly route: DemoRoute;
  /** The Organization's ID in the path; null where there is none. */
  readonly id: string | null;
  readonly query: URLSearchParams;
  /** Requests so far on all routes, this one included. */
  readonly count: number;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Headers that the usual answer shall have instead of its own; null leaves one out. */
  readonly headers: Map<string, string | null>;
}

/** What a test does to one request instead of answering it: true when it has dealt with it. */
export type Fault = (request: FaultRequest) => boolean;

export interface DemoTenantOptions {
  readonly organizations?: Iterable<DemoOrganization>;
  /** Each route's own bucket. */
  readonly bucket?: BucketOptions;
  /** A limit above the buckets, over all routes; its 429 looks the same. Default: none. */
  readonly globalBucket?: BucketOptions;
  readonly scopes?: readonly string[];
  /** The most connections that a page holds, whatever was asked for. Default: 100. */
  readonly mostPerPage?: number;
  /** Whether lists come with totals when that is asked for. Default: true. */
  readonly withTotals?: boolean;
  /** How the connections of an Organization that is not there are answered. Default: `404`. */
  readonly absentConnections?: "404" | "empty";
  readonly fault?: Fault;
  /** For https; http without. */
  readonly certificate?: { readonly key: string; readonly cert: string };
  /** The tenant's clock: milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface DemoTenant {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** `127.0.0.1:PORT`, or `localhost:PORT` for https. */
  readonly domain: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The token that was issued last. */
  readonly token: string;
  readonly organizations: DemoOrganizations;
  readonly requests: Record<DemoRoute, number>;
  /** Answers with 429. */
  readonly limited: Record<DemoRoute, number>;
  fault: Fault | null;
  /** Another token, of other scopes or another lifetime (default: a day). */
  issueToken(scopes: readonly string[], lifetimeMs?: number): string;
  /** No earlier token is accepted any more. */
  rotateToken(): string;
  /** Takes from the bucket of connections as other traffic would; false when that was refused. */
  takeAsOthers(): boolean;
  changeBucket(bucket: BucketOptions): void;
  close(): Promise<void>;
}

const DEFAULT_BUCKET: BucketOptions = { kind: "drip", limit: 50, perSecond: 100 };
const KEEP_ALIVE_MS = 60_000;

/**
 * A tenant on loopback that speaks the part of the Auth0 Management API that the audit reads: for the demo, and for
 * tests. It is a model of Auth0, written from its documentation.
 */
export async function startDemoTenant(options: DemoTenantOptions = {}): Promise<DemoTenant> {
  const now = options.now ?? Date.now;
  const newBucket = (bucket = options.bucket ?? DEFAULT_BUCKET) => new DemoBucket(bucket, now());
  const buckets = {
    organizations: newBucket(),
    organization: newBucket(),
    connections: newBucket(),
    token: newBucket(),
  } satisfies Record<DemoRoute, DemoBucket>;
  const globalBucket = options.globalBucket === undefined ? null : newBucket(options.globalBucket);
  const organizations = DemoOrganizations.of(options.organizations ?? []);
  const requests: Record<DemoRoute, number> = { organizations: 0, organization: 0, connections: 0, token: 0 };
  const limited: Record<DemoRoute, number> = { organizations: 0, organization: 0, connections: 0, token: 0 };
  const scopes = options.scopes ?? [SCOPE.connections, SCOPE.organizations];
  const listing = { mostPerPage: options.mostPerPage ?? 100, withTotals: options.withTotals ?? true };
  const tokens = new DemoTokens();
  let token = tokens.issue(scopes, now());
  let count = 0;

  const issue = () => {
    token = tokens.issue(scopes, now());
    return token;
  };

  const listener: RequestListener = (request, response) => {
    const url = new URL(request.url ?? "/", "http://demo");
    const asked = routeOf(request.method ?? "", url.pathname);
    if (asked === null) return send(response, refusal(404, "Not Found", "Not Found"));
    const { route, id } = asked;
    requests[route] += 1;
    count += 1;
    const headers = new Map<string, string | null>();
    if (tenant.fault?.({ route, id, query: url.searchParams, count, request, response, headers })) return;
    const state = take(route);
    setHeaders(response, state, headers);
    if (!state.isAllowed) {
      limited[route] += 1;
      return send(response, refusal(429, "Too Many Requests", "Global limit has been reached", "too_many_requests"));
    }
    if (route === "token") {
      grantAnswer(request, { audience: `https://${domain}/api/v2/`, scopes, issue }).then(
        (answer) => send(response, answer),
        () => response.destroy(),
      );
      return;
    }
    send(response, answer(route, id, url.searchParams, request.headers.authorization));
  };

  function take(route: DemoRoute): BucketState {
    const above = globalBucket?.take(now());
    return above?.isAllowed === false ? above : buckets[route].take(now());
  }

  function setHeaders(response: ServerResponse, state: BucketState, changed: Map<string, string | null>): void {
    response.setHeader("Date", new Date(now()).toUTCString());
    response.setHeader("X-RateLimit-Limit", state.limit);
    response.setHeader("X-RateLimit-Remaining", state.remaining);
    response.setHeader("X-RateLimit-Reset", state.resetSeconds);
    response.sendDate = false;
    for (const [name, value] of changed) {
      if (value === null) response.removeHeader(name);
      else response.setHeader(name, value);
    }
  }

  function answer(
    route: Exclude<DemoRoute, "token">,
    id: string | null,
    query: URLSearchParams,
    header: string | undefined,
  ): Answer {
    const authorization = tokens.authorize(header, now());
    if (!authorization.ok)
      return refusal(
        authorization.status,
        authorization.status === 400 ? "Bad Request" : "Unauthorized",
        authorization.message,
      );
    const scope = route === "connections" ? SCOPE.connections : SCOPE.organizations;
    if (!authorization.scopes.includes(scope))
      return refusal(403, "Forbidden", `Insufficient scope, expected any of: ${scope}`, "insufficient_scope");
    if (route === "organizations" || id === null) return organizationsAnswer(organizations, query);
    const invalid = invalidId(id);
    if (invalid !== null) return invalid;
    const organization = organizations.get(id);
    if (organization === undefined && route === "connections" && options.absentConnections === "empty")
      return connectionsAnswer({ connections: [] }, query, listing);
    if (organization === undefined)
      return refusal(404, "Not Found", "No organization found by that id or name", "inexistent_organization");
    return route === "organization" ? ok(described(organization)) : connectionsAnswer(organization, query, listing);
  }

  const { certificate } = options;
  const server = certificate === undefined ? createServer(listener) : createSecureServer(certificate, listener);
  // Thousands of audits reuse their connections; none of them is closed under a request.
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("The demo tenant listens on a port.");
  const domain = `${certificate === undefined ? "127.0.0.1" : "localhost"}:${address.port}`;

  const tenant: DemoTenant = {
    url: `${certificate === undefined ? "http" : "https"}://${domain}`,
    domain,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    get token() {
      return token;
    },
    organizations,
    requests,
    limited,
    fault: options.fault ?? null,
    issueToken: (ofScopes, lifetimeMs) => tokens.issue(ofScopes, now(), lifetimeMs),
    rotateToken: () => {
      tokens.revokeAll();
      return issue();
    },
    takeAsOthers: () => buckets.connections.take(now()).isAllowed,
    changeBucket: (changed) => buckets.connections.change(changed, now()),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return tenant;
}

function routeOf(method: string, path: string): { readonly route: DemoRoute; readonly id: string | null } | null {
  if (path === "/oauth/token") return method === "POST" ? { route: "token", id: null } : null;
  if (method !== "GET") return null;
  if (path === "/api/v2/organizations") return { route: "organizations", id: null };
  const [, id, connections] = /^\/api\/v2\/organizations\/([^/]+)(\/enabled_connections)?$/.exec(path) ?? [];
  if (id === undefined) return null;
  return { route: connections === undefined ? "organization" : "connections", id: decoded(id) };
}

/** A path segment that is no valid encoding stands for itself. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
