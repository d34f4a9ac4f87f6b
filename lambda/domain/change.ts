import type { ConnectionId, OrganizationId, RunId, Timestamp } from "./identifiers.ts";
import type { Json } from "./json.ts";

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
