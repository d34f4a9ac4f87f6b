import type { Finding, Judgement, Waiver } from "../domain/finding.ts";
import type { ConnectionId, OrganizationId } from "../domain/identifiers.ts";
import { parseOrganizationId } from "../domain/organization-ids.ts";
import { EXPIRY_NOTICE_DAYS } from "./bounds.ts";

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

type About = Pick<Judgement, "rule" | "ruleVersion" | "connectionId" | "connectionName">;

const CONNECTION_ID = /^con_[A-Za-z0-9]{16}$/;

interface WaiversOfRule {
  /** By the text of their `organization`. */
  readonly exact: Map<string, PolicyWaiver[]>;
  readonly patterns: PolicyWaiver[];
}

/** Finds the waivers of a judgement without looking at all of them. */
export class WaiverIndex {
  readonly all: readonly PolicyWaiver[];
  readonly #places: ReadonlyMap<PolicyWaiver, number>;
  readonly #byRule = new Map<string, WaiversOfRule>();

  constructor(waivers: readonly PolicyWaiver[]) {
    this.all = waivers;
    this.#places = new Map(waivers.map((waiver, place) => [waiver, place]));
    for (const waiver of waivers) {
      const { exact, patterns } = this.#ofRule(waiver.rule);
      if (waiver.organization.includes("*")) patterns.push(waiver);
      else exact.set(waiver.organization, [...(exact.get(waiver.organization) ?? []), waiver]);
    }
  }

  #ofRule(rule: string): WaiversOfRule {
    const known = this.#byRule.get(rule) ?? { exact: new Map(), patterns: [] };
    this.#byRule.set(rule, known);
    return known;
  }

  /** The waivers that name the judgement's rule, its version and the Organization, in the order of the policy. */
  ofOrganization({ rule, ruleVersion }: About, { organizationId, organizationName }: Subject): readonly PolicyWaiver[] {
    const ofRule = this.#byRule.get(rule);
    if (ofRule === undefined) return [];
    // A name that was chosen to look like an ID matches nothing.
    const isName = organizationName !== null && parseOrganizationId(organizationName) === null;
    return [
      ...(ofRule.exact.get(organizationId) ?? []),
      ...((isName && ofRule.exact.get(organizationName)) || []),
      ...ofRule.patterns.filter(({ organization }) => matchesPattern(organization, organizationName)),
    ]
      .filter((waiver) => waiver.ruleVersion === ruleVersion)
      .sort((one, other) => this.#place(one) - this.#place(other));
  }

  #place(waiver: PolicyWaiver): number {
    return this.#places.get(waiver) ?? 0;
  }
}

/** The first waiver of the policy that holds for the judgement on `day`, `YYYY-MM-DD`; null: none does. */
export function waiverOf(index: WaiverIndex, about: About, subject: Subject, day: string): Waiver | null {
  const waiver = index
    .ofOrganization(about, subject)
    .find((one) => isInForce(one, day) && matchesConnection(one, about));
  if (waiver === undefined) return null;
  const { reason, expires, approvedBy } = waiver;
  return { reason, expires, approvedBy };
}

/** A waiver holds through its last day. */
function isInForce({ expires }: Waiver, day: string): boolean {
  return expires === null || day <= expires;
}

interface NamedConnection {
  readonly connectionId: ConnectionId | null;
  readonly connectionName: string | null;
}

function matchesConnection({ connection }: PolicyWaiver, { connectionId, connectionName }: NamedConnection): boolean {
  if (connection === null || connection === connectionId) return true;
  return connection === connectionName && !CONNECTION_ID.test(connection);
}

/** `*` alone matches every Organization, also one whose name is unknown. Linear in the name for each `*`. */
function matchesPattern(pattern: string, name: string | null): boolean {
  const [first = "", ...others] = pattern.split("*");
  const last = others.pop() ?? "";
  if (name === null) return first === "" && last === "" && others.every((part) => part === "");
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let at = first.length;
  for (const part of others) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** What an owner should know about the waivers of a policy; each list is in the order of the policy. */
export interface WaiverReview {
  /** Their last day was at most 14 days ago. */
  readonly expired: readonly PolicyWaiver[];
  /** Their last day is at most 14 days away. */
  readonly expiring: readonly PolicyWaiver[];
  /** They match no finding, of whatever status. */
  readonly unmatched: readonly PolicyWaiver[];
}

const DAY_MS = 86_400_000;

/** Collects which waivers of a policy match findings. `day` is the day of the run, `YYYY-MM-DD`. */
export class WaiverUse {
  readonly #index: WaiverIndex;
  readonly #day: string;
  readonly #matched = new Set<PolicyWaiver>();

  constructor({ waivers }: { readonly waivers: WaiverIndex }, day: string) {
    this.#index = waivers;
    this.#day = day;
  }

  /** Nothing is known of the connections of a finding that was not evaluated: it matches a waiver for any of them. */
  add(finding: Finding): void {
    for (const waiver of this.#index.ofOrganization(finding, finding))
      if (finding.status === "not_evaluated" || matchesConnection(waiver, finding)) this.#matched.add(waiver);
  }

  result(): WaiverReview {
    const { all } = this.#index;
    const daysLeft = ({ expires }: Waiver) =>
      expires === null ? Number.POSITIVE_INFINITY : (Date.parse(expires) - Date.parse(this.#day)) / DAY_MS;
    return {
      expired: all.filter((waiver) => daysLeft(waiver) < 0 && daysLeft(waiver) >= -EXPIRY_NOTICE_DAYS),
      expiring: all.filter((waiver) => daysLeft(waiver) >= 0 && daysLeft(waiver) <= EXPIRY_NOTICE_DAYS),
      unmatched: all.filter((waiver) => !this.#matched.has(waiver)),
    };
  }
}
