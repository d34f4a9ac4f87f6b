import { ConfigurationError } from "./errors.ts";

/** Shorter keys make guessing easier (RFC 2104, section 3). */
const LEAST_BYTES = 32;
const HEX = /^(?:[0-9a-f]{2})+$/i;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/**
 * The key of the pseudonyms, in hex or base64. `from` names where the text comes from. Throws `ConfigurationError`, which
 * never contains a part of the key.
 */
export function parsePseudonymKey(text: string, from: string): Uint8Array {
  const trimmed = text.trim();
  const encoding = HEX.test(trimmed) ? "hex" : BASE64.test(trimmed) ? "base64" : null;
  const key = encoding === null ? new Uint8Array() : new Uint8Array(Buffer.from(trimmed, encoding));
  if (key.length >= LEAST_BYTES) return key;
  throw new ConfigurationError(
    `${from}: it must have at least ${LEAST_BYTES} random bytes as hex or base64, such as the output of openssl rand -hex ${LEAST_BYTES}.`,
  );
}
