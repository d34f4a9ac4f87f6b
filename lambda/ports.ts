/** What the audit needs from outside: interfaces only. `edges/` implements them, entry points choose. */

import type {
  Domain,
  EnabledConnection,
  Failure,
  Manifest,
  ObjectKey,
  Organization,
  OrganizationId,
  Tenant,
  Timestamp,
  Usage,
} from "./core/model.ts";
import type { RunEvent } from "./core/report/event.ts";

/** Time, injected, so that hours of pacing are tested in milliseconds. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `milliseconds`; rejects with the signal's reason as soon as it aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** A secret that prints as `[hidden]`; only the Auth0 edge takes its value out. */
export interface ManagementApiToken {
  reveal(): string;
  /** The JWT's `exp`, in milliseconds since the epoch; null when it cannot be read. Not verified. */
  readonly expiresAt: number | null;
}

/** Where the Management API token comes from. */
export interface TokenSource {
  /** The token as it stands now, read afresh each time. Throws `TokenError`. */
  read(): Promise<ManagementApiToken>;
  /** What it is got with, and must show up as little as itself: a client secret. */
  readonly secrets?: readonly string[];
}

/** The versions of the token's secret, while it is rotated. Every method throws `TokenError`. */
export interface TokenVersions {
  /** The secret, as messages name it. */
  readonly where: string;
  /** The staging labels of each version that has some, by the version's ID. */
  labels(): Promise<ReadonlyMap<string, readonly string[]>>;
  /** The token of a version that is pending; null while it has none. */
  pending(version: string): Promise<ManagementApiToken | null>;
  /** Puts the token as that version's, pending. */
  putPending(version: string, token: ManagementApiToken): Promise<void>;
  /** Makes that version the current one instead of `before` (null: there is none). */
  makeCurrent(version: string, before: string | null): Promise<void>;
  /** Takes the label from a pending version, so that the next rotation begins afresh. */
  discard(version: string): Promise<void>;
}

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

export interface StoredObject {
  readonly body: AsyncIterable<Uint8Array>;
  /** Opaque; equal for equal versions of the object. */
  readonly etag: string;
}

/** The evidence store: an S3 bucket, or a folder with the same keys. Every method throws `EvidenceStoreError`. */
export interface EvidenceStore {
  /** Where it is, for people: `s3://bucket` or a folder's path. */
  readonly location: string;
  /** Writes the object whole if the key is free. What is stored wins: an existing object is never touched. */
  create(key: ObjectKey, body: Uint8Array, contentType: string): Promise<"created" | "exists">;
  /**
   * Writes the object whole, whatever stands there (derived objects, state). With `ifMatch`, only over that version
   * (null: only where none stands); answers the new version's etag, or null when another version stood there.
   */
  replace(
    key: ObjectKey,
    body: Uint8Array,
    contentType: string,
    condition?: { readonly ifMatch: string | null },
  ): Promise<string | null>;
  /** Null when there is no such object. */
  read(key: ObjectKey): Promise<StoredObject | null>;
  /** Keys under a prefix, in ascending order of their bytes, after `startAfter`. */
  list(prefix: string, startAfter?: string): AsyncIterable<ObjectKey>;
}

/** Where a run's end is told to other programs. */
export interface EventBus {
  /** Throws `EventBusError`. */
  put(event: RunEvent): Promise<void>;
}

/** What is counted of runs, for alarms and dashboards. */
export interface RunMetrics {
  /** `sinceCompleteMs`: how long ago the last complete run began; null when none is known. */
  recorded(manifest: Manifest, sinceCompleteMs: number | null): void;
  /** A run met another one of its tenant at work, and left. */
  stoodBack(tenant: Tenant): void;
}

/** The evidence store for whoever only reads it: the evidence commands can write nothing. */
export type EvidenceReader = Pick<EvidenceStore, "location" | "read" | "list">;

/** Signs the digests of manifests, so that whoever has the public key alone can tell that they are ours. */
export interface ManifestSigner {
  /** The signature of a SHA-256 digest of 32 bytes. Throws `EvidenceStoreError`: a manifest without it is half stored. */
  sign(digest: Uint8Array): Promise<Uint8Array>;
}

/**
 * An execution that survives its process: a finished step's result is saved and never computed again. Code between
 * steps must be deterministic; a step's result must be small JSON, and never a token.
 */
export interface Execution {
  step<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
  /** How many more steps and waits it surely holds; the answer is the same in every replay. */
  operationsLeft(): number;
  /** Lets time pass without holding the process: the invocation may end here and another go on. */
  wait(name: string, seconds: number): Promise<void>;
}

/** What a run tells while it works. */
export type AuditProgress =
  | { readonly kind: "resumed"; readonly finishedSteps: number }
  | { readonly kind: "listing"; readonly organizations: number; readonly requests: number }
  | { readonly kind: "planned"; readonly organizations: number; readonly estimateMs: number }
  | {
      readonly kind: "reading";
      readonly done: number;
      readonly total: number;
      readonly requests: number;
      readonly remainingMs: number | null;
    }
  | { readonly kind: "warning"; readonly message: string };

export type ReportProgress = (progress: AuditProgress) => void;
