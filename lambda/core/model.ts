/**
 * What the program knows, in the words of Auth0 and of this product. Types only: nothing here runs.
 * Stored evidence keeps Auth0's own snake_case names; `evidence.ts` is the one file that maps between the two.
 */

declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** An Organization's ID: `org_` and 16 characters, at most 50 (Auth0 Management API, path parameter `id`). */
export type OrganizationId = Branded<string, "OrganizationId">;
/** A connection's ID: `con_` and 16 characters. */
export type ConnectionId = Branded<string, "ConnectionId">;
/** The tenant's domain as it is asked: host in lower case, optionally `:port`. */
export type Domain = Branded<string, "Domain">;
/** The tenant as object keys name it: its domain with a port's colon written `_`. */
export type Tenant = Branded<string, "Tenant">;
/** A run's ID: its scheduled time (else its start) as `YYYYMMDDTHHMMSSZ`. */
export type RunId = Branded<string, "RunId">;
/** UTC, ISO 8601 with milliseconds and `Z`: `2026-03-03T06:00:00.000Z`. Sorts as text. */
export type Timestamp = Branded<string, "Timestamp">;
/** The key of an object in the evidence store; only `A-Za-z0-9=._/-`. */
export type ObjectKey = Branded<string, "ObjectKey">;
/** SHA-256 in lower-case hex, 64 characters. */
export type Sha256 = Branded<string, "Sha256">;

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** An Organization as the tenant's list names it. Names are null where nobody told them (a given list of IDs). */
export interface Organization {
  readonly organizationId: OrganizationId;
  readonly name: string | null;
  readonly displayName: string | null;
}

/**
 * A connection that an Organization has enabled. The flags are the effective ones: Auth0's default stands where the
 * answer left one out (`false`, `true`, `false`). `wire` is the answer itself, which is what evidence stores.
 */
export interface EnabledConnection {
  readonly connectionId: ConnectionId;
  readonly assignMembershipOnLogin: boolean;
  readonly showAsButton: boolean;
  readonly isSignupEnabled: boolean;
  readonly name: string | null;
  readonly strategy: string | null;
  readonly wire: JsonObject;
}

export const FAILURE_CODES = [
  "organization_not_found",
  "invalid_request",
  "forbidden",
  "rate_limited",
  "unavailable",
  "network",
  "timeout",
  "malformed_response",
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

/** Why one Organization could not be read. It is a value: the run goes on. */
export interface Failure {
  readonly code: FailureCode;
  /** The last answer's status; null when no answer came. */
  readonly httpStatus: number | null;
  /** What went wrong, in words; never holds a token or a response header. */
  readonly message: string;
  /** Requests that were made for it, at least 1. */
  readonly attempts: number;
}

/** The last state that was really seen of an Organization, carried forward while it cannot be read. */
export interface LastObserved {
  readonly runId: RunId;
  readonly observedAt: Timestamp;
  readonly organizationName: string | null;
  readonly organizationDisplayName: string | null;
  readonly enabledConnections: readonly EnabledConnection[];
}

/**
 * What the first reading of an Organization that was never yet observed will mean: it was there before the first
 * look (`sets_baseline`, no changes), or it was created since (`enables_connections`).
 */
export type FirstReading = "sets_baseline" | "enables_connections";

interface SnapshotIdentity {
  readonly runId: RunId;
  readonly organizationId: OrganizationId;
  readonly organizationName: string | null;
  readonly organizationDisplayName: string | null;
  /** The moment of the answer (observed, deleted) or of the last attempt (failed). */
  readonly observedAt: Timestamp;
}
export interface ObservedOrganization extends SnapshotIdentity {
  readonly status: "observed";
  /** Sorted by connection ID. */
  readonly enabledConnections: readonly EnabledConnection[];
}
export interface FailedOrganization extends SnapshotIdentity {
  readonly status: "failed";
  readonly failure: Failure;
  readonly lastObserved: LastObserved | null;
  /** Null when it was observed before (then `lastObserved` tells). */
  readonly firstReading: FirstReading | null;
}
export interface DeletedOrganization extends SnapshotIdentity {
  readonly status: "deleted";
}
/** One Organization in one run's snapshot. */
export type OrganizationSnapshot = ObservedOrganization | FailedOrganization | DeletedOrganization;

export const CHANGE_KINDS = [
  "connection_enabled",
  "connection_disabled",
  "connection_updated",
  "organization_created",
  "organization_deleted",
  "organization_renamed",
  "scope_added",
  "scope_removed",
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** Worst first. */
export const SEVERITIES = ["high", "medium", "low", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface PropertyChange {
  readonly name: string;
  readonly previousValue: Json;
  readonly updatedValue: Json;
}

/** One difference between two observations of an Organization. */
export interface Change {
  readonly runId: RunId;
  readonly organizationId: OrganizationId;
  readonly organizationName: string | null;
  readonly change: ChangeKind;
  readonly connectionId: ConnectionId | null;
  readonly connectionName: string | null;
  readonly strategy: string | null;
  /** For updated and renamed; else empty. */
  readonly properties: readonly PropertyChange[];
  readonly severity: Severity;
  /** Why it has this severity, in words; never empty. */
  readonly reasons: readonly string[];
  /** It happened after the older observation (null: there is none) and before the newer one. */
  readonly between: { readonly after: Timestamp | null; readonly before: Timestamp };
}

export type RunStatus = "complete" | "partial" | "failed";
export type ScopeKind = "all" | "list";

/** Why a whole run could not audit. `superseded`: another run took the sweep over; that one is recorded, not this. */
export const RUN_ERROR_CODES = [
  "token_unavailable",
  "token_expired",
  "token_refused",
  "insufficient_scope",
  "organizations_unreadable",
  "evidence_unreadable",
  "too_many_organizations",
  "superseded",
] as const;
export type RunErrorCode = (typeof RUN_ERROR_CODES)[number];
export interface RunError {
  readonly code: RunErrorCode;
  readonly message: string;
}

/** An object that a manifest vouches for. */
export interface EvidenceFile {
  readonly role: "snapshot" | "changes";
  readonly key: ObjectKey;
  readonly rows: number;
  /** Of the uncompressed content. */
  readonly bytes: number;
  /** Of the uncompressed content. */
  readonly sha256: Sha256;
  /** The object as it is stored, compressed; null in evidence that does not tell it. */
  readonly stored: { readonly bytes: number; readonly sha256: Sha256 } | null;
  /** First and last organization_id in it; null when it is empty. */
  readonly firstOrganizationId: OrganizationId | null;
  readonly lastOrganizationId: OrganizationId | null;
}

export interface Summary {
  readonly organizations: {
    readonly requested: number;
    readonly observed: number;
    readonly failed: number;
    readonly deleted: number;
  };
  /** Enabled connections of the observed Organizations, in all. */
  readonly connections: number;
  readonly changes: Readonly<Record<ChangeKind, number>>;
  readonly severity: Readonly<Record<Severity, number>>;
  /** Connections that carry properties this version does not know; they are stored, not compared. */
  readonly unknownProperties: number;
}

/** What the audit cost the tenant. */
export interface Usage {
  readonly requests: number;
  /** Answers with status 429. */
  readonly rateLimited: number;
  readonly retries: number;
  /** The bucket's size as the last answer told it, in requests; null when none did. */
  readonly limit: number | null;
  /** The lowest `X-RateLimit-Remaining` that was seen. */
  readonly lowestRemaining: number | null;
  readonly durationMs: number;
}

/** A reference to a manifest by what it is and by its bytes: the link of the chain. */
export interface ManifestReference {
  readonly runId: RunId;
  readonly key: ObjectKey;
  readonly sha256: Sha256;
}

/** The record of a run. Written last, create-only: it commits the run. */
export interface Manifest {
  readonly formatVersion: string;
  readonly runId: RunId;
  readonly tenant: Tenant;
  readonly domain: Domain;
  readonly status: RunStatus;
  readonly scheduledAt: Timestamp | null;
  readonly startedAt: Timestamp;
  readonly completedAt: Timestamp;
  readonly scope: ScopeKind;
  readonly producer: { readonly name: string; readonly version: string };
  readonly key: ObjectKey;
  readonly files: readonly EvidenceFile[];
  readonly summary: Summary;
  readonly usage: Usage;
  /** What stopped a failed run; null otherwise. */
  readonly error: { readonly code: string; readonly message: string } | null;
  /** The manifest before it, of whatever status; null only for a tenant's first. */
  readonly previous: ManifestReference | null;
  /** The run that this one was compared with: the last one that has a snapshot; null when there was none. */
  readonly baseline: ManifestReference | null;
  /** What a reader should know beside the figures: a baseline that could not be trusted, say. */
  readonly warnings: readonly string[];
}
