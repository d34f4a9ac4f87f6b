import type { ManagementApi } from "../auth0/port.ts";
import type { Usage } from "../domain/run.ts";

/** What a step asked of the tenant. */
export type Spending = Omit<Usage, "durationMs">;

export const NOTHING_SPENT: Spending = {
  requests: 0,
  rateLimited: 0,
  retries: 0,
  limit: null,
  lowestRemaining: null,
};

/** Two steps' spending, the later one second: its limit is the newer one. */
export function addSpending(earlier: Spending, later: Spending): Spending {
  return {
    requests: earlier.requests + later.requests,
    rateLimited: earlier.rateLimited + later.rateLimited,
    retries: earlier.retries + later.retries,
    limit: later.limit ?? earlier.limit,
    lowestRemaining: lower(earlier.lowestRemaining, later.lowestRemaining),
  };
}

function lower(left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right;
  return Math.min(left, right);
}

/** Starts to meter: the answer tells what was spent since. */
export function spent(managementApi: Pick<ManagementApi, "usage">): () => Spending {
  const before = managementApi.usage();
  return () => {
    const now = managementApi.usage();
    return {
      ...now,
      requests: now.requests - before.requests,
      rateLimited: now.rateLimited - before.rateLimited,
      retries: now.retries - before.retries,
    };
  };
}
