import { NOTHING_SPENT } from "../audit/spending.ts";
import type { ManagementApiOptions } from "../auth0/client.ts";
import { connectionProblem } from "../auth0/connection-error.ts";
import type { ManagementApi, OrganizationsPage, Reading } from "../auth0/port.ts";
import { ConfigurationError, RunFailure } from "../domain/errors.ts";
import type { Domain, OrganizationId } from "../domain/identifiers.ts";
import type { EnabledConnection } from "../domain/organization.ts";

/** One such page may come from a proxy for a moment; a second one is the site's own. */
const ENOUGH_PAGES = 2;

interface Contact {
  readonly domain: Domain;
  readonly organizations: "all" | readonly OrganizationId[];
  readonly signal: AbortSignal;
}

type Connect = (options: Pick<ManagementApiOptions, "fetch" | "signal">) => ManagementApi;

/**
 * Reads the tenant before its first run writes anything: a mistyped domain must leave nothing. The audit's own first read
 * gets the same answer, so that the tenant is not asked twice. A host that refuses the token is a tenant: the run records
 * that. Throws `ConfigurationError` when the host does not answer as Auth0, and the signal's reason.
 */
export async function firstContact(
  connect: Connect,
  { domain, organizations, signal }: Contact,
): Promise<ManagementApi> {
  const unreached = new AbortController();
  let isTenant = false;
  let pages = 0;
  const impatient: typeof fetch = async (...request) => {
    try {
      const response = await fetch(...request);
      isTenant ||= isFromAuth0(response);
      if (!isTenant && isPage(response)) pages += 1;
      if (!isTenant && pages === ENOUGH_PAGES)
        unreached.abort(noTenant(domain, `It answered ${response.status}, and no JSON of the Management API.`));
      return response;
    } catch (error) {
      const { kind, text } = connectionProblem(error);
      if (kind !== "broken" && !isTenant) unreached.abort(noTenant(domain, `The connection failed: ${text}.`));
      throw error;
    }
  };
  const api = connect({ fetch: impatient, signal: AbortSignal.any([signal, unreached.signal]) });
  const [id] = organizations === "all" ? [] : organizations;
  try {
    if (id === undefined) return withPage(api, await api.organizations(null));
    const reading = await api.enabledConnections(id);
    if (!reading.ok && !isTenant) throw noTenant(domain, reading.failure.message);
    return withReading(api, id, reading);
  } catch (error) {
    if (!(error instanceof RunFailure)) throw error;
    // The token may have been refused where it is issued, which is the tenant as well.
    if (isTenant || error.code === "token_refused") return api;
    throw noTenant(domain, error.message, error);
  }
}

/** The headers of the Management API, or JSON; a 404 in JSON is what gateways answer as well. */
function isFromAuth0({ headers, status }: Response): boolean {
  const isJson = headers.get("content-type")?.includes("json") ?? false;
  return headers.has("x-ratelimit-limit") || (isJson && status !== 404);
}

/** What a site answers that is well and is not Auth0. */
function isPage({ status }: Response): boolean {
  return status < 500 && status !== 408 && status !== 429;
}

function noTenant(domain: Domain, because: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError(
    `--domain: ${domain} does not answer as an Auth0 tenant, and nothing was recorded. ${because}`,
    { cause },
  );
}

function withPage(api: ManagementApi, page: OrganizationsPage): ManagementApi {
  const kept = keep(page);
  return {
    ...api,
    usage: () => (kept.isTaken() ? api.usage() : NOTHING_SPENT),
    organizations: async (from) => (from === null ? kept.take() : null) ?? api.organizations(from),
  };
}

function withReading(
  api: ManagementApi,
  id: OrganizationId,
  reading: Reading<readonly EnabledConnection[]>,
): ManagementApi {
  const kept = keep(reading);
  return {
    ...api,
    usage: () => (kept.isTaken() ? api.usage() : NOTHING_SPENT),
    enabledConnections: async (asked) => (asked === id ? kept.take() : null) ?? api.enabledConnections(asked),
  };
}

/** A value that is taken once. Its requests count as spent from then on. */
function keep<Value>(value: Value): { readonly take: () => Value | null; readonly isTaken: () => boolean } {
  let left: Value | null = value;
  return {
    isTaken: () => left === null,
    take: () => {
      const taken = left;
      left = null;
      return taken;
    },
  };
}
