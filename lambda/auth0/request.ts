import pRetry from "p-retry";
import type { Clock } from "../domain/clock.ts";
import { RunFailure } from "../domain/errors.ts";
import type { Json } from "../domain/json.ts";
import type { Failure } from "../domain/organization.ts";
import { AttemptError, jsonOf } from "./attempt.ts";
import { httpGet } from "./http.ts";
import type { CircuitBreaker } from "./rate-limit/circuit-breaker.ts";
import type { Gate, Report } from "./rate-limit/gate.ts";
import type { RateLimit } from "./rate-limit/headers.ts";
import type { Pacer } from "./rate-limit/pacer.ts";
import { scopesOf } from "./token/claims.ts";
import { type HeldToken, TokenHolder } from "./token/holder.ts";
import type { TokenSource } from "./token/port.ts";

/** Attempts for one read, those not counted that were answered 429 or 401. */
const MOST_ATTEMPTS = 5;
/** Attempts for one read that are answered JSON of a shape that the API does not promise. */
const MOST_UNEXPECTED = 2;
/** Refusals of fresh tokens for one read, while other reads are accepted. */
const MOST_REFUSALS = 3;
const LONGEST_BACKOFF_MS = 60_000;

export interface RequestOptions {
  /** Where the API is: `https://DOMAIN`, without a slash at the end. */
  readonly baseUrl: string;
  readonly tokenSource: TokenSource;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly fetch: typeof globalThis.fetch;
  /** For one request, its body included. */
  readonly requestTimeoutMs: number;
  /** The first backoff, in milliseconds; each is twice the one before, up to a minute, and up to twice as long by chance. */
  readonly firstBackoffMs: number;
  /** A read is not retried when this long has passed since it began; what its last attempt waits at the gate comes on top. */
  readonly retryBudgetMs: number;
  readonly signal: AbortSignal;
}

/** One rate-limit bucket of the tenant. */
export interface Bucket {
  readonly pacer: Pacer;
  /** Its size according to the last answer; null before. */
  limit: number | null;
  /** The lowest that an answer said is left; null before. */
  lowestRemaining: number | null;
  /**
   * For reads that a run can do without: for how long one is retried after its first failure, in milliseconds, and a
   * refused token ends no other reads. Null for all others.
   */
  readonly spareMs: number | null;
}

/** What a read came to, and what it cost. */
export type Answer<Value> =
  | { readonly ok: true; readonly value: Value; readonly attempts: number }
  | { readonly ok: false; readonly failure: Failure; readonly errorCode: string | null };

/** The course of one read. */
interface Read<Value> {
  readonly path: string;
  readonly bucket: Bucket;
  readonly parse: (json: Json) => Value;
  attempts: number;
  unexpected: number;
  refusals: number;
  /** When its first attempt failed, in milliseconds since the epoch; null before. */
  troubledSinceMs: number | null;
}

/**
 * Sends GETs: each waits at the gate, backs off from passing trouble, and sends the token, which is read again when it is
 * refused. Throws `RunFailure` for a refused or unavailable token, which ends all other requests as well, and the
 * signal's reason.
 */
export class Requester {
  readonly counters = { requests: 0, rateLimited: 0, retries: 0 };
  readonly #options: RequestOptions;
  readonly #gate: Gate;
  readonly #breaker: CircuitBreaker;
  readonly #tokens: TokenHolder;
  readonly #end = new AbortController();
  readonly #signal: AbortSignal;
  readonly #backingOff = new Set<object>();

  /** `breaker` is the gate's. */
  constructor(options: RequestOptions, gate: Gate, breaker: CircuitBreaker) {
    [this.#options, this.#gate, this.#breaker] = [options, gate, breaker];
    this.#tokens = new TokenHolder(options.tokenSource, options.clock);
    this.#signal = AbortSignal.any([options.signal, this.#end.signal]);
  }

  /** How many reads are backing off: others may take their places meanwhile. */
  get backingOff(): number {
    return this.#backingOff.size;
  }

  /** Ends all requests with `failure`, and those to come. */
  end(failure: RunFailure): void {
    this.#end.abort(failure);
  }

  /** The token's scopes, as far as it says; null when it does not. Throws `RunFailure`. */
  async scopes(): Promise<readonly string[] | null> {
    return scopesOf((await this.#tokens.current()).token.reveal());
  }

  /** `parse` throws `AttemptError` where the JSON is not what the API promises. */
  async get<Value>(path: string, bucket: Bucket, parse: (json: Json) => Value): Promise<Answer<Value>> {
    const read: Read<Value> = { path, bucket, parse, attempts: 0, unexpected: 0, refusals: 0, troubledSinceMs: null };
    try {
      const value = await pRetry((attempt) => this.#attempt(read, attempt), {
        retries: MOST_ATTEMPTS - 1,
        minTimeout: this.#options.firstBackoffMs,
        maxTimeout: LONGEST_BACKOFF_MS,
        randomize: true,
        maxRetryTime: this.#options.retryBudgetMs,
        signal: this.#signal,
        // The gate holds back what follows a 429, and a new token needs no wait: neither is the read's own trouble.
        shouldConsumeRetry: ({ error }) => !isRemedied(error),
        shouldRetry: ({ error, retryDelay }) => {
          const isRetried = error instanceof AttemptError && this.#isWorthRetrying(error, read);
          if (isRetried && retryDelay > 0) this.#backingOff.add(read);
          return isRetried;
        },
      });
      return { ok: true, value, attempts: read.attempts };
    } catch (error) {
      if (error instanceof RunFailure && bucket.spareMs === null) this.end(error);
      if (!(error instanceof AttemptError)) throw error;
      const { code, errorCode, httpStatus, message } = error;
      return { ok: false, failure: { code, httpStatus, message, attempts: read.attempts }, errorCode };
    } finally {
      this.#backingOff.delete(read);
    }
  }

  #isWorthRetrying({ remedy }: AttemptError, read: Read<unknown>): boolean {
    const nowMs = this.#options.clock.now();
    read.troubledSinceMs ??= nowMs;
    const { spareMs } = read.bucket;
    if (spareMs !== null && nowMs - read.troubledSinceMs >= spareMs) return false;
    switch (remedy) {
      case "none":
        return false;
      case "backoff":
      case "token":
        return true;
      case "retry_once":
        read.unexpected += 1;
        return read.unexpected < MOST_UNEXPECTED;
      case "rate_limit":
        return !this.#breaker.isExhausted(nowMs);
      default:
        return remedy satisfies never;
    }
  }

  async #attempt<Value>(read: Read<Value>, attempt: number): Promise<Value> {
    this.#backingOff.delete(read);
    if (attempt > 1) this.counters.retries += 1;
    const report = await this.#gate.enter(read.bucket.pacer, this.#signal);
    let ended: Parameters<Report>[0] = null;
    try {
      const json = await this.#send(read, await this.#tokens.current(), (answer) => {
        ended = answer;
        // What follows a refused token should go with the next one.
        if (answer?.status !== 401) report(answer);
      });
      return read.parse(json);
    } finally {
      report(ended);
    }
  }

  async #send(read: Read<unknown>, held: HeldToken, report: Report): Promise<Json> {
    const { baseUrl, fetch, requestTimeoutMs: timeoutMs, userAgent } = this.#options;
    const headers = headersWith(held.token.reveal(), userAgent);
    read.attempts += 1;
    this.counters.requests += 1;
    const options = { fetch, timeoutMs, signal: this.#signal };
    const outcome = await httpGet(baseUrl + read.path, headers, options, (status, rateLimit) => {
      if (status === 429) this.counters.rateLimited += 1;
      else note(read.bucket, rateLimit);
      if (status < 500 && status !== 401 && status !== 429) this.#tokens.accepted(held);
      report({ status, rateLimit });
    });
    try {
      return jsonOf(outcome, (text) => this.#tokens.hide(text));
    } catch (error) {
      if (error instanceof AttemptError && error.remedy === "token") {
        read.refusals += 1;
        this.#tokens.refused(held, error.message, read.refusals >= MOST_REFUSALS);
      }
      throw error;
    }
  }
}

function note(bucket: Bucket, { limit, remaining }: RateLimit): void {
  if (limit === null || remaining === null) return;
  bucket.limit = limit;
  bucket.lowestRemaining = Math.min(bucket.lowestRemaining ?? limit, remaining);
}

function isRemedied(error: Error): boolean {
  return error instanceof AttemptError && (error.remedy === "rate_limit" || error.remedy === "token");
}

/** The headers of a request. Throws `RunFailure` for a token that no header can carry. */
export function headersWith(token: string, userAgent: string, accept = "application/json"): Headers {
  try {
    return new Headers({ accept, authorization: `Bearer ${token}`, "user-agent": userAgent });
  } catch {
    // The error quotes the token.
    throw new RunFailure(
      "token_unavailable",
      "The Management API token contains characters that cannot be sent; store a JWT, on one line.",
    );
  }
}
