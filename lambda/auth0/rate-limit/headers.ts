/** What an answer says of the rate limit (Auth0 documentation, "Rate limit configurations": the three headers). */
export interface RateLimit {
  /** The bucket's size, in requests. */
  readonly limit: number | null;
  /** What is left of it. */
  readonly remaining: number | null;
  /** When it is full again, or the window's edge: milliseconds since the epoch by the server's clock. */
  readonly resetMs: number | null;
  /** The server's clock, from `Date`, which is cut to whole seconds; milliseconds since the epoch. */
  readonly serverTimeMs: number | null;
  /** `Retry-After`, in milliseconds; Auth0 does not promise it. */
  readonly retryAfterMs: number | null;
}

export const NO_RATE_LIMIT: RateLimit = {
  limit: null,
  remaining: null,
  resetMs: null,
  serverTimeMs: null,
  retryAfterMs: null,
};

/** Reads the headers; whatever is absent or garbage is null. */
export function readRateLimit(header: (name: string) => string | null): RateLimit {
  const limit = wholeNumber(header("x-ratelimit-limit"));
  const reset = wholeNumber(header("x-ratelimit-reset"));
  const date = header("date");
  const serverTimeMs = date === null ? Number.NaN : Date.parse(date);
  return {
    limit: limit === 0 ? null : limit,
    remaining: wholeNumber(header("x-ratelimit-remaining")),
    resetMs: reset === null ? null : reset * 1000,
    serverTimeMs: Number.isNaN(serverTimeMs) ? null : serverTimeMs,
    retryAfterMs: retryAfter(header("retry-after"), serverTimeMs),
  };
}

const HIGHEST_NUMBER = 1e12;

function wholeNumber(text: string | null): number | null {
  if (text === null || !/^\s*\d{1,13}\s*$/.test(text)) return null;
  const number = Number(text);
  return number <= HIGHEST_NUMBER ? number : null;
}

/** Seconds, or a date (RFC 9110, section 10.2.3). */
function retryAfter(text: string | null, serverTimeMs: number): number | null {
  const seconds = wholeNumber(text);
  if (seconds !== null) return seconds * 1000;
  const at = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(at - serverTimeMs) ? null : Math.max(0, at - serverTimeMs);
}
