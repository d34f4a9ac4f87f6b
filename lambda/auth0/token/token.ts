import { inspect } from "node:util";
import { TokenError } from "../../domain/errors.ts";
import { expiryOf } from "./claims.ts";
import type { ManagementApiToken, TokenSource } from "./port.ts";

/** One word of visible ASCII, which is all that a header can carry; quotes and braces mean that something else was put. */
const TOKEN = /^(?!["'{[<])[\x21-\x7e]+$/;
/** Beyond it, no server takes the header. */
const LONGEST_TOKEN_CHARACTERS = 16 * 1024;
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

/** A given token: every read returns the same. */
export function fixedToken(token: ManagementApiToken): TokenSource {
  return { read: async () => token };
}
