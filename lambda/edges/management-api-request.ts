import pRetry from "p-retry";
import { errorBodySchema, parseAnswer } from "../core/auth0-wire.ts";
import { backOffMs } from "../core/back-off.ts";
import { RunFailure } from "../core/errors.ts";
import type { Failure, FailureCode, Json } from "../core/model.ts";
import { readRateLimit } from "../core/rate-limit.ts";
import type { RateLimitPause } from "../core/rate-limit-pause.ts";
import type { Clock, TokenSource } from "../ports.ts";
import type { Pass, RequestGate } from "./management-api-gate.ts";
import { type HeldToken, TokenHolder } from "./management-api-token.ts";

/** Tries at most, where trouble passes by itself: 5xx, resets, time-outs, bodies that are cut off or no JSON. */
const TRANSIENT_ATTEMPTS = 5;
/** Tries at most, where the answer is JSON of a shape that the API does not promise. */
const MALFORMED_ATTEMPTS = 2;
const LONGEST_BODY_BYTES = 10 * 1024 * 1024;
const LONGEST_MESSAGE_CHARACTERS = 200;

export interface RequestOptions {
  /** Where the API is: `https://DOMAIN`, without a slash at the end. */
  readonly baseUrl: string;
  readonly tokenSource: TokenSource;
  readonly clock: Clock;
  /** For jitter: 0 to 1. */
  readonly random: () => number;
  readonly userAgent: string;
  /** One attempt, its body included. */
  readonly requestTimeoutMs: number;
  /** How long 429s are waited out before a read is given up, in milliseconds. */
  readonly rateLimitBudgetMs: number;
  readonly signal: AbortSignal;
}

/** One attempt failed. The cause never holds the request, so no header of it. */
class AttemptError extends Error {
  override readonly name = "AttemptError";
  readonly code: FailureCode | "unauthorized";
  readonly httpStatus: number | null;
  readonly errorCode: string | null;
  readonly mayPass: "no" | "transient" | "malformed" | "limited" | "unauthorized";
  constructor(
    code: AttemptError["code"],
    mayPass: AttemptError["mayPass"],
    message: string,
    details: { readonly httpStatus?: number; readonly errorCode?: string | null; readonly cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.mayPass = mayPass;
    this.httpStatus = details.httpStatus ?? null;
    this.errorCode = details.errorCode ?? null;
  }
}

/** What a request came to: parsed JSON, or why there is none, with the API's own error code for a 403. */
export type Answered =
  | { readonly ok: true; readonly json: Json; readonly attempts: number }
  | { readonly ok: false; readonly failure: Failure; readonly errorCode: string | null };

/** Counts of what was asked. */
export interface Counters {
  requests: number;
  rateLimited: number;
  retries: number;
}

/**
 * Sends one GET, again where that can help: paced by its gate, paused together with all others by a 429, backing off
 * from passing trouble, with a token that is read again once when it is refused. Throws `RunFailure` for a refused or
 * unavailable token, and the signal's reason.
 */
export class ManagementApiRequester {
  readonly counters: Counters = { requests: 0, rateLimited: 0, retries: 0 };
  readonly #options: RequestOptions;
  readonly #gates: readonly RequestGate[];
  readonly #pause: RateLimitPause;
  readonly #tokens: TokenHolder;
  #backingOff = 0;
  #fatal: RunFailure | null = null;

  /** `gates` are all that share `pause`. */
  constructor(options: RequestOptions, gates: readonly RequestGate[], pause: RateLimitPause) {
    this.#pause = pause;
    this.#options = options;
    this.#gates = gates;
    this.#tokens = new TokenHolder(options.tokenSource, options.clock);
  }

  /** How many reads wait for passing trouble to pass: their places may be taken meanwhile. */
  get backingOff(): number {
    return this.#backingOff;
  }

  /** `check` holds the answer against what the API promises: it returns what is wrong, or null. */
  async get(path: string, gate: RequestGate, check: (json: Json) => string | null): Promise<Answered> {
    const { clock, random, rateLimitBudgetMs, signal } = this.#options;
    const attempts = { made: 0, transient: 0, malformed: 0, limitedSinceMs: null as number | null };
    const attempt = async () => {
      if (attempts.made > 0) this.counters.retries += 1;
      return this.#attempt(path, gate, check, () => {
        attempts.made += 1;
      });
    };
    const mayRetry = async (error: AttemptError): Promise<boolean> => {
      switch (error.mayPass) {
        case "no":
          return false;
        case "unauthorized":
          return true;
        case "limited":
          attempts.limitedSinceMs ??= clock.now();
          // A pause that would end past the budget is not waited for.
          return (
            clock.now() + this.#pause.leftMs(clock.now()) - attempts.limitedSinceMs <= rateLimitBudgetMs &&
            !this.#pause.isExhausted(clock.now())
          );
        case "malformed":
          attempts.malformed += 1;
          if (attempts.malformed >= MALFORMED_ATTEMPTS) return false;
          break;
        case "transient":
          attempts.transient += 1;
          if (attempts.transient >= TRANSIENT_ATTEMPTS) return false;
          break;
        default:
          return error.mayPass satisfies never;
      }
      await this.#backOff(backOffMs(attempts.transient + attempts.malformed, random()));
      return true;
    };
    try {
      const json = await pRetry(attempt, {
        retries: Number.POSITIVE_INFINITY,
        minTimeout: 0,
        signal,
        shouldRetry: ({ error }) => error instanceof AttemptError && mayRetry(error),
      });
      return { ok: true, json, attempts: attempts.made };
    } catch (error) {
      if (error instanceof RunFailure) this.#fatal ??= error;
      if (!(error instanceof AttemptError) || error.code === "unauthorized") throw error;
      const { code, httpStatus, message, errorCode } = error;
      return { ok: false, failure: { code, httpStatus, message, attempts: attempts.made }, errorCode };
    }
  }

  async #backOff(milliseconds: number): Promise<void> {
    this.#backingOff += 1;
    try {
      await this.#options.clock.sleep(milliseconds, this.#options.signal);
    } finally {
      this.#backingOff -= 1;
    }
  }

  async #attempt(
    path: string,
    gate: RequestGate,
    check: (json: Json) => string | null,
    onRequest: () => void,
  ): Promise<Json> {
    if (this.#fatal !== null) throw this.#fatal;
    const held = await this.#tokens.current();
    const pass = await gate.enter(this.#options.signal);
    try {
      if (this.#fatal !== null) throw this.#fatal;
      onRequest();
      this.counters.requests += 1;
      const { status, body } = await this.#fetch(path, held, pass);
      return this.#judge(status, body, held, check);
    } finally {
      pass.lost();
      for (const each of this.#gates) each.pump();
    }
  }

  async #fetch(
    path: string,
    { token }: HeldToken,
    pass: Pass,
  ): Promise<{ readonly status: number; readonly body: Uint8Array }> {
    const { baseUrl, requestTimeoutMs, signal, userAgent } = this.#options;
    const timeout = AbortSignal.timeout(requestTimeoutMs);
    try {
      const response = await fetch(baseUrl + path, {
        // The token must not follow a redirect to another host.
        redirect: "manual",
        headers: { accept: "application/json", authorization: `Bearer ${token.reveal()}`, "user-agent": userAgent },
        signal: AbortSignal.any([signal, timeout]),
      });
      if (response.status === 429) this.counters.rateLimited += 1;
      pass.answered(
        response.status,
        readRateLimit((name) => response.headers.get(name)),
      );
      return { status: response.status, body: await readBody(response) };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AttemptError) throw error;
      if (timeout.aborted)
        throw new AttemptError("timeout", "transient", `No whole answer came within ${requestTimeoutMs / 1000} s.`);
      throw new AttemptError("network", "transient", `The connection failed: ${networkReason(error)}.`, {
        cause: error,
      });
    }
  }

  #judge(status: number, body: Uint8Array, held: HeldToken, check: (json: Json) => string | null): Json {
    if (status === 200) {
      const json = parseJson(body);
      if (json === undefined)
        throw new AttemptError("malformed_response", "transient", "$: the answer is not JSON.", { httpStatus: 200 });
      this.#tokens.accepted();
      const problem = check(json);
      if (problem === null) return json;
      throw new AttemptError("malformed_response", "malformed", problem, { httpStatus: 200 });
    }
    const { errorCode, said } = readError(body);
    const details = { httpStatus: status, errorCode };
    const answered = `Auth0 answered ${status}${said === "" ? "" : ` (${said})`}.`;
    if (status === 401) {
      this.#tokens.refused(held, said);
      throw new AttemptError("unauthorized", "unauthorized", answered, details);
    }
    if (status === 429) throw new AttemptError("rate_limited", "limited", answered, details);
    if (status === 400) throw new AttemptError("invalid_request", "no", answered, details);
    if (status === 403) throw new AttemptError("forbidden", "no", answered, details);
    if (status === 404) throw new AttemptError("organization_not_found", "no", answered, details);
    if (status === 408 || status >= 500) throw new AttemptError("unavailable", "transient", answered, details);
    throw new AttemptError("malformed_response", "no", `$: ${answered}`, details);
  }
}

async function readBody(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the body.
    if (bytes > LONGEST_BODY_BYTES)
      throw new AttemptError("malformed_response", "no", `$: the answer is longer than ${LONGEST_BODY_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseJson(body: Uint8Array): Json | undefined {
  try {
    const json: Json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    return json;
  } catch {
    return undefined;
  }
}

function readError(body: Uint8Array): { readonly errorCode: string | null; readonly said: string } {
  const json = parseJson(body);
  const parsed = json === undefined ? null : parseAnswer(errorBodySchema, json);
  if (!parsed?.ok) return { errorCode: null, said: "" };
  const { errorCode = null, message = "" } = parsed.value;
  // It goes into evidence and onto terminals: one line of bounded length, and nothing that looks like a token.
  const said = message
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .replaceAll(/[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g, "[hidden]")
    .trim()
    .slice(0, LONGEST_MESSAGE_CHARACTERS)
    .toWellFormed();
  return { errorCode, said };
}

function networkReason(error: unknown): string {
  const cause = typeof error === "object" && error !== null && "cause" in error ? error.cause : error;
  if (typeof cause === "object" && cause !== null && "code" in cause) return String(cause.code);
  return "it was broken off";
}
