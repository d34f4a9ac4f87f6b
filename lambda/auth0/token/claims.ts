import * as v from "valibot";

/** The last time that a JavaScript date can hold, in seconds (ECMA-262, "Time Values and Time Range"). */
const LAST_SECOND = 8.64e12;
const scopeSchema = v.object({ scope: v.string() });
const expirySchema = v.object({ exp: v.pipe(v.number(), v.minValue(-LAST_SECOND), v.maxValue(LAST_SECOND)) });

/** A JWT's scopes (RFC 8693, section 4.2), not verified; null when the token is opaque or has no such claim. */
export function scopesOf(token: string): readonly string[] | null {
  const { output, success } = v.safeParse(scopeSchema, claims(token));
  return success ? output.scope.split(" ").filter((scope) => scope !== "") : null;
}

/** When a JWT expires (RFC 7519, section 4.1.4), in milliseconds since the epoch, not verified; null as for `scopesOf`. */
export function expiryOf(token: string): number | null {
  const { output, success } = v.safeParse(expirySchema, claims(token));
  return success ? output.exp * 1000 : null;
}

function claims(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  } catch {
    return null;
  }
}
