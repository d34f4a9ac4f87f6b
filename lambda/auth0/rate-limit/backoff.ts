import type { RateLimit } from "./headers.ts";

const FIRST_BACKOFF_MS = 500;
/** No backoff is longer, and no wait that the server asks for is honored that is longer. */
const LONGEST_MS = 90_000;
/** Added at random to a wait that the server asks for, so that its clients do not all come back at once. */
const JITTER_MS = 250;

/** Exponential backoff with jitter, in milliseconds, 90 s at most: `failures` from 1, `random` from 0 to 1. */
export function backoffMs(failures: number, random: number): number {
  return Math.min(LONGEST_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1)) * (0.5 + random / 2);
}

/**
 * How long to wait after a 429, in milliseconds, 90.25 s at most: as long as `Retry-After` or the reset says, by the
 * server's clock; exponential backoff where neither can be believed, or where it did not help. `failures` counts the 429s
 * in a row, from 1; `random` is from 0 to 1.
 */
export function rateLimitedMs(rateLimit: RateLimit, nowMs: number, failures: number, random: number): number {
  const { resetMs, retryAfterMs, serverTimeMs } = rateLimit;
  const waits = [retryAfterMs, resetMs === null ? null : resetMs - (serverTimeMs ?? nowMs)];
  const waitMs = waits.find((wait) => wait !== null && wait >= 0 && wait <= LONGEST_MS) ?? null;
  if (waitMs === null) return backoffMs(failures + 1, random);
  return Math.max(1, waitMs + random * JITTER_MS, failures > 1 ? backoffMs(failures, random) : 0);
}
