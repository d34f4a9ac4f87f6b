import { clientCredentialsToken } from "../auth0/token/client-credentials.ts";
import type { TokenSource } from "../auth0/token/port.ts";
import { fixedToken, managementApiToken } from "../auth0/token/token.ts";
import { ConfigurationError, TokenError } from "../domain/errors.ts";
import type { Domain } from "../domain/identifiers.ts";
import { systemClock } from "../execution/system-clock.ts";
import { USER_AGENT } from "../producer.ts";

/**
 * The token that the environment gives: itself, or by client credentials. Throws `ConfigurationError` when there is
 * none, and for one that cannot be used.
 */
export function localTokenSource(
  environment: NodeJS.ProcessEnv,
  domain: Domain,
  { nowMs, signal, baseUrl = `https://${domain}` }: { nowMs: number; signal: AbortSignal; baseUrl?: string },
): TokenSource {
  const { AUTH0_API_TOKEN: token, AUTH0_CLIENT_ID: clientId, AUTH0_CLIENT_SECRET: clientSecret } = environment;
  if (token) return fixedToken(usable(token, nowMs));
  if (clientId && clientSecret)
    return clientCredentialsToken({ baseUrl, domain, clientId, clientSecret, userAgent: USER_AGENT }, signal, {
      clock: systemClock,
    });
  if (clientId) throw new ConfigurationError("AUTH0_CLIENT_SECRET: it is missing beside AUTH0_CLIENT_ID.");
  if (clientSecret) throw new ConfigurationError("AUTH0_CLIENT_ID: it is missing beside AUTH0_CLIENT_SECRET.");
  throw new ConfigurationError(
    "AUTH0_API_TOKEN: there is no token; set it, or AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET.",
  );
}

function usable(text: string, nowMs: number) {
  try {
    const token = managementApiToken(text, "AUTH0_API_TOKEN");
    if (token.expiresAt === null || token.expiresAt > nowMs) return token;
    throw new ConfigurationError(
      `AUTH0_API_TOKEN: the token expired at ${new Date(token.expiresAt).toISOString()}; set a fresh one.`,
    );
  } catch (error) {
    if (error instanceof TokenError) throw new ConfigurationError(error.message, { cause: error });
    throw error;
  }
}
