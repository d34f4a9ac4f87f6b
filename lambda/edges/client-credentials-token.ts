import pRetry from "p-retry";
import * as v from "valibot";
import { TokenError } from "../core/errors.ts";
import type { TokenSource } from "../ports.ts";
import { managementApiToken } from "./token.ts";

const ATTEMPTS = 4;
const TIMEOUT_MS = 15_000;

export interface ClientCredentials {
  /** Where the tenant is: `https://DOMAIN`. */
  readonly baseUrl: string;
  /** The tenant's own domain, which the audience names. */
  readonly domain: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly userAgent: string;
}

const grantSchema = v.object({ access_token: v.string() });

/** Passing trouble: 429, 5xx, no answer. */
class PassingError extends Error {}

/**
 * A Management API token by the client credentials grant:
 * https://auth0.com/docs/secure/tokens/access-tokens/management-api-access-tokens. Throws `TokenError`, which never holds
 * the secret.
 */
export function clientCredentialsToken(credentials: ClientCredentials, signal: AbortSignal): TokenSource {
  return {
    read: async () => {
      try {
        return await pRetry(() => grant(credentials, signal), {
          retries: ATTEMPTS - 1,
          minTimeout: 500,
          randomize: true,
          signal,
          shouldRetry: ({ error }) => error instanceof PassingError,
        });
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof TokenError) throw error;
        const reason = error instanceof Error ? error.message : "no answer";
        throw new TokenError("unavailable", `${credentials.domain} gave no token: ${reason}.`);
      }
    },
  };
}

async function grant({ baseUrl, domain, clientId, clientSecret, userAgent }: ClientCredentials, signal: AbortSignal) {
  const { status, body } = await post(`${baseUrl}/oauth/token`, userAgent, signal, {
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret,
    audience: `https://${domain}/api/v2/`,
  });
  if (status === 429 || status >= 500) throw new PassingError(`it answered ${status}`);
  if (status === 401 || status === 403)
    throw new TokenError(
      "refused",
      `${domain} refused the client credentials (${status}); check AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET, and that the application may use the Management API.`,
    );
  if (status !== 200) throw new TokenError("unavailable", `${domain} gave no token: it answered ${status}.`);
  const granted = v.safeParse(grantSchema, body);
  if (!granted.success)
    throw new TokenError("malformed", `${domain} answered the token request without an access_token.`);
  return managementApiToken(granted.output.access_token, `The answer of ${domain}`);
}

async function post(url: string, userAgent: string, signal: AbortSignal, form: Readonly<Record<string, string>>) {
  try {
    const response = await fetch(url, {
      method: "POST",
      redirect: "manual",
      headers: { "content-type": "application/json", accept: "application/json", "user-agent": userAgent },
      body: JSON.stringify(form),
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const text = await response.text();
    return { status: response.status, body: parse(text) };
  } catch (error) {
    signal.throwIfAborted();
    // The request's body holds the secret, so nothing of the error but its code goes on.
    const cause = typeof error === "object" && error !== null && "cause" in error ? error.cause : null;
    const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "no answer";
    throw new PassingError(`the connection failed (${code})`);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
