import type { Attribution } from "../audit/run.ts";
import { ConfigurationError } from "../domain/errors.ts";
import type { Timestamp } from "../domain/identifiers.ts";
import { parsePseudonymKey } from "../domain/pseudonym-key.ts";
import { moment } from "../domain/text.ts";

const KEY = "AUTH0_PSEUDONYM_KEY";

/** The key of the pseudonyms in the environment; null when none is needed. Throws `ConfigurationError`. */
export function localPseudonymKey(environment: NodeJS.ProcessEnv, attribution: Attribution): Uint8Array | null {
  if (attribution !== "pseudonyms") return null;
  const text = environment[KEY];
  if (!text)
    throw new ConfigurationError(
      `${KEY}: it is missing; --attribution pseudonyms needs it: 32 random bytes as hex or base64, the same for every run.`,
    );
  return parsePseudonymKey(text, KEY);
}

/** The result of an update to which nothing was hinted. */
export function nothingHintedText(until: Timestamp): string {
  return `Nothing changed up to ${moment(until)}, as far as the tenant's logs and events show. Nothing is recorded.`;
}
