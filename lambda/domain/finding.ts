import type { Severity } from "./change.ts";
import type { ConnectionId, OrganizationId, RunId, Timestamp } from "./identifiers.ts";

/**
 * `waived`: the owner's policy accepts it. `not_evaluated`: the Organization was never observed, or the rule could not be
 * decided for it.
 */
export const FINDING_STATUSES = ["open", "waived", "not_evaluated"] as const;

export type FindingStatus = (typeof FINDING_STATUSES)[number];

/** Why a finding is accepted, and until when. */
export interface Waiver {
  readonly reason: string;
  /** The last day on which it holds, `YYYY-MM-DD`; null: it never ends. */
  readonly expires: string | null;
  readonly approvedBy: string | null;
}

/** What a rule says of one Organization's state, or of one of its connections. */
export interface Judgement {
  readonly rule: string;
  readonly ruleVersion: number;
  readonly severity: Severity;
  /** The connection that it is about; null when it is about the Organization. */
  readonly connectionId: ConnectionId | null;
  readonly connectionName: string | null;
  readonly strategy: string | null;
  readonly status: FindingStatus;
  /** What is wrong, in one sentence. */
  readonly message: string;
  /** For a waived one; else null. */
  readonly waiver: Waiver | null;
}

/** What is wrong now: a judgement on an Organization's state, and since when it is so. */
export interface Finding extends Judgement {
  readonly runId: RunId;
  readonly organizationId: OrganizationId;
  readonly organizationName: string | null;
  /** The observation that it rests on; null when there is none. */
  readonly stateObservedAt: Timestamp | null;
  /** The run that first had the same finding (Organization, rule, connection), without a break since. */
  readonly firstSeen: { readonly runId: RunId; readonly at: Timestamp };
}
