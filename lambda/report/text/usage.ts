import type { Usage } from "../../domain/run.ts";
import { counted, duration, grouped } from "../../domain/text.ts";

/** What the audit cost the tenant, in one or two sentences. */
export function usageText(usage: Usage): string {
  const { requests, durationMs, rateLimited, limit, lowestRemaining } = usage;
  const cost = `${counted(requests, "request")} in ${duration(durationMs)}, ${grouped(rateLimited)} rate limited (429).`;
  if (limit === null || lowestRemaining === null) return cost;
  return `${cost} Peak rate limit usage: ${peakText(usage)} (${grouped(lowestRemaining)} of ${counted(limit, "request")} left).`;
}

/** What the audit cost the tenant, as a table. */
export function usageRows(usage: Usage): readonly (readonly [label: string, value: string])[] {
  const { limit, lowestRemaining } = usage;
  const reported = (value: number | null) => (value === null ? "not reported" : grouped(value));
  return [
    ["Requests", grouped(usage.requests)],
    ["Rate limited (429)", grouped(usage.rateLimited)],
    ["Retries", grouped(usage.retries)],
    ["Rate limit (requests)", reported(limit)],
    ["Lowest remaining requests", reported(lowestRemaining)],
    ["Peak rate limit usage", peakText(usage)],
    ["Requests per minute", grouped(requestsPerMinute(usage))],
    ["Duration", duration(usage.durationMs)],
  ];
}

function peakText(usage: Usage): string {
  const share = bucketUsed(usage);
  return share === null ? "not reported" : `${Math.round(share * 100)}%`;
}

/** The largest used share of the rate limit at any moment, 0 to 1; null when Auth0 reported no rate limit. */
export function bucketUsed({ limit, lowestRemaining }: Usage): number | null {
  return limit === null || lowestRemaining === null ? null : Math.max(0, (limit - lowestRemaining) / limit);
}

const MINUTE_MS = 60_000;

/** The average over the whole run; for a run of less than a minute, its requests: that minute had no more. */
export function requestsPerMinute({ requests, durationMs }: Usage): number {
  return Math.round((requests * MINUTE_MS) / Math.max(MINUTE_MS, durationMs));
}
