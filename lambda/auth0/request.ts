import pRetry from "p-retry";
import type { Clock } from "../domain/clock.ts";
import { RunFailure } from "../domain/errors.ts";
import type { Json } from "../domain/json.ts";
import type { Failure } from "../domain/organization.ts";
import { AttemptError, jsonOf } from "./attempt.ts";
import { httpGet } from "./http.ts";
import { backOffMs } from "./rate-limit/backoff.ts";
import type { RateLimitPause } from "./rate-limit/circuit-breaker.ts";
import type { Pass, RequestGate } from "./rate-limit/gate.ts";
import { type HeldToken, TokenHolder } from "./token/holder.ts";
import type { TokenSource } from "./token/port.ts";

/** Attempts at most, where trouble passes by itself: 5xx, resets, time-outs, bodies that are cut off or no JSON. */
const PATIENT_ATTEMPTS = 5;
/** Attempts at most, where the answer is JSON of a shape that the API does not promise. */
const SECOND_LOOK_ATTEMPTS = 2;
/** Refusals of fresh tokens at most, for one read, while other reads are accepted. */
const TOKEN_ATTEMPTS = 3;

export interface RequestOptions {
  /** Where the API is: `https://DOMAIN`, without a slash at the end. */
  readonly baseUrl: string;
  readonly tokenSource: TokenSource;
  readonly clock: Clock;
  /** For jitter: 0 to 1. */
  readonly random: () => number;
  readonly userAgent: string;
  readonly fetch: typeof globalThis.fetch;
  readonly requestTimeoutMs: number;
  readonly rateLimitBudgetMs: number;
  readonly signal: AbortSignal;
}

/** What a read came to, with what it cost. */
export type Answer<Value> =
  | { readonly ok: true; readonly value: Value; readonly attempts: number }
  | { readonly ok: false; readonly failure: Failure; readonly errorCode: string | null };

/** Counts of what was asked of the tenant. */
export interface Counters {
  requests: number;
  rateLimited: number;
  retries: number;
}

/**
 * Sends one GET, again where that can help: let go by its gate, paused together with all others after a 429, backing off
 * from passing trouble, with a token that is read again when it is refused. Throws `RunFailure` for a refused or
 * unavailable token, which ends all other requests as well, and the signal's reason.
 */
export class ManagementApiRequester {
  readonly counters: Counters = { requests: 0, rateLimited: 0, retries: 0 };
  readonly #options: RequestOptions;
  readonly #gates: readonly RequestGate[];
  readonly #pause: RateLimitPause;
  readonly #tokens: TokenHolder;
  readonly #end = new AbortController();
  #backingOff = 0;

  /** `gates` are all that share `pause`. */
  constructor(options: RequestOptions, gates: readonly RequestGate[], pause: RateLimitPause) {
    this.#options = options;
    this.#gates = gates;
    this.#pause = pause;
    this.#tokens = new TokenHolder(options.tokenSource, options.clock);
    const { signal } = options;
    if (signal.aborted) this.#end.abort(signal.reason);
    else signal.addEventListener("abort", () => this.#end.abort(signal.reason), { once: true });
  }

  /** How many reads wait for passing trouble to pass: their places may be taken meanwhile. */
  get backingOff(): number {
    return this.#backingOff;
  }

  /** Ends all requests with `failure`, and those to come. */
  end(failure: RunFailure): void {
    this.#end.abort(failure);
  }

  /** `parse` throws `AttemptError` where the JSON is not what the API promises. */
  async get<Value>(path: string, gate: RequestGate, parse: (json: Json) => Value): Promise<Answer<Value>> {
    const read = new Read(this.#options, this.#pause);
    try {
      const value = await pRetry(() => this.#attempt(path, gate, parse, read), {
        // Bounded by what `shouldRetry` says of each error; it waits by our clock.
        retries: Number.POSITIVE_INFINITY,
        minTimeout: 0,
        signal: this.#end.signal,
        shouldRetry: async ({ error }) => {
          if (!(error instanceof AttemptError)) return false;
          const waitMs = read.retryAfterMs(error);
          if (waitMs === null) return false;
          this.counters.retries += 1;
          if (waitMs > 0) await this.#backOff(waitMs);
          return true;
        },
      });
      return { ok: true, value, attempts: read.attempts };
    } catch (error) {
      if (error instanceof RunFailure) this.end(error);
      if (!(error instanceof AttemptError)) throw error;
      const { code, errorCode, httpStatus, message } = error;
      return { ok: false, failure: { code, httpStatus, message, attempts: read.attempts }, errorCode };
    }
  }

  async #attempt<Value>(path: string, gate: RequestGate, parse: (json: Json) => Value, read: Read): Promise<Value> {
    const pass = await gate.enter(this.#end.signal);
    try {
      const held = await this.#tokens.current();
      return parse(await this.#send(path, held, read, pass));
    } finally {
      pass.lost();
      for (const each of this.#gates) each.pump();
    }
  }

  async #send(path: string, held: HeldToken, read: Read, pass: Pass): Promise<Json> {
    const { baseUrl, fetch, requestTimeoutMs: timeoutMs, userAgent } = this.#options;
    const token = held.token.reveal();
    const headers = headersWith(token, userAgent);
    read.attempts += 1;
    this.counters.requests += 1;
    const options = { fetch, timeoutMs, signal: this.#end.signal };
    const outcome = await httpGet(baseUrl + path, headers, options, (status, rateLimit) => {
      if (status === 429) this.counters.rateLimited += 1;
      if (status < 500 && status !== 401 && status !== 429) this.#tokens.accepted(held);
      pass.answered(status, rateLimit);
    });
    try {
      return jsonOf(outcome, (text) => this.#tokens.hide(text));
    } catch (error) {
      if (error instanceof AttemptError && error.remedy === "pause") read.limitedSinceMs ??= this.#options.clock.now();
      if (error instanceof AttemptError && error.remedy === "token") {
        read.refusals += 1;
        this.#tokens.refused(held, error.message, read.refusals >= TOKEN_ATTEMPTS);
      }
      throw error;
    }
  }

  async #backOff(milliseconds: number): Promise<void> {
    this.#backingOff += 1;
    try {
      await this.#options.clock.sleep(milliseconds, this.#end.signal);
    } finally {
      this.#backingOff -= 1;
    }
  }
}

/** The course of one read. */
class Read {
  attempts = 0;
  refusals = 0;
  limitedSinceMs: number | null = null;
  #patience = 0;
  #looks = 0;
  readonly #options: RequestOptions;
  readonly #pause: RateLimitPause;

  constructor(options: RequestOptions, pause: RateLimitPause) {
    this.#options = options;
    this.#pause = pause;
  }

  /** How long to wait before the next attempt, in milliseconds; null when there is to be none. */
  retryAfterMs({ remedy }: AttemptError): number | null {
    const { clock, random, rateLimitBudgetMs } = this.#options;
    const nowMs = clock.now();
    switch (remedy) {
      case "none":
        return null;
      case "token":
        return 0;
      case "pause": {
        // The gate holds it until the pause is over; one that would end past the budget is not waited for.
        const goesOnMs = nowMs + this.#pause.leftMs(nowMs) - (this.limitedSinceMs ?? nowMs);
        return goesOnMs > rateLimitBudgetMs || this.#pause.isExhausted(nowMs) ? null : 0;
      }
      case "second_look":
        this.#looks += 1;
        return this.#looks < SECOND_LOOK_ATTEMPTS ? backOffMs(this.#looks, random()) : null;
      case "patience":
        this.#patience += 1;
        return this.#patience < PATIENT_ATTEMPTS ? backOffMs(this.#patience, random()) : null;
      default:
        return remedy satisfies never;
    }
  }
}

function headersWith(token: string, userAgent: string): Headers {
  try {
    return new Headers({ accept: "application/json", authorization: `Bearer ${token}`, "user-agent": userAgent });
  } catch {
    // The error quotes the token.
    throw new RunFailure(
      "token_unavailable",
      "The Management API token has characters that cannot be sent; put a JWT in place, on one line.",
    );
  }
}
