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
    for (const one of ofRule.patterns) if (matches(one.pattern, organizationName)) found.push(one);
    return found.sort((one, other) => one.place - other.place).map(({ waiver }) => waiver);
  }
}

function ruleKey(rule: string, version: number): string {
  return `${rule}@${version}`;
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

/** The texts between the `*` of a pattern. */
interface Pattern {
  readonly first: string;
  readonly middle: readonly string[];
  readonly last: string;
}

function patternOf(text: string): Pattern {
  const [from, to] = [text.indexOf("*"), text.lastIndexOf("*")];
  return { first: text.slice(0, from), middle: text.slice(from, to).split("*"), last: text.slice(to + 1) };
}

/** `*` alone matches every Organization, also one whose name is unknown. Each part is looked for once. */
function matches({ first, middle, last }: Pattern, name: string | null): boolean {
  if (name === null) return [first, ...middle, last].every((part) => part === "");
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of middle) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at + last.length <= name.length && name.endsWith(last);
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
