import type { ManagementApi } from "../../lambda/auth0/port.ts";
import { enabledConnection } from "../../lambda/domain/enabled-connection.ts";
import type { OrganizationId } from "../../lambda/domain/identifiers.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import type { Organization } from "../../lambda/domain/organization.ts";
import { timestamp } from "../../lambda/domain/time.ts";
import { DOMAIN } from "./audit-harness.ts";

const PAGE_ORGANIZATIONS = 100;

/** A tenant in memory, for what is not about HTTP. It answers at once, and takes any number of reads at a time. */
export function fakeManagementApi(
  organizations: ReadonlyMap<OrganizationId, readonly JsonObject[]>,
  now: () => number,
  names: ReadonlyMap<OrganizationId, string> = new Map(),
): ManagementApi {
  let requests = 0;
  const ids = [...organizations.keys()];
  const named = (organizationId: OrganizationId): Organization => ({
    organizationId,
    name: names.get(organizationId) ?? `name-${organizationId.slice(-6)}`,
    displayName: null,
  });
  return {
    domain: DOMAIN,
    concurrency: () => 4,
    estimateMs: () => Number.POSITIVE_INFINITY,
    pauseMs: () => 0,
    usage: () => ({ requests, rateLimited: 0, retries: 0, limit: null, lowestRemaining: null }),
    logs: async () => ({ kind: "not_granted" }),
    organizations: async (from) => {
      requests += 1;
      const start = Number(from ?? 0);
      const end = start + PAGE_ORGANIZATIONS;
      return { organizations: ids.slice(start, end).map(named), next: end < ids.length ? String(end) : null };
    },
    organization: async (id) => {
      requests += 1;
      return { ok: true, value: organizations.has(id) ? named(id) : null, at: timestamp(now()) };
    },
    enabledConnections: async (id) => {
      requests += 1;
      const at = timestamp(now());
      const connections = organizations.get(id);
      if (connections !== undefined) return { ok: true, value: connections.map(enabledConnection), at };
      const failure = {
        code: "organization_not_found",
        httpStatus: 404,
        message: "It is not there.",
        attempts: 1,
      } as const;
      return { ok: false, failure, at };
    },
  };
}
