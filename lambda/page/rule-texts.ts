import type { Manifest } from "../evidence/format/manifest.ts";
import { readPolicyText } from "../evidence/store/policies.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import { describeRule, parsePolicy, type RuleDescription } from "../findings/policy.ts";
import { BUILT_IN_RULE_IDS } from "../findings/rules.ts";

/** What the rules say that judged a state. */
export interface RuleTexts {
  /** The built-in ones, then those of the owner's policy. */
  readonly ids: readonly string[];
  /** Null for a rule that none of the policies has. */
  readonly of: (id: string) => RuleDescription | null;
}

/** Reads the policies that judged some runs, newest first. Throws `EvidenceError`, `ConfigurationError`. */
export async function readRuleTexts(store: EvidenceReader, layers: readonly Manifest[]): Promise<RuleTexts> {
  const references = new Map(layers.flatMap(({ policy }) => (policy === null ? [] : [[policy.key, policy]])));
  const texts = new Map<string, RuleDescription>();
  const custom: string[] = [];
  for (const reference of references.values()) {
    const policy = parsePolicy(await readPolicyText(store, reference), reference.key);
    const ids = policy.custom.map(({ id }) => id);
    for (const id of [...BUILT_IN_RULE_IDS, ...ids]) if (!texts.has(id)) texts.set(id, describeRule(policy, id));
    custom.push(...ids.filter((id) => !custom.includes(id)));
  }
  return { ids: [...BUILT_IN_RULE_IDS, ...custom], of: (id) => texts.get(id) ?? null };
}
