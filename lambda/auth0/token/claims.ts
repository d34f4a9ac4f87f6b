import * as v from "valibot";

const claimsSchema = v.object({ scope: v.string() });

/**
 * The scopes that a JWT says it has (RFC 8693, section 4.2: separated by spaces), not verified; null when the token is
 * opaque or says nothing of scopes.
 */
export function scopesOf(token: string): readonly string[] | null {
  const { output, success } = v.safeParse(claimsSchema, claims(token));
  return success ? output.scope.split(" ").filter((scope) => scope !== "") : null;
}

function claims(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  } catch {
    return null;
  }
}
