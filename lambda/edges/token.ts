import { inspect } from "node:util";
import * as v from "valibot";
import { TokenError } from "../core/errors.ts";
import type { ManagementApiToken, TokenSource } from "../ports.ts";

/** What an HTTP header can carry as a bearer token (RFC 6750, section 2.1). */
const BEARER = /^[A-Za-z0-9\-._~+/]+=*$/;
const HIDDEN = "[hidden]";

/**
 * Wraps a token so that it is shown nowhere: printed, inspected or stringified, it is `[hidden]`. White space around it
 * and a leading `Bearer ` are forgiven. Throws `TokenError` (`malformed`), whose message names `where`.
 */
export function managementApiToken(value: string, where: string): ManagementApiToken {
  const token = value.trim().replace(/^Bearer\s+/i, "");
  if (!BEARER.test(token))
    throw new TokenError(
      "malformed",
      `${where} holds no Management API token: it must be one word of letters, digits and -._~+/ (a JWT).`,
    );
  return {
    reveal: () => token,
    expiresAt: expiryOf(token),
    ...{ toString: () => HIDDEN, toJSON: () => HIDDEN, [inspect.custom]: () => HIDDEN },
  };
}

const claimsSchema = v.object({ exp: v.pipe(v.number(), v.finite()) });

/** The JWT's `exp` (RFC 7519, section 4.1.4), not verified; null when the token is opaque. */
function expiryOf(token: string): number | null {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    const parsed = v.safeParse(claimsSchema, claims);
    return parsed.success ? parsed.output.exp * 1000 : null;
  } catch {
    return null;
  }
}

/** A token that somebody handed over; reading it again gives the same. */
export function fixedToken(token: ManagementApiToken): TokenSource {
  return { read: async () => token };
}
