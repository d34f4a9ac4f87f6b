/** What an answer says about the rate limit (Auth0 documentation, "Rate limit configurations"); null: nothing usable. */
export interface RateLimit {
  /** The bucket's size and what is left in it, in requests. */
  readonly limit: number | null;
  readonly remaining: number | null;
  /** When it is full again, or when the next request is added: milliseconds since the epoch by the server's clock. */
  readonly resetMs: number | null;
  /** The server's clock, from `Date`, cut to whole seconds: milliseconds since the epoch. */
  readonly serverTimeMs: number | null;
  /** `Retry-After` (seconds, or a date: RFC 9110, 10.2.3), in milliseconds; Auth0 does not promise it. */
  readonly retryAfterMs: number | null;
}

/** Reads the headers of an answer; `header` returns null for an absent one. */
export function readRateLimit(header: (name: string) => string | null): RateLimit {
  const secondsOf = (name: string) => numberOf(header(name)) * 1000;
  const dateOf = (name: string) => Date.parse(header(name) ?? "");
  return {
    limit: numberOf(header("x-ratelimit-limit")) || null,
    remaining: orNull(numberOf(header("x-ratelimit-remaining"))),
    resetMs: orNull(secondsOf("x-ratelimit-reset")),
    serverTimeMs: orNull(dateOf("date")),
    retryAfterMs: orNull(secondsOf("retry-after")) ?? orNull(Math.max(0, dateOf("retry-after") - dateOf("date"))),
  };
}

function numberOf(text: string | null): number {
  return text !== null && /^\s*\d{1,12}\s*$/.test(text) ? Number(text) : Number.NaN;
}

function orNull(number: number): number | null {
  return Number.isNaN(number) ? null : number;
}
