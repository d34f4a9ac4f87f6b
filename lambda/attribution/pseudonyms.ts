import { createHmac } from "node:crypto";
import { ConfigurationError } from "../domain/errors.ts";
import type { Operation } from "../domain/operation.ts";

/** A key shorter than the hash makes guessing easier (RFC 2104, section 3). */
const LEAST_KEY_BYTES = 32;

/**
 * Replaces what names a person in operations by an HMAC-SHA-256 (RFC 2104) under the tenant's own key, in hex: equal
 * values stay equal, across fields and runs. `client_id`, `client_name` and `user_agent` say which application it was, and
 * stay. Throws `ConfigurationError` for a key of fewer than 32 bytes.
 */
export function pseudonymizer(key: Uint8Array): (operation: Operation) => Operation {
  if (key.length < LEAST_KEY_BYTES)
    throw new ConfigurationError(
      `The key of the pseudonyms has ${key.length} bytes; it must have at least ${LEAST_KEY_BYTES}.`,
    );
  const pseudonym = (value: string | null) =>
    value === null ? null : createHmac("sha256", key).update(value).digest("hex");
  return (operation) => {
    const { actor, ip } = operation;
    return {
      ...operation,
      actor: {
        kind: actor.kind,
        id: pseudonym(actor.id),
        name: pseudonym(actor.name),
        email: pseudonym(actor.email),
      },
      ip: pseudonym(ip),
    };
  };
}
