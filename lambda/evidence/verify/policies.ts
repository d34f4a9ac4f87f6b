import { EvidenceError } from "../../domain/errors.ts";
import type { ObjectKey, Sha256, Tenant } from "../../domain/identifiers.ts";
import { parsePolicyKey, policiesPrefix } from "../format/keys.ts";
import type { Manifest, PolicyReference } from "../format/manifest.ts";
import { readPolicyText } from "../store/policies.ts";
import type { EvidenceReader } from "../store/port.ts";

/** The policies that a tenant's manifests name: few, because a policy is stored once for all runs that it judges. */
export class NamedPolicies {
  readonly #store: EvidenceReader;
  readonly #named = new Set<ObjectKey>();
  readonly #checked = new Set<Sha256>();

  constructor(store: EvidenceReader) {
    this.#store = store;
  }

  /** Notes the policy of a run. */
  add({ policy }: Manifest): void {
    if (policy !== null) this.#named.add(policy.key);
  }

  /** Compares the policy of a run with its hash, once for all runs. Throws `EvidenceError`: `missing`, `altered`. */
  async check({ policy }: Manifest): Promise<void> {
    if (policy === null || this.#checked.has(policy.sha256)) return;
    this.#checked.add(policy.sha256);
    await readPolicyText(this.#store, policy);
  }

  /**
   * The stored objects that no manifest names. A run that was not recorded leaves its policy, under the hash of its bytes:
   * `isLeftover`. Nothing else is written there. Throws `EvidenceStoreError`.
   */
  async *others(tenant: Tenant): AsyncGenerator<{ readonly key: ObjectKey; readonly isLeftover: boolean }> {
    for await (const key of this.#store.list(policiesPrefix(tenant)))
      if (!this.#named.has(key)) {
        const named = parsePolicyKey(key);
        yield { key, isLeftover: named !== null && (await this.#isSound({ key, sha256: named })) };
      }
  }

  async #isSound(policy: Pick<PolicyReference, "key" | "sha256">): Promise<boolean> {
    try {
      await readPolicyText(this.#store, policy);
      return true;
    } catch (error) {
      if (error instanceof EvidenceError) return false;
      throw error;
    }
  }
}
