import type { RateLimit } from "../../lambda/auth0/rate-limit/headers.ts";

/** What an answer without any of the headers says. */
export const NO_RATE_LIMIT: RateLimit = {
  limit: null,
  remaining: null,
  resetMs: null,
  serverTimeMs: null,
  retryAfterMs: null,
};
