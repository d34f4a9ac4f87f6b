import { SEVERITIES, type Severity } from "../domain/change.ts";
import type { Finding } from "../domain/finding.ts";
import type { OrganizationId } from "../domain/identifiers.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import { describeRule, type Policy } from "../findings/policy.ts";
import { BUILT_IN_RULE_IDS } from "../findings/rules.ts";
import { WaiverUse } from "../findings/waivers.ts";
import type { DescribedRule, FindingsModel, RuleFindings, Undecided } from "./findings-model.ts";
import { RuleFindingsBuilder } from "./rule-findings.ts";
import { Shortlist } from "./shortlist.ts";
import { isNew } from "./text/finding.ts";

/** Limits of what a report lists. The evidence and findings.csv have everything. */
const MAX_NEW = 50;
const MAX_UNDECIDED = 100;

/** Collects the findings of a run in the order of the evidence. */
export class FindingsBuilder {
  readonly #manifest: Pick<Manifest, "kind" | "scope">;
  readonly #policy: Policy;
  readonly #rules = new Map<string, RuleFindingsBuilder>();
  readonly #use: WaiverUse;
  readonly #new: Record<Severity, number> = { high: 0, medium: 0, low: 0, info: 0 };
  readonly #worstNew = new Shortlist(MAX_NEW);
  readonly #undecided: Undecided[] = [];
  #undecidedTotal = 0;
  #lastUndecided: string | null = null;
  #lastOpen: OrganizationId | null = null;
  #lastHigh: OrganizationId | null = null;
  readonly #organizations = { open: 0, high: 0 };

  constructor(manifest: Pick<Manifest, "kind" | "scope" | "startedAt">, policy: Policy) {
    this.#manifest = manifest;
    this.#policy = policy;
    this.#use = new WaiverUse(policy, manifest.startedAt.slice(0, 10));
  }

  add(finding: Finding): void {
    this.#use.add(finding);
    const ofRule = this.#rules.get(finding.rule) ?? new RuleFindingsBuilder();
    this.#rules.set(finding.rule, ofRule);
    ofRule.add(finding);
    if (finding.status === "open") this.#addOpen(finding);
    if (finding.status === "not_evaluated") this.#addUndecided(finding);
  }

  #addOpen(finding: Finding): void {
    const { organizationId, severity } = finding;
    if (organizationId !== this.#lastOpen) this.#organizations.open += 1;
    this.#lastOpen = organizationId;
    if (severity === "high" && organizationId !== this.#lastHigh) {
      this.#organizations.high += 1;
      this.#lastHigh = organizationId;
    }
    if (!isNew(finding)) return;
    this.#new[severity] += 1;
    this.#worstNew.add(finding);
  }

  /** The rules that could not judge an Organization for the same reason are one entry. */
  #addUndecided({ organizationId, organizationName, message, rule }: Finding): void {
    const last = this.#undecided.at(-1);
    const key = JSON.stringify([organizationId, message]);
    if (key === this.#lastUndecided) {
      if (last?.organizationId === organizationId && last.message === message)
        this.#undecided.splice(-1, 1, { ...last, rules: [...last.rules, rule] });
      return;
    }
    this.#lastUndecided = key;
    this.#undecidedTotal += 1;
    if (this.#undecided.length < MAX_UNDECIDED)
      this.#undecided.push({ organizationId, organizationName, message, rules: [rule] });
  }

  build(): FindingsModel {
    const { builtIn, custom } = this.#policy;
    const on = [...builtIn.keys(), ...custom.map(({ id }) => id)];
    const found = on
      .flatMap((rule) => this.#rules.get(rule)?.build(this.#described(rule)) ?? [])
      .sort((left, right) => worst(left) - worst(right));
    const { kind, scope } = this.#manifest;
    const waivers = this.#use.result();
    return {
      rules: found,
      quiet: on.filter((rule) => !this.#rules.has(rule)).map((rule) => this.#described(rule)),
      off: BUILT_IN_RULE_IDS.filter((rule) => !builtIn.has(rule)).map((rule) => this.#described(rule)),
      organizations: { ...this.#organizations },
      newBySeverity: { ...this.#new },
      worstNew: this.#worstNew.items,
      undecided: this.#undecided,
      undecidedTotal: this.#undecidedTotal,
      waivers: kind === "sweep" && scope === "all" ? waivers : { ...waivers, unmatched: [] },
      isPostponed: kind === "update",
    };
  }

  #described(rule: string): DescribedRule {
    return { rule, description: describeRule(this.#policy, rule) };
  }
}

/** The place of a rule's worst open finding among the severities; rules without open findings come last. */
function worst({ open }: RuleFindings): number {
  const place = SEVERITIES.findIndex((severity) => open[severity] > 0);
  return place === -1 ? SEVERITIES.length : place;
}
