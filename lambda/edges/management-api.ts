import { PRODUCT, SCOPE } from "../contract.ts";
import {
  type ConnectionsPage,
  connectionsPageSchema,
  organizationSchema,
  organizationsPageSchema,
  type Parsed,
  parseAnswer,
} from "../core/auth0-wire.ts";
import { RunFailure } from "../core/errors.ts";
import type { Domain, EnabledConnection, Failure, Json, Organization, OrganizationId } from "../core/model.ts";
import { compareText } from "../core/order.ts";
import { Pacer } from "../core/pace.ts";
import { RateLimitPause } from "../core/rate-limit-pause.ts";
import { timestamp } from "../core/time.ts";
import type { Clock, ManagementApi, OrganizationsPage, Reading, TokenSource } from "../ports.ts";
import { RequestGate } from "./management-api-gate.ts";
import { type Answered, ManagementApiRequester } from "./management-api-request.ts";

/** The most that the API gives on one page; a tenant may give less. */
const PAGE_CONNECTIONS = 100;
const PAGE_ORGANIZATIONS = 100;
/** The smallest page that a full answer without totals can be: Auth0's own default. */
const LEAST_FULL_PAGE = 50;
/** How often a list that shifts while it is read is read again. */
const SHIFTED_LIST_ATTEMPTS = 3;

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
  /** How long 429s are waited out before a read is given up. Default: 5 minutes. */
  readonly rateLimitBudgetMs?: number;
  /** For one attempt, its body included. Default: 15 seconds. */
  readonly requestTimeoutMs?: number;
  /** Ends everything at once. */
  readonly signal?: AbortSignal;
}

/** The Auth0 Management API over `fetch`: https://auth0.com/docs/api/management/v2/organizations. */
export function managementApi(options: ManagementApiOptions): ManagementApi {
  const { clock, domain, reserve = 0.25 } = options;
  // Each of the three reads has a bucket of its own.
  const random = options.random ?? Math.random;
  const rateLimitBudgetMs = options.rateLimitBudgetMs ?? 300_000;
  const pause = new RateLimitPause(rateLimitBudgetMs);
  const gate = () => new RequestGate(new Pacer(reserve), { clock, random, pause });
  const gates = { connections: gate(), organizations: gate(), organization: gate() };
  const requester = new ManagementApiRequester(
    {
      baseUrl: options.baseUrl ?? `https://${domain}`,
      tokenSource: options.tokenSource,
      clock,
      random,
      userAgent: `${PRODUCT}/${options.version}`,
      requestTimeoutMs: options.requestTimeoutMs ?? 15_000,
      rateLimitBudgetMs,
      signal: options.signal ?? new AbortController().signal,
    },
    Object.values(gates),
    pause,
  );
  const now = () => timestamp(clock.now());
  const pacer = gates.connections.pacer;

  return {
    domain,
    concurrency: () => pacer.concurrency + requester.backingOff + 1,
    pauseMs: () => gates.connections.pauseMs(),
    usage: () => ({ ...requester.counters, limit: pacer.limit, lowestRemaining: pacer.lowestRemaining }),

    async organizations(from): Promise<OrganizationsPage> {
      const query = new URLSearchParams({ take: String(PAGE_ORGANIZATIONS), ...(from === null ? {} : { from }) });
      const { answer, parsed } = await read(`/api/v2/organizations?${query}`, gates.organizations, (json) =>
        parseAnswer(organizationsPageSchema, json),
      );
      if (parsed !== null) return parsed;
      requireScope(answer, SCOPE.organizations);
      throw new RunFailure(
        "organizations_unreadable",
        `The tenant's list of Organizations could not be read: ${answer.failure.message}`,
      );
    },

    async organization(id): Promise<Reading<Organization | null>> {
      const { answer, parsed } = await read(organizationPath(id), gates.organization, (json) =>
        parseAnswer(organizationSchema, json),
      );
      if (parsed !== null) return { ok: true, value: parsed, at: now() };
      const { failure } = answer;
      if (failure.code === "organization_not_found") return { ok: true, value: null, at: now() };
      return { ok: false, failure, at: now() };
    },

    async enabledConnections(id): Promise<Reading<readonly EnabledConnection[]>> {
      let attempts = 0;
      let shifted = "";
      for (let attempt = 1; attempt <= SHIFTED_LIST_ATTEMPTS; attempt += 1) {
        const list = await readConnections(id);
        attempts += list.attempts;
        if (list.kind === "whole") return { ok: true, value: sorted(list.connections), at: list.at };
        if (list.kind === "failed")
          return { ok: false, failure: { ...list.failure, attempts: Math.max(attempts, 1) }, at: now() };
        shifted = list.problem;
      }
      return { ok: false, failure: malformed(shifted, attempts), at: now() };
    },
  };

  async function read<Value>(
    path: string,
    through: RequestGate,
    parse: (json: Json) => Parsed<Value>,
  ): Promise<
    | { readonly answer: Extract<Answered, { ok: true }>; readonly parsed: Value }
    | { readonly answer: Extract<Answered, { ok: false }>; readonly parsed: null }
  > {
    let value: Value | undefined;
    const answer = await requester.get(path, through, (json) => {
      const parsed = parse(json);
      if (!parsed.ok) return `${parsed.path}: ${parsed.message}.`;
      value = parsed.value;
      return null;
    });
    if (!answer.ok) return { answer, parsed: null };
    if (value === undefined) throw new TypeError("An answer that was checked has a value.");
    return { answer, parsed: value };
  }

  type ConnectionList =
    | {
        readonly kind: "whole";
        readonly connections: readonly EnabledConnection[];
        readonly at: ReturnType<typeof now>;
        readonly attempts: number;
      }
    | { readonly kind: "failed"; readonly failure: Failure; readonly attempts: number }
    | { readonly kind: "shifted"; readonly problem: string; readonly attempts: number };

  /** All pages of an Organization's connections; `shifted` when they do not add up to one list. */
  async function readConnections(id: OrganizationId): Promise<ConnectionList> {
    const found = new Map<string, EnabledConnection>();
    let attempts = 0;
    let perPage = PAGE_CONNECTIONS;
    let total: number | null = null;
    for (let page = 0; ; page += 1) {
      const query = new URLSearchParams({
        page: String(page),
        per_page: String(perPage),
        include_totals: "true",
      });
      const { answer, parsed } = await read(
        `${organizationPath(id)}/enabled_connections?${query}`,
        gates.connections,
        (json) => parseAnswer(connectionsPageSchema, json),
      );
      if (parsed === null) {
        requireScope(answer, SCOPE.connections);
        return { kind: "failed", failure: answer.failure, attempts: attempts + answer.failure.attempts };
      }
      attempts += answer.attempts;
      const before = found.size;
      for (const connection of parsed.enabledConnections) found.set(connection.connectionId, connection);
      const next = whatNext(parsed, { page, before, after: found.size, total });
      if (next.kind === "shifted") return { kind: "shifted", problem: next.problem, attempts };
      if (next.kind === "whole") return { kind: "whole", connections: [...found.values()], at: now(), attempts };
      perPage = next.perPage;
      total = next.total;
    }
  }
}

type Next =
  | { readonly kind: "whole" }
  | { readonly kind: "page"; readonly perPage: number; readonly total: number | null }
  | { readonly kind: "shifted"; readonly problem: string };

/** What a page says of the rest: the answer's own limit and total are believed, never the number that was asked for. */
function whatNext(
  { enabledConnections, position }: ConnectionsPage,
  {
    page,
    before,
    after,
    total,
  }: { readonly page: number; readonly before: number; readonly after: number; readonly total: number | null },
): Next {
  const rows = enabledConnections.length;
  if (position === null) {
    // A bare list says nothing of its length; a page that is not full, or brings nothing new, ends it.
    const isLast = rows < LEAST_FULL_PAGE || after === before;
    if (page === 0 && after < rows) return { kind: "shifted", problem: "$: the list names a connection twice." };
    return isLast ? { kind: "whole" } : { kind: "page", perPage: PAGE_CONNECTIONS, total: null };
  }
  const problem = (what: string): Next => ({ kind: "shifted", problem: `$.${what}` });
  if (position.start !== null && position.start !== before)
    return problem(`start: it is ${position.start} after ${before} connections.`);
  if (total !== null && total !== position.total) return problem("total: it changed between two pages.");
  if (after - before !== rows) return problem("enabled_connections: a connection stands on it twice.");
  if (after > position.total) return problem(`total: it is ${position.total}, and ${after} connections came.`);
  if (after === position.total) return { kind: "whole" };
  if (rows === 0 || position.limit === 0)
    return problem(`total: it is ${position.total}, and only ${after} connections came.`);
  return { kind: "page", perPage: Math.min(position.limit, PAGE_CONNECTIONS), total: position.total };
}

function organizationPath(id: OrganizationId): string {
  return `/api/v2/organizations/${encodeURIComponent(id)}`;
}

function sorted(connections: readonly EnabledConnection[]): readonly EnabledConnection[] {
  return [...connections].sort((left, right) => compareText(left.connectionId, right.connectionId));
}

function malformed(message: string, attempts: number): Failure {
  return { code: "malformed_response", httpStatus: 200, message, attempts };
}

function requireScope({ failure, errorCode }: Extract<Answered, { ok: false }>, scope: string): void {
  if (failure.code === "forbidden" && errorCode === "insufficient_scope")
    throw new RunFailure(
      "insufficient_scope",
      `The Management API token lacks the scope ${scope}; grant it and retry.`,
    );
}
