import type { ManagementApi, TenantEvents } from "../auth0/port.ts";
import type { Comparison } from "../changes/difference.ts";
import type { Summary } from "../changes/summary.ts";
import type { ATTRIBUTIONS } from "../contract.ts";
import type { Clock } from "../domain/clock.ts";
import type { Domain, ObjectKey, OrganizationId, RunId, Sha256, Tenant, Timestamp } from "../domain/identifiers.ts";
import type { RunKind, RunStatus, ScopeKind, Usage } from "../domain/run.ts";
import type { ManifestReference, PolicyReference } from "../evidence/format/manifest.ts";
import type { ManifestSigner } from "../evidence/signing/port.ts";
import type { PolicyText } from "../evidence/store/policies.ts";
import type { EvidenceStore } from "../evidence/store/port.ts";
import type { HintsPlace } from "../hints/place.ts";
import type { Notice } from "../notify/notify.ts";
import type { ReportProgress } from "./port.ts";

export type Attribution = (typeof ATTRIBUTIONS)[number];

/** What a caller asks for. */
export interface AuditRequest {
  readonly domain: Domain;
  readonly organizations: "all" | readonly OrganizationId[];
  /** A sweep reads all of them; an update re-reads those that hints name. */
  readonly kind: RunKind;
  /** The time that the schedule gives the run; null when it was not scheduled: then its start names it. */
  readonly scheduledAt: Timestamp | null;
  /** Identifies this execution. A second execution of the same run finds the lease of the first one. */
  readonly executionId: string;
  readonly producer: { readonly name: string; readonly version: string };
  /** What the state is judged by; valid, which the caller has checked. A resumed run keeps the one that it began with. */
  readonly policy: PolicyText;
  /** What is kept of the tenant's logs: who made an operation, a pseudonym of who, or nothing. */
  readonly attribution: Attribution;
  readonly chunk: {
    /** How long a chunk starts new reads, in milliseconds: usually, and at most. */
    readonly usualMs: () => number;
    readonly longestMs: () => number;
    /** How many Organizations it holds: usually, and at most. */
    readonly organizations: number;
    readonly mostOrganizations: number;
    /** Seconds between two chunks, during which the process may end; 0 for none. */
    readonly pauseSeconds: number;
  };
  /** How long the lease is valid without being renewed, in milliseconds; longer than any chunk. */
  readonly leaseMs: number;
  /** Milliseconds between two scheduled runs; null when the run was not scheduled. */
  readonly intervalMs: number | null;
}

/** What the steps depend on: one adapter for each port. */
export interface Dependencies {
  readonly clock: Clock;
  readonly store: EvidenceStore;
  readonly managementApi: ManagementApi;
  /** The tenant's events, for the hints of updates; absent: they are not read. */
  readonly events?: TenantEvents;
  /** Whether the process that holds the lease is known to be dead; an unknown one may be alive. */
  readonly isDead: (executionId: string) => boolean;
  readonly progress: ReportProgress;
  /** Where the end of a run is reported; absent when a person waits for it. */
  readonly notice?: Notice;
  /** For `pseudonyms`: reads the tenant's own secret, at least 32 bytes. Throws `RunFailure`. */
  readonly pseudonymKey?: () => Promise<Uint8Array>;
  /** Signs each manifest; absent when no key is configured. */
  readonly signer?: ManifestSigner;
}

/** A sweep on which updates build. */
export interface BaseSweep {
  readonly reference: ManifestReference;
  readonly scope: ScopeKind;
  readonly startedAt: Timestamp;
  /** How many Organizations it has. */
  readonly organizations: number;
}

/** A run that has begun: what every later step needs to know of it. Saved with the execution, so it is small. */
export interface Run {
  readonly kind: RunKind;
  readonly runId: RunId;
  readonly tenant: Tenant;
  readonly domain: Domain;
  readonly scope: ScopeKind;
  readonly scheduledAt: Timestamp | null;
  readonly startedAt: Timestamp;
  readonly executionId: string;
  /** The manifest before this run's, of whatever status. */
  readonly previous: ManifestReference | null;
  /** The runs that make up the state with which this run is compared, newest first. */
  readonly state: readonly Pick<ManifestReference, "runId" | "sha256">[];
  /** The last sweep of the state, on which updates build; null without one. */
  readonly base: BaseSweep | null;
  /** Where the updates of the tenant are; null without a base, and for a sweep when there were none since that base. */
  readonly place: HintsPlace | null;
  /** What Organizations mean that the state does not have, or that this run does not read. */
  readonly comparison: Pick<Comparison, "appeared" | "disappeared">;
  /** What the state is judged by: stored when the run began. */
  readonly policy: PolicyReference;
  readonly warnings: readonly string[];
  /** The names of this execution's parts are derived from it, so no one else can predict them. 64 hex digits. */
  readonly partSecret: string;
}

/** How an audit ended. */
export type AuditOutcome =
  | {
      readonly kind: "recorded";
      readonly runId: RunId;
      readonly status: RunStatus;
      readonly manifestKey: ObjectKey;
      readonly manifestSha256: Sha256;
      readonly summary: Summary;
      readonly usage: Usage;
      readonly error: { readonly code: string; readonly message: string } | null;
      readonly warnings: readonly string[];
    }
  | { readonly kind: "already_recorded"; readonly runId: RunId; readonly manifestKey: ObjectKey }
  /** An update to which no Organization was hinted; `until`: the end of the time that the hints cover. */
  | { readonly kind: "nothing_hinted"; readonly runId: RunId; readonly until: Timestamp }
  /** An update that cannot be made; `message` says what is missing, and what to do. */
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "skipped"; readonly runId: RunId; readonly holder: RunId | null };
