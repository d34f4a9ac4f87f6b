import type { Severity } from "../domain/change.ts";
import type { Finding, Waiver } from "../domain/finding.ts";
import type { OrganizationId } from "../domain/identifiers.ts";
import type { DescribedRule, RuleFindings } from "./findings-model.ts";
import { Shortlist } from "./shortlist.ts";
import { isNew } from "./text/finding.ts";

/** Limits for each rule, and for each waiver of it. */
const MAX_OPEN = 100;
const MAX_WAIVED = 5;

/** Collects the findings of one rule in the order of the evidence. */
export class RuleFindingsBuilder {
  readonly #open: Record<Severity, number> = { high: 0, medium: 0, low: 0, info: 0 };
  readonly #shown = new Shortlist(MAX_OPEN);
  /** By their texts. A policy has a bounded number of them. */
  readonly #waivers = new Map<string, { readonly waiver: Waiver; count: number; readonly shown: Finding[] }>();
  #last: OrganizationId | null = null;
  #organizations = 0;
  #new = 0;
  #waived = 0;
  #notEvaluated = 0;

  add(finding: Finding): void {
    switch (finding.status) {
      case "open":
        this.#addOpen(finding);
        break;
      case "waived":
        this.#addWaived(finding);
        break;
      case "not_evaluated":
        this.#notEvaluated += 1;
        break;
      default:
        finding.status satisfies never;
    }
  }

  #addOpen(finding: Finding): void {
    const { organizationId, severity } = finding;
    this.#open[severity] += 1;
    if (isNew(finding)) this.#new += 1;
    if (organizationId !== this.#last) this.#organizations += 1;
    this.#last = organizationId;
    this.#shown.add(finding);
  }

  #addWaived(finding: Finding): void {
    this.#waived += 1;
    const { waiver } = finding;
    if (waiver === null) return;
    const key = JSON.stringify([waiver.reason, waiver.expires, waiver.approvedBy]);
    const alike = this.#waivers.get(key) ?? { waiver, count: 0, shown: [] };
    alike.count += 1;
    if (alike.shown.length < MAX_WAIVED) alike.shown.push(finding);
    this.#waivers.set(key, alike);
  }

  build(described: DescribedRule): RuleFindings {
    return {
      ...described,
      open: { ...this.#open },
      organizations: this.#organizations,
      new: this.#new,
      waived: this.#waived,
      notEvaluated: this.#notEvaluated,
      shown: this.#shown.items,
      waivers: [...this.#waivers.values()],
    };
  }
}
