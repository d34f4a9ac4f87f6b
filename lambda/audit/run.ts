import type { ManagementApi } from "../auth0/port.ts";
import type { Summary } from "../changes/summary.ts";
import type { Clock } from "../domain/clock.ts";
import type { Domain, ObjectKey, OrganizationId, RunId, Tenant, Timestamp } from "../domain/identifiers.ts";
import type { RunStatus, ScopeKind, Usage } from "../domain/run.ts";
import type { ManifestReference } from "../evidence/format/manifest.ts";
import type { ManifestSigner } from "../evidence/signing/port.ts";
import type { EvidenceStore } from "../evidence/store/port.ts";
import type { Notice } from "../notify/notify.ts";
import type { ReportProgress } from "./port.ts";

/** What an entry point asks for. */
export interface AuditRequest {
  readonly domain: Domain;
  readonly organizations: "all" | readonly OrganizationId[];
  /** The schedule's own time; null when nobody scheduled the run: then its start names it. */
  readonly scheduledAt: Timestamp | null;
  /** Who asks: one execution of one run. A second one for the same run meets the first one's claim. */
  readonly executionId: string;
  readonly producer: { readonly name: string; readonly version: string };
  readonly chunk: {
    /** How long a chunk starts new reads, in milliseconds: when nothing asks for more, and at most. */
    readonly usualMs: () => number;
    readonly longestMs: () => number;
    /** How many Organizations it holds: when nothing asks for more, and at most. */
    readonly organizations: number;
    readonly mostOrganizations: number;
    /** Seconds between two chunks, in which the process may end; 0 for none. */
    readonly pauseSeconds: number;
  };
  /** How long the sweep's lock holds without being renewed, in milliseconds; longer than any one chunk. */
  readonly leaseMs: number;
  /** Milliseconds between two scheduled runs; null when nobody scheduled it. */
  readonly intervalMs: number | null;
}

/** What the steps depend on: one adapter for each port. */
export interface Dependencies {
  readonly clock: Clock;
  readonly store: EvidenceStore;
  readonly managementApi: ManagementApi;
  /** Whether the process that holds the sweep's lock is known to be dead; an unknown one may be alive. */
  readonly isDead: (executionId: string) => boolean;
  readonly progress: ReportProgress;
  /** Who is told of the run's end; nobody when a person waits for it. */
  readonly notice?: Notice;
  /** Signs each manifest; left out where there is no key. */
  readonly signer?: ManifestSigner;
}

/** A run that has begun: what every later step needs to know of it. Saved with the execution, so it is small. */
export interface Run {
  readonly runId: RunId;
  readonly tenant: Tenant;
  readonly domain: Domain;
  readonly scope: ScopeKind;
  readonly scheduledAt: Timestamp | null;
  readonly startedAt: Timestamp;
  readonly executionId: string;
  /** The manifest before this run's, of whatever status. */
  readonly previous: ManifestReference | null;
  /** The run to compare with, and its scope; null when there is none that can be trusted, or none at all. */
  readonly baseline: { readonly manifest: ManifestReference; readonly scope: ScopeKind } | null;
  readonly warnings: readonly string[];
  /** The number of its first part: 0, unless an attempt that was given up left parts under the same run ID. */
  readonly firstPart: number;
}

/** How an audit ended. */
export type AuditOutcome =
  | {
      readonly kind: "recorded";
      readonly runId: RunId;
      readonly status: RunStatus;
      readonly manifestKey: ObjectKey;
      readonly summary: Summary;
      readonly usage: Usage;
      readonly error: { readonly code: string; readonly message: string } | null;
      readonly warnings: readonly string[];
    }
  | { readonly kind: "already_recorded"; readonly runId: RunId; readonly manifestKey: ObjectKey }
  | { readonly kind: "skipped"; readonly runId: RunId; readonly holder: RunId | null };
