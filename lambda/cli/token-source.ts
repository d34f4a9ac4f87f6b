import { clientCredentialsToken } from "../auth0/token/client-credentials.ts";
import type { TokenSource } from "../auth0/token/port.ts";
import { fixedToken, managementApiToken } from "../auth0/token/token.ts";
import { ConfigurationError } from "../domain/errors.ts";
import type { Domain } from "../domain/identifiers.ts";
import { systemClock } from "../execution/system-clock.ts";
import { USER_AGENT } from "../producer.ts";

/**
 * The token in the environment, or one that its client credentials get. Throws `ConfigurationError` when there is neither
 * or the token has expired, and `TokenError` for a malformed token.
 */
export function localTokenSource(
  { AUTH0_API_TOKEN: token, AUTH0_CLIENT_ID: clientId, AUTH0_CLIENT_SECRET: clientSecret }: NodeJS.ProcessEnv,
  domain: Domain,
  { nowMs, signal }: { readonly nowMs: number; readonly signal: AbortSignal },
): TokenSource {
  if (token) return environmentToken(token, nowMs);
  if (clientId && clientSecret) {
    const credentials = { baseUrl: `https://${domain}`, domain, clientId, clientSecret, userAgent: USER_AGENT };
    return clientCredentialsToken(credentials, signal, { clock: systemClock });
  }
  if (clientId) throw new ConfigurationError("AUTH0_CLIENT_SECRET: it is missing; AUTH0_CLIENT_ID needs it.");
  if (clientSecret) throw new ConfigurationError("AUTH0_CLIENT_ID: it is missing; AUTH0_CLIENT_SECRET needs it.");
  throw new ConfigurationError(
    "AUTH0_API_TOKEN: there is no token; set it, or AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET.",
  );
}

function environmentToken(text: string, nowMs: number): TokenSource {
  const token = managementApiToken(text, "AUTH0_API_TOKEN");
  if (token.expiresAt === null || token.expiresAt > nowMs) return fixedToken(token);
  const at = new Date(token.expiresAt).toISOString();
  throw new ConfigurationError(`AUTH0_API_TOKEN: the token expired at ${at}; set a new one.`);
}
