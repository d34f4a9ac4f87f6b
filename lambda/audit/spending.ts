import type { ManagementApi } from "../auth0/port.ts";
import { EvidenceError } from "../domain/errors.ts";
import type { Usage } from "../domain/run.ts";
import { decodeLine, encodeLine } from "../evidence/format/json-line.ts";
import { runStateKey } from "../evidence/format/keys.ts";
import { nullable, object } from "../evidence/format/shape.ts";
import { count } from "../evidence/format/values.ts";
import type { EvidenceReader, EvidenceStore } from "../evidence/store/port.ts";
import { collect } from "../streams/collect.ts";
import type { Run } from "./run.ts";

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

const LARGEST_USAGE_BYTES = 4_096;

const usage = object({
  requests: count,
  rate_limited: count,
  retries: count,
  limit: nullable(count),
  lowest_remaining: nullable(count),
});

function usageKey({ tenant, runId }: Pick<Run, "tenant" | "runId">, part: number) {
  return runStateKey(tenant, runId, `usage-${String(part).padStart(5, "0")}.json`);
}

/** Notes what a chunk asked of the tenant, before its part is stored: a crash after that must not lose the figures. */
export async function noteUsage(store: EvidenceStore, run: Run, part: number, spending: Spending): Promise<void> {
  await store.replace(usageKey(run, part), Buffer.from(encodeLine(usage, spending)), "application/json");
}

/** What was noted for a part; nothing where that cannot be read: it is state, and no evidence. */
export async function readUsage(store: EvidenceReader, run: Run, part: number): Promise<Spending> {
  const stored = await store.read(usageKey(run, part));
  if (stored === null) return NOTHING_SPENT;
  try {
    const text = Buffer.from(await collect(stored.body, LARGEST_USAGE_BYTES)).toString();
    return decodeLine(usage, text, "the usage of a chunk");
  } catch (error) {
    if (error instanceof EvidenceError) return NOTHING_SPENT;
    throw error;
  }
}
