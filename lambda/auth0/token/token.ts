import { inspect } from "node:util";
import * as v from "valibot";
import { TokenError } from "../../domain/errors.ts";
import type { ManagementApiToken, TokenSource } from "./port.ts";

/** One word of visible ASCII, which is all that a header can carry; quotes and braces mean that something else was put. */
const TOKEN = /^(?!["'{[<])[\x21-\x7e]+$/;
/** Beyond it, no server takes the header. */
const LONGEST_TOKEN_CHARACTERS = 16 * 1024;
/** The last moment that a JavaScript date can tell, in milliseconds (ECMA-262, "Time Values and Time Range"). */
const LAST_MOMENT_MS = 8.64e15;
const HIDDEN = "[hidden]";

/**
 * Wraps a token so that it is shown nowhere: printed, inspected or stringified, it is `[hidden]`. White space around it
 * and one leading `Bearer ` are forgiven. Throws `TokenError` (`malformed`), whose message names `where` and holds no
 * part of the token.
 */
export function managementApiToken(value: string, where: string): ManagementApiToken {
  const token = value.trim().replace(/^Bearer(?: +|$)/i, "");
  if (!TOKEN.test(token) || token.length > LONGEST_TOKEN_CHARACTERS)
    throw new TokenError(
      "malformed",
      `${where} holds no Management API token: it must be one word without quotes, as Auth0 gives it (a JWT).`,
    );
  return {
    reveal: () => token,
    expiresAt: expiryOf(token),
    ...{ toString: () => HIDDEN, toJSON: () => HIDDEN, [inspect.custom]: () => HIDDEN },
  };
}

const claimsSchema = v.object({
  exp: v.pipe(v.number(), v.minValue(-LAST_MOMENT_MS / 1000), v.maxValue(LAST_MOMENT_MS / 1000)),
});

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
