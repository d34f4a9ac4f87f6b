import { EvidenceError } from "../../domain/errors.ts";
import type { Tenant } from "../../domain/identifiers.ts";
import { collect } from "../../streams/collect.ts";
import { sha256 } from "../format/digest.ts";
import { policyKey } from "../format/keys.ts";
import type { PolicyReference } from "../format/manifest.ts";
import { altered } from "../verify/problem.ts";
import type { EvidenceReader, EvidenceStore } from "./port.ts";

/** A policy file is far smaller: its lists and expressions are bounded. */
const MOST_POLICY_BYTES = 4 * 1024 * 1024;

/** What runs are judged by, as its owner wrote it. */
export interface PolicyText {
  readonly source: PolicyReference["source"];
  readonly text: string;
}

/** Stores a policy under the SHA-256 of its bytes, once for all runs that are judged by it. Throws `EvidenceStoreError`. */
export async function storePolicy(
  store: EvidenceStore,
  tenant: Tenant,
  { source, text }: PolicyText,
): Promise<PolicyReference> {
  const bytes = Buffer.from(text);
  const digest = sha256(bytes);
  const key = policyKey(tenant, digest);
  await store.create(key, bytes, "application/json");
  return { key, sha256: digest, source };
}

/** The text of a policy as its run stored it. Throws `EvidenceError`: `missing`, `altered`. */
export async function readPolicyText(
  store: EvidenceReader,
  { key, sha256: recorded }: Pick<PolicyReference, "key" | "sha256">,
): Promise<string> {
  const object = await store.read(key);
  if (object === null) throw new EvidenceError("missing", `${key}: the policy is not in the store.`);
  const bytes = await collect(object.body, MOST_POLICY_BYTES);
  if (sha256(bytes) !== recorded) altered(key, "it is not the policy that the run was judged by");
  return Buffer.from(bytes).toString();
}
