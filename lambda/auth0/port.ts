import type { Domain, OrganizationId, Timestamp } from "../domain/identifiers.ts";
import type { Json } from "../domain/json.ts";
import type { EnabledConnection, Failure, Organization } from "../domain/organization.ts";
import type { Usage } from "../domain/run.ts";
import type { LogsPage } from "./log-answers.ts";

export type { LogsPage } from "./log-answers.ts";
export { type LogEntry, MY_ORGANIZATION_TYPE } from "./log-entry.ts";

/** What one read of the tenant came to: a value, or why there is none. A refused token is thrown, as `RunFailure`. */
export type Reading<Value> =
  | { readonly ok: true; readonly value: Value; readonly at: Timestamp }
  | { readonly ok: false; readonly failure: Failure; readonly at: Timestamp };

export interface OrganizationsPage {
  readonly organizations: readonly Organization[];
  /** The checkpoint to go on from; null at the end. It lives 24 hours. */
  readonly next: string | null;
}

/** One page of a search through the tenant's logs, ascending by date. */
export interface LogQuery {
  /** Event types, with an asterisk at the end for a prefix; null: all. */
  readonly types: readonly string[] | null;
  /** The dates of the entries, both included. */
  readonly from: Timestamp;
  readonly until: Timestamp;
  /** From 0. Auth0 answers the first 1,000 results of a search alone. */
  readonly page: number;
  /** 1 to 100; the answer may have fewer and says so. */
  readonly perPage: number;
}

/** What a search came to. `not_granted`: the token lacks `read:logs`. */
export type LogsReading =
  | { readonly kind: "page"; readonly page: LogsPage }
  | { readonly kind: "not_granted" }
  | { readonly kind: "failed"; readonly failure: Failure };

/** The Auth0 Management API, as far as the audit reads it. Every method but `logs` throws `RunFailure` when the token is refused or lacks a scope. */
export interface ManagementApi {
  readonly domain: Domain;
  /** One page of the tenant's Organizations, by checkpoint. Throws `RunFailure` (`organizations_unreadable`). */
  organizations(from: string | null): Promise<OrganizationsPage>;
  /** One Organization by ID; null when Auth0 answers 404. */
  organization(id: OrganizationId): Promise<Reading<Organization | null>>;
  /** An Organization's enabled connections, sorted by ID, all pages. */
  enabledConnections(id: OrganizationId): Promise<Reading<readonly EnabledConnection[]>>;
  /** One page of the tenant's logs. Whatever goes wrong is a value: logs that cannot be read fail no run. */
  logs(query: LogQuery): Promise<LogsReading>;
  /** How many reads of enabled connections are worth having under way now; at least 1. */
  concurrency(): number;
  /** How long the bucket forbids another read, in milliseconds; 0 when one may go soon. */
  pauseMs(): number;
  /** How long so many more reads of enabled connections will take, in milliseconds; infinite while nothing tells. */
  estimateMs(reads: number): number;
  /** What was asked of the tenant since this object was made. */
  usage(): Omit<Usage, "durationMs">;
}

/** Where a reading of the tenant's events begins: after an offset; without one, at a time; without both, now. */
export interface EventsStart {
  /** An offset that an earlier reading answered. It is tried first. */
  readonly offset: string | null;
  readonly timestamp: Timestamp | null;
}

/** One event of the tenant. */
export interface TenantEvent {
  /** `organization.created`, for example. */
  readonly type: string;
  /** The `data.object` of its CloudEvent. */
  readonly object: Json;
}

/** What a reading of events came to. */
export type EventsReading =
  | {
      readonly ok: true;
      /** Where the next reading continues; null when the stream named no offset. */
      readonly offset: string | null;
      /** When the reading began, by the tenant's clock. */
      readonly startedAt: Timestamp;
      /** Whether every event from before `startedAt` was read, as far as the stream shows. */
      readonly isCaughtUp: boolean;
      /** Why events may be lost; null when none are. Waiting for the next reading does not bring them back. */
      readonly gap: string | null;
      /** Why it ended before it caught up; null when it caught up. */
      readonly because: string | null;
      readonly requests: number;
    }
  | {
      readonly ok: false;
      /** `not_granted`: the token lacks the scope `read:events`. The others say what is in the way. */
      readonly reason: "not_granted" | "token_refused" | "rate_limited" | "rejected" | "unavailable";
      /** In words, without a token. */
      readonly message: string;
      readonly requests: number;
    };

/** The events of the tenant. */
export interface TenantEvents {
  /**
   * Reads the events of some types since a start, for a bounded time, and hands each to `onEvent`: at least once, in no
   * promised order. Throws the reason of the signal that ends it, and nothing else.
   */
  read(start: EventsStart, types: readonly string[], onEvent: (event: TenantEvent) => void): Promise<EventsReading>;
}
