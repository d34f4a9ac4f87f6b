import type { RateLimit } from "./headers.ts";

/** No backoff is longer, and no wait that the server asks for is honored that is longer. */
const LONGEST_MS = 90_000;

/** Exponential backoff with jitter, in milliseconds, from half a second: `failures` from 1, `random` from 0 to 1. */
export function backoffMs(failures: number, random: number): number {
  return Math.min(LONGEST_MS, 500 * 2 ** (failures - 1)) * (0.5 + random / 2);
}

/**
 * How long to wait after a 429, in milliseconds: as `Retry-After` or the reset says, by the server's clock, and up to
 * 250 ms more by chance; backoff where neither can be believed, or where it did not help. `failures`: 429s in a row.
 */
export function rateLimitedMs(rateLimit: RateLimit, nowMs: number, failures: number, random: number): number {
  const { resetMs, retryAfterMs, serverTimeMs } = rateLimit;
  const waits = [retryAfterMs, resetMs === null ? null : resetMs - (serverTimeMs ?? nowMs)];
  const waitMs = waits.find((wait) => wait !== null && wait >= 0 && wait <= LONGEST_MS) ?? null;
  if (waitMs === null) return backoffMs(failures + 1, random);
  return Math.max(1, waitMs + random * 250, failures > 1 ? backoffMs(failures, random) : 0);
}
