import * as v from "valibot";
import type { Summary } from "../../changes/summary.ts";
import { CHANGE_KINDS, SEVERITIES } from "../../domain/change.ts";
import { EvidenceError } from "../../domain/errors.ts";
import type { Domain, ObjectKey, OrganizationId, RunId, Sha256, Tenant, Timestamp } from "../../domain/identifiers.ts";
import type { RunStatus, ScopeKind, Usage } from "../../domain/run.ts";
import { sha256 } from "./digest.ts";
import {
  count,
  json,
  keySchema,
  line,
  named,
  organizationIdSchema,
  read,
  runIdSchema,
  sha256Schema,
  timestampSchema,
} from "./primitives.ts";

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

/** The evidence format that this version writes: `major.minor`. */
export const FORMAT_VERSION = "1.0";
const FORMAT_MAJOR = 1;
/** The one read that all evidence comes from. */
const SOURCE_ENDPOINT = "GET /api/v2/organizations/{id}/enabled_connections";

function referenceObject(reference: ManifestReference | null): object | null {
  return reference === null ? null : { run_id: reference.runId, key: reference.key, sha256: reference.sha256 };
}

/**
 * A manifest as it is stored: one line, so that line-wise readers (Athena) take it too. Its last key is its own digest,
 * `content_sha256`: the SHA-256 of the line without that key and the comma before it.
 */
export function encodeManifest(manifest: Manifest): string {
  const content = encodeContent(manifest);
  return content.replace(/\}\n$/, `,"content_sha256":"${sha256(content)}"}\n`);
}

const OWN_DIGEST = /,"content_sha256":"([0-9a-f]{64})"(?=\}\n$)/;
const DIGEST_VALUE = /^[0-9a-f]{64}$/;

/**
 * Whether a stored manifest is what was written, as far as it can tell by itself: `absent` where it never told its own
 * digest. What else stands there like a digest is one that was damaged. Throws `EvidenceError` (`malformed`).
 */
export function checkOwnDigest(text: string, where: string): "matches" | "differs" | "absent" {
  const own = OWN_DIGEST.exec(text)?.[1];
  if (own !== undefined) return sha256(text.replace(OWN_DIGEST, "")) === own ? "matches" : "differs";
  const keys = read(v.record(v.string(), v.unknown()), text, where);
  const isDigest = ([key, value]: [string, unknown]) =>
    key === "content_sha256" || (typeof value === "string" && DIGEST_VALUE.test(value));
  return Object.entries(keys).some(isDigest) ? "differs" : "absent";
}

function encodeContent(manifest: Manifest): string {
  const { summary, usage } = manifest;
  return line({
    format_version: manifest.formatVersion,
    run_id: manifest.runId,
    tenant: manifest.tenant,
    domain: manifest.domain,
    status: manifest.status,
    scheduled_at: manifest.scheduledAt,
    started_at: manifest.startedAt,
    completed_at: manifest.completedAt,
    source: { endpoint: SOURCE_ENDPOINT },
    scope: { kind: manifest.scope },
    producer: { name: manifest.producer.name, version: manifest.producer.version },
    key: manifest.key,
    files: manifest.files.map((file) => ({
      role: file.role,
      key: file.key,
      rows: file.rows,
      bytes: file.bytes,
      sha256: file.sha256,
      first_organization_id: file.firstOrganizationId,
      last_organization_id: file.lastOrganizationId,
      ...(file.stored ? { stored_bytes: file.stored.bytes, stored_sha256: file.stored.sha256 } : {}),
    })),
    summary: {
      organizations: summary.organizations,
      connections: summary.connections,
      changes: Object.fromEntries(CHANGE_KINDS.map((kind) => [kind, summary.changes[kind]])),
      severity: Object.fromEntries(SEVERITIES.map((severity) => [severity, summary.severity[severity]])),
      unknown_properties: summary.unknownProperties,
    },
    usage: {
      requests: usage.requests,
      rate_limited: usage.rateLimited,
      retries: usage.retries,
      limit: usage.limit,
      lowest_remaining: usage.lowestRemaining,
      duration_ms: usage.durationMs,
    },
    error: manifest.error,
    previous: referenceObject(manifest.previous),
    baseline: referenceObject(manifest.baseline),
    warnings: manifest.warnings,
  });
}

const referenceSchema = v.nullable(v.looseObject({ run_id: runIdSchema, key: keySchema, sha256: sha256Schema }));

const manifestSchema = v.looseObject({
  format_version: v.string(),
  run_id: runIdSchema,
  tenant: named<Tenant>(),
  domain: named<Domain>(),
  status: v.picklist(["complete", "partial", "failed"]),
  scheduled_at: v.nullable(timestampSchema),
  started_at: timestampSchema,
  completed_at: timestampSchema,
  scope: v.looseObject({ kind: v.picklist(["all", "list"]) }),
  producer: v.looseObject({ name: v.string(), version: v.string() }),
  key: keySchema,
  files: v.array(
    v.looseObject({
      role: v.picklist(["snapshot", "changes"]),
      key: keySchema,
      rows: count,
      bytes: count,
      sha256: sha256Schema,
      first_organization_id: v.optional(v.nullable(organizationIdSchema), null),
      last_organization_id: v.optional(v.nullable(organizationIdSchema), null),
      stored_bytes: v.optional(count),
      stored_sha256: v.optional(sha256Schema),
    }),
  ),
  summary: v.looseObject({
    organizations: v.looseObject({ requested: count, observed: count, failed: count, deleted: count }),
    connections: count,
    changes: v.looseObject(v.entriesFromList(CHANGE_KINDS, count)),
    severity: v.looseObject(v.entriesFromList(SEVERITIES, count)),
    unknown_properties: v.optional(count, 0),
  }),
  usage: v.looseObject({
    requests: count,
    rate_limited: count,
    retries: count,
    limit: v.nullable(v.number()),
    lowest_remaining: v.nullable(v.number()),
    duration_ms: v.number(),
  }),
  error: v.nullable(v.looseObject({ code: v.string(), message: v.string() })),
  previous: referenceSchema,
  baseline: v.optional(referenceSchema, null),
  warnings: v.optional(v.array(v.string()), []),
});

/**
 * Reads a manifest. Throws `EvidenceError`: `newer_format` when another major version wrote it, `malformed` when it is
 * none.
 */
export function decodeManifest(text: string, where: string): Manifest {
  refuseOtherMajor(json(text, where), where);
  const stored = read(manifestSchema, text, where);
  const { organizations } = stored.summary;
  return {
    formatVersion: stored.format_version,
    runId: stored.run_id,
    tenant: stored.tenant,
    domain: stored.domain,
    status: stored.status,
    scheduledAt: stored.scheduled_at,
    startedAt: stored.started_at,
    completedAt: stored.completed_at,
    scope: stored.scope.kind,
    producer: { name: stored.producer.name, version: stored.producer.version },
    key: stored.key,
    files: stored.files.map(fileOf),
    summary: {
      organizations: {
        requested: organizations.requested,
        observed: organizations.observed,
        failed: organizations.failed,
        deleted: organizations.deleted,
      },
      connections: stored.summary.connections,
      changes: stored.summary.changes,
      severity: stored.summary.severity,
      unknownProperties: stored.summary.unknown_properties,
    },
    usage: {
      requests: stored.usage.requests,
      rateLimited: stored.usage.rate_limited,
      retries: stored.usage.retries,
      limit: stored.usage.limit,
      lowestRemaining: stored.usage.lowest_remaining,
      durationMs: stored.usage.duration_ms,
    },
    error: stored.error === null ? null : { code: stored.error.code, message: stored.error.message },
    previous: referenceOf(stored.previous),
    baseline: referenceOf(stored.baseline),
    warnings: stored.warnings,
  };
}

const versionSchema = v.looseObject({ format_version: v.pipe(v.string(), v.regex(/^\d+\.\d+$/)) });

function refuseOtherMajor(value: unknown, where: string): void {
  const versioned = v.safeParse(versionSchema, value);
  if (!versioned.success) return;
  const version = versioned.output.format_version;
  if (Number.parseInt(version, 10) > FORMAT_MAJOR)
    throw new EvidenceError(
      "newer_format",
      `${where}: it is written in evidence format ${version}, and this version reads ${FORMAT_MAJOR}.x; update the auditor.`,
    );
}

function fileOf(stored: v.InferOutput<typeof manifestSchema>["files"][number]): EvidenceFile {
  return {
    role: stored.role,
    key: stored.key,
    rows: stored.rows,
    bytes: stored.bytes,
    sha256: stored.sha256,
    stored:
      stored.stored_bytes === undefined || stored.stored_sha256 === undefined
        ? null
        : { bytes: stored.stored_bytes, sha256: stored.stored_sha256 },
    firstOrganizationId: stored.first_organization_id,
    lastOrganizationId: stored.last_organization_id,
  };
}

function referenceOf(stored: v.InferOutput<typeof referenceSchema>): ManifestReference | null {
  return stored === null ? null : { runId: stored.run_id, key: stored.key, sha256: stored.sha256 };
}
