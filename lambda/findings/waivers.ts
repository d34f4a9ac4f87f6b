import type { Finding, Waiver } from "../domain/finding.ts";
import type { ConnectionId } from "../domain/identifiers.ts";
import { EXPIRY_NOTICE_DAYS } from "./bounds.ts";
import type { About, PolicyWaiver, Subject, WaiverIndex } from "./waiver-index.ts";

export type { PolicyWaiver } from "./waiver-index.ts";

const CONNECTION_ID = /^con_[A-Za-z0-9]{16}$/;

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
