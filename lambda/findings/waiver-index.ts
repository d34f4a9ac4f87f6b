import type { Judgement, Waiver } from "../domain/finding.ts";
import type { OrganizationId } from "../domain/identifiers.ts";
import { parseOrganizationId } from "../domain/organization-ids.ts";
import { matchesPattern, type Pattern, patternOf } from "./organization-pattern.ts";

/** A waiver as the policy file has it. */
export interface PolicyWaiver extends Waiver {
  readonly rule: string;
  readonly ruleVersion: number;
  /** An Organization's ID, its name, or a pattern of its name in which `*` is any number of characters. */
  readonly organization: string;
  /** A connection's ID or name; null: the whole Organization. */
  readonly connection: string | null;
}

/** The Organization that a judgement is about, as waivers name it. */
export interface Subject {
  readonly organizationId: OrganizationId;
  readonly organizationName: string | null;
}

export type About = Pick<Judgement, "rule" | "ruleVersion" | "connectionId" | "connectionName">;

/** A waiver and its place in the policy. */
interface Placed {
  readonly waiver: PolicyWaiver;
  readonly place: number;
}

interface WaiversOfRule {
  /** By the text of their `organization`. */
  readonly exact: Map<string, Placed[]>;
  readonly patterns: (Placed & { readonly pattern: Pattern })[];
}

/** Finds the waivers of a judgement without looking at all of them. */
export class WaiverIndex {
  /** In the order of the policy. */
  readonly all: readonly PolicyWaiver[];
  readonly #byRule = new Map<string, WaiversOfRule>();

  constructor(waivers: readonly PolicyWaiver[]) {
    this.all = waivers;
    waivers.forEach((waiver, place) => {
      const { exact, patterns } = this.#ofRule(waiver);
      const { organization } = waiver;
      if (organization.includes("*")) patterns.push({ waiver, place, pattern: patternOf(organization) });
      else exact.set(organization, [...(exact.get(organization) ?? []), { waiver, place }]);
    });
  }

  #ofRule({ rule, ruleVersion }: PolicyWaiver): WaiversOfRule {
    const key = ruleKey(rule, ruleVersion);
    const known = this.#byRule.get(key) ?? { exact: new Map(), patterns: [] };
    this.#byRule.set(key, known);
    return known;
  }

  /** The waivers that name the judgement's rule, its version and the Organization, in the order of the policy. */
  ofOrganization({ rule, ruleVersion }: About, { organizationId, organizationName }: Subject): readonly PolicyWaiver[] {
    const ofRule = this.#byRule.get(ruleKey(rule, ruleVersion));
    if (ofRule === undefined) return [];
    const found = [...(ofRule.exact.get(organizationId) ?? [])];
    // A name that was chosen to look like an ID matches nothing.
    if (organizationName !== null && parseOrganizationId(organizationName) === null)
      found.push(...(ofRule.exact.get(organizationName) ?? []));
    for (const one of ofRule.patterns) if (matchesPattern(one.pattern, organizationName)) found.push(one);
    return found.sort((one, other) => one.place - other.place).map(({ waiver }) => waiver);
  }
}

function ruleKey(rule: string, version: number): string {
  return `${rule}@${version}`;
}
