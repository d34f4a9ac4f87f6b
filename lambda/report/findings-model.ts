import type { Severity } from "../domain/change.ts";
import type { Finding, Waiver } from "../domain/finding.ts";
import type { RuleDescription } from "../findings/policy.ts";
import type { WaiverReview } from "../findings/waivers.ts";

/** A rule of the policy, as people read it. */
export interface DescribedRule {
  readonly rule: string;
  readonly description: RuleDescription;
}

/** Findings that the policy accepts for the same reason. */
export interface WaivedFindings {
  readonly waiver: Waiver;
  readonly count: number;
  /** The first of them. */
  readonly shown: readonly Finding[];
}

/** What one rule found in a run. Its size is bounded. */
export interface RuleFindings extends DescribedRule {
  readonly open: Readonly<Record<Severity, number>>;
  /** Organizations with open findings. */
  readonly organizations: number;
  /** Open findings that the run is the first to have. */
  readonly new: number;
  readonly waived: number;
  readonly notEvaluated: number;
  /** Open findings: worst first, new ones first, then in the order of the evidence. */
  readonly shown: readonly Finding[];
  readonly waivers: readonly WaivedFindings[];
}

/** An Organization that rules could not judge, and why. */
export interface Undecided extends Pick<Finding, "organizationId" | "organizationName" | "message"> {
  readonly rules: readonly string[];
}

/** Everything that a report says of a run's findings. Its size is bounded for any tenant. */
export interface FindingsModel {
  /** Rules with findings of any status, worst first. */
  readonly rules: readonly RuleFindings[];
  /** Rules that are on and found nothing. */
  readonly quiet: readonly DescribedRule[];
  /** Rules that the policy turns off. */
  readonly off: readonly DescribedRule[];
  /** Organizations with open findings, and with open findings of high severity. */
  readonly organizations: { readonly open: number; readonly high: number };
  readonly newBySeverity: Readonly<Record<Severity, number>>;
  /** New open findings, worst first. At most 50. */
  readonly worstNew: readonly Finding[];
  /** At most 100. */
  readonly undecided: readonly Undecided[];
  /** How many there are in all. */
  readonly undecidedTotal: number;
  /** No waiver is unmatched in a run that judges only a part of the tenant. */
  readonly waivers: WaiverReview;
  /** Whether rules that compare Organizations are judged by the next sweep, and not by this run. */
  readonly isPostponed: boolean;
}
