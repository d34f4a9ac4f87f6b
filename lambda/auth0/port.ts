import type { Domain, OrganizationId, Timestamp } from "../domain/identifiers.ts";
import type { EnabledConnection, Failure, Organization } from "../domain/organization.ts";
import type { Usage } from "../domain/run.ts";

/** What one read of the tenant came to: a value, or why there is none. A refused token is thrown, as `RunFailure`. */
export type Reading<Value> =
  | { readonly ok: true; readonly value: Value; readonly at: Timestamp }
  | { readonly ok: false; readonly failure: Failure; readonly at: Timestamp };

export interface OrganizationsPage {
  readonly organizations: readonly Organization[];
  /** The checkpoint to go on from; null at the end. It lives 24 hours. */
  readonly next: string | null;
}

/** The Auth0 Management API, as far as the audit reads it. Every method throws `RunFailure` when the token is refused or lacks a scope. */
export interface ManagementApi {
  readonly domain: Domain;
  /** One page of the tenant's Organizations, by checkpoint. Throws `RunFailure` (`organizations_unreadable`). */
  organizations(from: string | null): Promise<OrganizationsPage>;
  /** One Organization by ID; null when Auth0 answers 404. */
  organization(id: OrganizationId): Promise<Reading<Organization | null>>;
  /** An Organization's enabled connections, sorted by ID, all pages. */
  enabledConnections(id: OrganizationId): Promise<Reading<readonly EnabledConnection[]>>;
  /** How many reads of enabled connections are worth having under way now; at least 1. */
  concurrency(): number;
  /** How long the bucket forbids another read, in milliseconds; 0 when one may go soon. */
  pauseMs(): number;
  /** How long so many more reads of enabled connections will take, in milliseconds; infinite while nothing tells. */
  estimateMs(reads: number): number;
  /** What was asked of the tenant since this object was made. */
  usage(): Omit<Usage, "durationMs">;
}
