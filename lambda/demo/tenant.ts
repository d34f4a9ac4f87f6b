import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
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
import { DemoEvents, type DemoEventsOptions } from "./events.ts";
import { CLIENT_ID, CLIENT_SECRET, grantAnswer } from "./grant.ts";
import { type DemoActor, DemoLogs } from "./logs.ts";
import { DemoOperator } from "./operator.ts";
import { type DemoOrganization, DemoOrganizations } from "./organizations.ts";
import { DemoTokens } from "./tokens.ts";

export type { BucketOptions } from "./bucket.ts";
export type { DemoActor, DemoRequest } from "./logs.ts";
export type { DemoOrganization } from "./organizations.ts";

/** The reads, each with a bucket of its own, and the token endpoint. */
export type DemoRoute = "organizations" | "organization" | "connections" | "logs" | "events" | "token";

/** A request, for a fault to decide on. */
export interface FaultRequest {
  readonly route: DemoRoute;
  /** The Organization's ID in the path; null for a path without one. */
  readonly id: string | null;
  readonly query: URLSearchParams;
  /** Requests so far on all routes, this one included. */
  readonly count: number;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Headers to replace in the usual answer; null removes one. */
  readonly headers: Map<string, string | null>;
}

/** Replaces the answer to a request: true when it has answered the request itself. */
export type Fault = (request: FaultRequest) => boolean;

export interface DemoTenantOptions {
  readonly organizations?: Iterable<DemoOrganization>;
  /** Each route's own bucket. */
  readonly bucket?: BucketOptions;
  /** Another limit for all routes together; its 429 looks the same. Default: none. */
  readonly globalBucket?: BucketOptions;
  readonly scopes?: readonly string[];
  /** The most connections on a page, even when more are requested. Default: 100. */
  readonly mostPerPage?: number;
  /** Whether lists have totals when they are requested. Default: true. */
  readonly withTotals?: boolean;
  /** The answer for the connections of an Organization that does not exist. Default: `404`. */
  readonly absentConnections?: "404" | "empty";
  /** How long the tenant's logs can be read. Default: for ever. */
  readonly logRetentionMs?: number;
  /** With these options, changes of `organizations` are events. Default: only `events.emit` makes events. */
  readonly events?: DemoEventsOptions;
  readonly fault?: Fault;
  /** For https. Default: http. */
  readonly certificate?: { readonly key: string; readonly cert: string };
  /** The tenant's clock: milliseconds since the epoch. */
  readonly now?: () => number;
}

const DEFAULT_BUCKET: BucketOptions = { kind: "drip", limit: 50, perSecond: 100 };
const KEEP_ALIVE_MS = 60_000;
/** The scope that each read needs. */
const SCOPES = {
  organizations: SCOPE.organizations,
  organization: SCOPE.organizations,
  connections: SCOPE.connections,
  logs: SCOPE.logs,
  events: SCOPE.events,
} as const;

/**
 * A tenant on loopback with the part of the Auth0 Management API that the audit reads, for the demo and for tests. It is a
 * model of Auth0, written from its documentation.
 */
export class DemoTenant {
  readonly clientId = CLIENT_ID;
  readonly clientSecret = CLIENT_SECRET;
  readonly organizations: DemoOrganizations;
  readonly logs: DemoLogs;
  readonly events: DemoEvents;
  readonly requests = perRoute(() => 0);
  /** Answers with 429. */
  readonly limited = perRoute(() => 0);
  fault: Fault | null;
  readonly #options: DemoTenantOptions;
  readonly #scopes: readonly string[];
  readonly #buckets: Record<DemoRoute, DemoBucket>;
  readonly #globalBucket: DemoBucket | null;
  readonly #tokens = new DemoTokens();
  readonly #server: Server;
  #token: string;
  #count = 0;
  #port = 0;

  constructor(options: DemoTenantOptions) {
    this.#options = options;
    this.#scopes = options.scopes ?? [SCOPE.connections, SCOPE.organizations];
    this.#buckets = perRoute(() => new DemoBucket(options.bucket ?? DEFAULT_BUCKET, this.#now()));
    this.#globalBucket = options.globalBucket === undefined ? null : new DemoBucket(options.globalBucket, this.#now());
    this.organizations = DemoOrganizations.of(options.organizations ?? []);
    const { logRetentionMs: retentionMs } = options;
    this.logs = new DemoLogs({ now: () => this.#now(), ...(retentionMs === undefined ? {} : { retentionMs }) });
    this.events = new DemoEvents(options.events ?? {}, () => this.#now());
    if (options.events !== undefined) this.organizations.onChange = (type, object) => this.events.emit(type, object);
    this.fault = options.fault ?? null;
    this.#token = this.#renewToken();
    const listener: RequestListener = (request, response) => this.#handle(request, response);
    const { certificate } = options;
    this.#server = certificate === undefined ? createServer(listener) : createSecureServer(certificate, listener);
    // Clients reuse their connections: none must be closed while a request is sent.
    this.#server.keepAliveTimeout = KEEP_ALIVE_MS;
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  /** `127.0.0.1:PORT`, or `localhost:PORT` for https. */
  get domain(): string {
    return `${this.#options.certificate === undefined ? "127.0.0.1" : "localhost"}:${this.#port}`;
  }

  get url(): string {
    return `${this.#options.certificate === undefined ? "http" : "https"}://${this.domain}`;
  }

  /** The last token that was issued with the tenant's scopes. */
  get token(): string {
    return this.#token;
  }

  /** Issues another token, with other scopes or another lifetime (default: a day). */
  issueToken(scopes: readonly string[], lifetimeMs?: number): string {
    return this.#tokens.issue(scopes, this.#now(), lifetimeMs);
  }

  /** Revokes all tokens and issues a new one. */
  rotateToken(): string {
    this.#tokens.revokeAll();
    return this.#renewToken();
  }

  #renewToken(): string {
    this.#token = this.issueToken(this.#scopes);
    this.logs.add({ type: "seccft", client_id: CLIENT_ID, client_name: "Organization Auditor", ip: "127.0.0.1" });
    return this.#token;
  }

  /** Someone whose changes of the Organizations are recorded in the logs. */
  operator(actor: DemoActor): DemoOperator {
    return new DemoOperator(this.organizations, this.logs, actor);
  }

  /** Takes a request from the bucket of connections, as other traffic does; false when it is refused. */
  takeAsOthers(): boolean {
    return this.#buckets.connections.take(this.#now()).isAllowed;
  }

  changeBucket(bucket: BucketOptions): void {
    this.#buckets.connections.change(bucket, this.#now());
  }

  async listen(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new TypeError("The demo tenant has no port.");
    this.#port = address.port;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams: query } = new URL(request.url ?? "/", "http://demo");
    const asked = routeOf(request.method ?? "", pathname);
    if (asked === null) return send(response, refusal(404, "Not Found", "Not Found"));
    const { route, id } = asked;
    this.requests[route] += 1;
    this.#count += 1;
    const headers = new Map<string, string | null>();
    if (this.fault?.({ route, id, query, count: this.#count, request, response, headers })) return;
    const state = this.#take(route);
    this.#setHeaders(response, state, headers);
    if (!state.isAllowed) {
      this.limited[route] += 1;
      return send(response, refusal(429, "Too Many Requests", "Global limit has been reached", "too_many_requests"));
    }
    if (route !== "token") {
      const answer =
        this.#refuse(route, request.headers.authorization) ?? this.#answer(route, id, query, request, response);
      return answer === null ? undefined : send(response, answer);
    }
    const grant = { audience: `https://${this.domain}/api/v2/`, scopes: this.#scopes, issue: () => this.#renewToken() };
    grantAnswer(request, grant).then(
      (answer) => send(response, answer),
      () => response.destroy(),
    );
  }

  #take(route: DemoRoute): BucketState {
    const above = this.#globalBucket?.take(this.#now());
    return above?.isAllowed === false ? above : this.#buckets[route].take(this.#now());
  }

  #setHeaders(response: ServerResponse, state: BucketState, changed: Map<string, string | null>): void {
    response.setHeader("Date", new Date(this.#now()).toUTCString());
    response.setHeader("X-RateLimit-Limit", state.limit);
    response.setHeader("X-RateLimit-Remaining", state.remaining);
    response.setHeader("X-RateLimit-Reset", state.resetSeconds);
    response.sendDate = false;
    for (const [name, value] of changed) {
      if (value === null) response.removeHeader(name);
      else response.setHeader(name, value);
    }
  }

  #refuse(route: Exclude<DemoRoute, "token">, header?: string): Answer | null {
    const authorization = this.#tokens.authorize(header, this.#now());
    if (!authorization.ok) {
      const { message, status } = authorization;
      return refusal(status, status === 400 ? "Bad Request" : "Unauthorized", message);
    }
    const scope = SCOPES[route];
    if (authorization.scopes.includes(scope)) return null;
    return refusal(403, "Forbidden", `Insufficient scope, expected any of: ${scope}`, "insufficient_scope");
  }

  /** Null when the answer is a stream. */
  #answer(
    route: Exclude<DemoRoute, "token">,
    id: string | null,
    query: URLSearchParams,
    { headers }: IncomingMessage,
    response: ServerResponse,
  ): Answer | null {
    if (route === "logs") return this.logs.answer(query);
    if (route === "events") {
      const lastEventId = headers["last-event-id"];
      return this.events.open(query, typeof lastEventId === "string" ? lastEventId : undefined, response);
    }
    if (route === "organizations" || id === null) return organizationsAnswer(this.organizations, query);
    const invalid = invalidId(id);
    if (invalid !== null) return invalid;
    const { absentConnections, mostPerPage = 100, withTotals = true } = this.#options;
    const isEmptyWhenAbsent = route === "connections" && absentConnections === "empty";
    const organization = this.organizations.get(id);
    if (organization === undefined && !isEmptyWhenAbsent)
      return refusal(404, "Not Found", "No organization found by that id or name", "inexistent_organization");
    if (organization !== undefined && route === "organization") return ok(described(organization));
    return connectionsAnswer(organization?.connections ?? [], query, { mostPerPage, withTotals });
  }
}

export async function startDemoTenant(options: DemoTenantOptions = {}): Promise<DemoTenant> {
  const tenant = new DemoTenant(options);
  await tenant.listen();
  return tenant;
}

function perRoute<Value>(make: () => Value): Record<DemoRoute, Value> {
  return {
    organizations: make(),
    organization: make(),
    connections: make(),
    logs: make(),
    events: make(),
    token: make(),
  };
}

function routeOf(method: string, path: string): { readonly route: DemoRoute; readonly id: string | null } | null {
  if (path === "/oauth/token") return method === "POST" ? { route: "token", id: null } : null;
  if (method !== "GET") return null;
  if (path === "/api/v2/logs") return { route: "logs", id: null };
  if (path === "/api/v2/events") return { route: "events", id: null };
  if (path === "/api/v2/organizations") return { route: "organizations", id: null };
  const [, id, connections] = /^\/api\/v2\/organizations\/([^/]+)(\/enabled_connections)?$/.exec(path) ?? [];
  if (id === undefined) return null;
  return { route: connections === undefined ? "organization" : "connections", id: decoded(id) };
}

/** Returns a path segment unchanged when its encoding is not valid. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
