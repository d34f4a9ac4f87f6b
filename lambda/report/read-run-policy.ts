import { ConfigurationError, EvidenceError } from "../domain/errors.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import { readPolicyText } from "../evidence/store/policies.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import { type Policy, parsePolicy } from "../findings/policy.ts";

/**
 * The policy that a run was judged by; null when it judged nothing. Throws `EvidenceError`: `missing`, `altered`, and
 * `malformed` when this version cannot read it.
 */
export async function readRunPolicy(store: EvidenceReader, { policy, status }: Manifest): Promise<Policy | null> {
  if (policy === null || status === "failed") return null;
  const text = await readPolicyText(store, policy);
  try {
    return parsePolicy(text, policy.key);
  } catch (error) {
    if (error instanceof ConfigurationError) throw new EvidenceError("malformed", error.message, { cause: error });
    throw error;
  }
}
