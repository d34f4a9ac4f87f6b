import type * as v from "valibot";
import { PRODUCT, SCOPE } from "../contract.ts";
import type { Clock } from "../domain/clock.ts";
import { RunFailure } from "../domain/errors.ts";
import type { Domain, OrganizationId } from "../domain/identifiers.ts";
import type { Json } from "../domain/json.ts";
import type { EnabledConnection, Failure, Organization } from "../domain/organization.ts";
import { timestamp } from "../domain/time.ts";
import { connectionsPageSchema, organizationSchema, organizationsPageSchema, parseAnswer } from "./answers.ts";
import { AttemptError, oneLine } from "./attempt.ts";
import { ConnectionPages } from "./connection-pages.ts";
import { logsPageSchema } from "./log-answers.ts";
import type { LogQuery, LogsReading, ManagementApi, OrganizationsPage, Reading } from "./port.ts";
import { CircuitBreaker } from "./rate-limit/circuit-breaker.ts";
import { Gate } from "./rate-limit/gate.ts";
import { Pacer } from "./rate-limit/pacer.ts";
import { type Answer, type Bucket, Requester } from "./request.ts";
import type { TokenSource } from "./token/port.ts";

/** The most that the API gives on one page. */
const PAGE_ORGANIZATIONS = 100;
/** A bare list of this many may be cut off: it is Auth0's default page. */
const DEFAULT_PAGE_ORGANIZATIONS = 50;
/** Reads of enabled connections side by side: sockets are a resource, too. */
const MOST_CONCURRENCY = 256;
/** For how long a page of the logs is retried: a bucket of so many a minute is full again by then. */
const LOGS_RETRY_MS = 60_000;
/** How often a list is read that shifts while it is read. */
const SHIFTED_LIST_READS = 3;

export interface ManagementApiOptions {
  readonly domain: Domain;
  /** Where the API is, without a slash at the end. Default: `https://DOMAIN`. */
  readonly baseUrl?: string;
  readonly tokenSource: TokenSource;
  readonly clock: Clock;
  /** The product's version, for the `User-Agent`. */
  readonly version: string;
  /** The share of the rate limit that belongs to others, 0 to 0.9. Default: 0.25. */
  readonly reserve?: number;
  /** For jitter: 0 to 1. Default: `Math.random`. */
  readonly random?: () => number;
  /** How long a read is retried, and 429s are waited out, before it fails. Default: 5 minutes. */
  readonly rateLimitBudgetMs?: number;
  /** The first backoff from passing trouble; each is twice the one before. Default: 250 to 500 ms, by chance. */
  readonly firstBackoffMs?: number;
  /** For one request, its body included. Default: 15 seconds. */
  readonly requestTimeoutMs?: number;
  /** Ends everything at once: what is under way rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** How HTTP is done. Default: the built-in `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * The Auth0 Management API over `fetch`: https://auth0.com/docs/api/management/v2/organizations. Requests wait until
 * their bucket's pacer lets them go.
 *
 * A token without `read:organizations` is no reason to end a run with a given list: `organization` then answers a
 * failure (`forbidden`), and `logs` answers `not_granted`. The other two methods throw `RunFailure` (`insufficient_scope`)
 * that names the scope.
 */
export function managementApi(options: ManagementApiOptions): ManagementApi {
  const { clock, domain, random = Math.random, rateLimitBudgetMs = 300_000, reserve = 0.25 } = options;
  const breaker = new CircuitBreaker(rateLimitBudgetMs, random);
  const gate = new Gate(clock, breaker);
  const requester = new Requester(
    {
      baseUrl: options.baseUrl ?? `https://${domain}`,
      tokenSource: options.tokenSource,
      clock,
      userAgent: `${PRODUCT}/${options.version}`,
      fetch: options.fetch ?? globalThis.fetch,
      requestTimeoutMs: options.requestTimeoutMs ?? 15_000,
      firstBackoffMs: options.firstBackoffMs ?? 250,
      retryBudgetMs: rateLimitBudgetMs,
      signal: options.signal ?? new AbortController().signal,
    },
    gate,
    breaker,
  );
  const bucket = (spareMs: number | null = null): Bucket => ({
    pacer: new Pacer(reserve),
    limit: null,
    lowestRemaining: null,
    spareMs,
  });
  // Each of the four reads has a bucket of its own.
  const buckets = {
    connections: bucket(),
    organizations: bucket(),
    organization: bucket(),
    logs: bucket(LOGS_RETRY_MS),
  };
  const { pacer } = buckets.connections;
  const now = () => timestamp(clock.now());

  return {
    domain,
    // Twice as many as are under way: enough to keep up with the pacer, few enough to end soon.
    concurrency: () => Math.min(MOST_CONCURRENCY, 2 * pacer.underWay + 2) + requester.backingOff,
    pauseMs: () => {
      const waitMs = gate.waitMs(pacer);
      return pacer.underWay > 0 || waitMs === Number.POSITIVE_INFINITY ? 0 : waitMs;
    },
    estimateMs: (reads) => pacer.estimateMs(reads),
    usage: () => {
      const { limit, lowestRemaining } = buckets.connections;
      return { ...requester.counters, limit, lowestRemaining };
    },

    async organizations(from): Promise<OrganizationsPage> {
      const query = new URLSearchParams({ take: String(PAGE_ORGANIZATIONS), ...(from === null ? {} : { from }) });
      const path = `/api/v2/organizations?${query}`;
      const answer = await requester.get(path, buckets.organizations, parsed(organizationsPageSchema));
      if (!answer.ok) throw endingFailure(answer, SCOPE.organizations) ?? unreadable(answer.failure.message);
      const { next, organizations, rest } = answer.value;
      const isCut = next === null && (rest === null ? organizations.length >= DEFAULT_PAGE_ORGANIZATIONS : rest > 0);
      if (isCut) throw unreadable("$.next: the list is cut off, and nothing tells how it goes on.");
      if (next !== null && next === from) throw unreadable("$.next: the list goes on where it began.");
      return { organizations, next };
    },

    async organization(id): Promise<Reading<Organization | null>> {
      const path = organizationPath(id);
      if (path === null) return unaskable(id, now());
      const answer = await requester.get(path, buckets.organization, (json) => {
        const organization = parsed(organizationSchema)(json);
        if (organization.organizationId !== id) throw malformed("$.id: it is another Organization.");
        return organization;
      });
      if (answer.ok) return { ok: true, value: answer.value, at: now() };
      if (answer.failure.code === "organization_not_found") return { ok: true, value: null, at: now() };
      return { ok: false, failure: answer.failure, at: now() };
    },

    async enabledConnections(id): Promise<Reading<readonly EnabledConnection[]>> {
      const path = organizationPath(id);
      if (path === null) return unaskable(id, now());
      let attempts = 0;
      let problem = "";
      for (let read = 1; read <= SHIFTED_LIST_READS; read += 1) {
        const pages = new ConnectionPages();
        for (let isShifted = false; !isShifted; ) {
          const answer = await requester.get(
            `${path}/enabled_connections?${pages.query}`,
            buckets.connections,
            parsed(connectionsPageSchema),
          );
          if (!answer.ok) {
            const { failure } = answer;
            const ending = endingFailure(answer, SCOPE.connections);
            if (ending === null)
              return { ok: false, failure: { ...failure, attempts: attempts + failure.attempts }, at: now() };
            requester.end(ending);
            throw ending;
          }
          attempts += answer.attempts;
          const progress = pages.add(answer.value);
          if (progress.kind === "whole") return { ok: true, value: progress.connections, at: now() };
          if (progress.kind === "shifted") {
            isShifted = true;
            problem = progress.problem;
          }
        }
      }
      const failure: Failure = { code: "malformed_response", httpStatus: 200, message: problem, attempts };
      return { ok: false, failure, at: now() };
    },

    async logs(query): Promise<LogsReading> {
      try {
        // A request that is known to be refused is not made.
        if ((await requester.scopes())?.includes(SCOPE.logs) === false) return { kind: "not_granted" };
        const answer = await requester.get(logsPath(query), buckets.logs, parsed(logsPageSchema));
        if (answer.ok) return { kind: "page", page: answer.value };
        if (answer.errorCode === "insufficient_scope") return { kind: "not_granted" };
        return { kind: "failed", failure: answer.failure };
      } catch (error) {
        if (!(error instanceof RunFailure)) throw error;
        // The reads that the run needs fail by it; the logs do not.
        const failure: Failure = { code: "forbidden", httpStatus: null, message: error.message, attempts: 1 };
        return { kind: "failed", failure };
      }
    },
  };
}

/** https://auth0.com/docs/deploy-monitor/logs/log-search-query-syntax */
function logsPath({ from, page, perPage, types, until }: LogQuery): string {
  const dates = `date:[${from} TO ${until}]`;
  const query = new URLSearchParams({
    q: types === null ? dates : `type:(${types.join(" OR ")}) AND ${dates}`,
    sort: "date:1",
    page: String(page),
    per_page: String(perPage),
    include_totals: "true",
  });
  return `/api/v2/logs?${query}`;
}

function parsed<Schema extends v.GenericSchema>(schema: Schema): (json: Json) => v.InferOutput<Schema> {
  return (json) => {
    const result = parseAnswer(schema, json);
    if (result.ok) return result.value;
    throw malformed(`${result.path}: ${result.message}.`);
  };
}

function malformed(problem: string): AttemptError {
  return new AttemptError("malformed_response", "retry_once", oneLine(problem), 200);
}

/** An ID from the tenant is hostile: a path segment of dots would lead elsewhere, and no encoding hides it. */
function organizationPath(id: OrganizationId): string | null {
  if (id === "." || id === ".." || !id.isWellFormed()) return null;
  return `/api/v2/organizations/${encodeURIComponent(id)}`;
}

function unaskable(id: OrganizationId, at: Reading<never>["at"]): Reading<never> {
  const message = `${JSON.stringify(id)} is no Organization's ID; it was not asked for.`;
  return { ok: false, failure: { code: "invalid_request", httpStatus: null, message, attempts: 1 }, at };
}

/** What ends the whole run; null for a failure of one read. */
function endingFailure({ errorCode }: Extract<Answer<never>, { ok: false }>, scope: string): RunFailure | null {
  if (errorCode !== "insufficient_scope") return null;
  return new RunFailure(
    "insufficient_scope",
    `The Management API token lacks the scope ${scope}: grant it to the token's application, then get a new token.`,
  );
}

function unreadable(because: string): RunFailure {
  return new RunFailure("organizations_unreadable", `The tenant's list of Organizations could not be read: ${because}`);
}
