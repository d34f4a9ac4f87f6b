import pRetry from "p-retry";
import * as v from "valibot";
import type { Clock } from "../../domain/clock.ts";
import { TokenError } from "../../domain/errors.ts";
import { connectionProblem } from "../connection-error.ts";
import { backoffMs, rateLimitedMs } from "../rate-limit/backoff.ts";
import { type RateLimit, readRateLimit } from "../rate-limit/headers.ts";
import type { TokenSource } from "./port.ts";
import { managementApiToken } from "./token.ts";

const ATTEMPTS = 5;
/** For one attempt, its body included. */
const TIMEOUT_MS = 15_000;
const LONGEST_BODY_BYTES = 64 * 1024;

export interface ClientCredentials {
  /** Where the tenant is: `https://DOMAIN`, without a slash at the end. */
  readonly baseUrl: string;
  /** The tenant's own domain, which the audience names. */
  readonly domain: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly userAgent: string;
  /** Where a person has put them. Default: the two environment variables. */
  readonly from?: string;
}

interface Waiting {
  readonly clock: Clock;
  /** For jitter: 0 to 1. */
  readonly random?: () => number;
}

/** Trouble that may pass. It has no cause: the request has the secret, so only the error's code is passed on. */
class PassingError extends Error {
  /** What the answer said of the rate limit, when it was a 429. */
  readonly rateLimit: RateLimit | null;
  constructor(message: string, rateLimit: RateLimit | null = null) {
    super(message);
    this.rateLimit = rateLimit;
  }
}

/**
 * A Management API token by the client credentials grant
 * (https://auth0.com/docs/secure/tokens/access-tokens/management-api-access-tokens), a new one for each reading; nothing is
 * kept. Throws `TokenError`, which never holds the secret, and the signal's reason.
 */
export function clientCredentialsToken(
  credentials: ClientCredentials,
  signal: AbortSignal,
  { clock, random = Math.random }: Waiting,
): TokenSource {
  return {
    secrets: [credentials.clientSecret],
    read: async () => {
      const wait = async ({ rateLimit }: PassingError, attempt: number) => {
        const milliseconds =
          rateLimit === null ? backoffMs(attempt, random()) : rateLimitedMs(rateLimit, clock.now(), attempt, random());
        await clock.sleep(milliseconds, signal);
        return true;
      };
      try {
        return await pRetry(() => grant(credentials, signal), {
          retries: ATTEMPTS - 1,
          minTimeout: 0,
          signal,
          shouldRetry: ({ error, attemptNumber }) => error instanceof PassingError && wait(error, attemptNumber),
        });
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof PassingError)) throw error;
        throw new TokenError(
          "unavailable",
          `${credentials.domain} gave no token, asked ${ATTEMPTS} times: ${error.message}; try again later.`,
        );
      }
    },
  };
}

const grantSchema = v.object({ access_token: v.string() });

async function grant(credentials: ClientCredentials, signal: AbortSignal) {
  const { domain, from = "AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET" } = credentials;
  const { status, rateLimit, body } = await post(credentials, signal);
  if (status === 429) throw new PassingError("it answered 429", rateLimit);
  if (status === 408 || status >= 500) throw new PassingError(`it answered ${status}`);
  if (status === 401)
    throw new TokenError("refused", `${domain} refused the client ID or the client secret (401); check ${from}.`);
  if (status === 403)
    throw new TokenError(
      "refused",
      `${domain} refused the application of ${from} (403); authorize it for the Auth0 Management API.`,
    );
  if (status !== 200)
    throw new TokenError("unavailable", `${domain} gave no token (${status}); check the domain and ${from}.`);
  if (body === undefined) throw new PassingError("its answer is not JSON");
  const { output, success } = v.safeParse(grantSchema, body);
  if (!success) throw new TokenError("malformed", `${domain} answered without an access_token; check the domain.`);
  return managementApiToken(output.access_token, `The answer of ${domain}`);
}

async function post(
  { baseUrl, domain, clientId, clientSecret, userAgent }: ClientCredentials,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly rateLimit: RateLimit; readonly body: unknown }> {
  try {
    const response = await fetch(`${baseUrl}/oauth/token`, {
      method: "POST",
      // The secret must not follow a redirect to another host.
      redirect: "manual",
      headers: { "content-type": "application/json", accept: "application/json", "user-agent": userAgent },
      body: JSON.stringify({
        grant_type: "client_credentials",
        client_id: clientId,
        client_secret: clientSecret,
        audience: `https://${domain}/api/v2/`,
      }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const rateLimit = readRateLimit((name) => response.headers.get(name));
    return { status: response.status, rateLimit, body: parse(await readBody(response)) };
  } catch (error) {
    signal.throwIfAborted();
    const { kind, text } = connectionProblem(error);
    if (kind === "wrong_host")
      throw new TokenError("unavailable", `${domain} gave no token: the connection failed (${text}).`);
    throw new PassingError(`the connection failed (${text})`);
  }
}

async function readBody(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the body.
    if (bytes > LONGEST_BODY_BYTES) return "";
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Undefined when it is not JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
