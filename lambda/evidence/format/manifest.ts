import * as v from "valibot";
import { CONFIDENCES, EMPTY_SUMMARY, type Summary } from "../../changes/summary.ts";
import { CHANGE_KINDS, SEVERITIES } from "../../domain/change.ts";
import { EvidenceError } from "../../domain/errors.ts";
import type { Domain, Tenant } from "../../domain/identifiers.ts";
import { RUN_KINDS, type ScopeKind } from "../../domain/run.ts";
import { sha256 } from "./digest.ts";
import { decodeLine, encodeLine, parseJson } from "./json-line.ts";
import {
  added,
  always,
  counts,
  list,
  type ModelOf,
  mapped,
  named,
  nullable,
  type ObjectShape,
  object,
  omittable,
  oneOf,
} from "./shape.ts";
import { count, digest, flag, number, objectKey, organizationId, rareFlag, runId, text, timestamp } from "./values.ts";

/** The evidence format that this version writes: `major.minor`. */
export const FORMAT_VERSION = "1.1";
const FORMAT_MAJOR = 1;
/** The one request that all evidence comes from. */
const SOURCE_ENDPOINT = "GET /api/v2/organizations/{id}/enabled_connections";

/** A manifest by its key and its bytes: the link of the chain. */
export const referenceShape = object({ run_id: runId, key: objectKey, sha256: digest });
export type ManifestReference = ModelOf<typeof referenceShape>;

/** What a file of a run holds. */
export const FILE_ROLES = ["snapshot", "changes", "findings", "operations"] as const;

const fileShape = mapped(
  object({
    role: oneOf(FILE_ROLES),
    key: objectKey,
    rows: count,
    /** Size and hash of the uncompressed content. */
    bytes: count,
    sha256: digest,
    /** First and last `organization_id`; null when the file is empty, or when the manifest does not say. */
    first_organization_id: added(nullable(organizationId), null),
    last_organization_id: added(nullable(organizationId), null),
    stored_bytes: omittable(count),
    stored_sha256: omittable(digest),
  }),
  ({ storedBytes: bytes, storedSha256, ...file }) => ({
    ...file,
    /** The compressed object; null when the manifest does not say. */
    stored: bytes === null || storedSha256 === null ? null : { bytes, sha256: storedSha256 },
  }),
  ({ stored, ...file }) => ({
    ...file,
    storedBytes: stored?.bytes ?? null,
    storedSha256: stored?.sha256 ?? null,
  }),
);
/** An object that a manifest vouches for. */
export type EvidenceFile = ModelOf<typeof fileShape>;

const scopeShape = mapped(
  object({ kind: oneOf<ScopeKind>(["all", "list"]) }),
  ({ kind }) => kind,
  (kind) => ({ kind }),
);

const summaryShape: ObjectShape<Summary> = object({
  organizations: counts(["requested", "observed", "failed", "deleted"], count),
  connections: count,
  changes: counts(CHANGE_KINDS, count),
  severity: counts(SEVERITIES, count),
  unknown_properties: added(count, 0),
  findings: added(
    object({
      open: counts(SEVERITIES, count),
      waived: count,
      not_evaluated: count,
      new: count,
      resolved: count,
    }),
    EMPTY_SUMMARY.findings,
  ),
  attribution: added(counts(CONFIDENCES, count), EMPTY_SUMMARY.attribution),
  undone: added(count, 0),
  missed_by_hints: omittable(count),
});

const policyShape = object({ key: objectKey, sha256: digest, source: oneOf(["built-in", "file"]) });
/** The policy that a run was judged by. */
export type PolicyReference = ModelOf<typeof policyShape>;

const updatesShape = object({
  /** The sweep that the update builds on. */
  base: referenceShape,
  /** How many Organizations each kind of hint named. */
  hints: counts(["logs", "events", "retries"], count),
  /** The time that the hints cover without a gap. */
  from: timestamp,
  until: timestamp,
});
/** What an update run rests on. */
export type Updates = ModelOf<typeof updatesShape>;

const logsShape = object({
  from: timestamp,
  until: timestamp,
  complete: flag,
  /** Why it is not complete; null when it is. */
  because: nullable(text),
  entries: count,
});
/** What of the tenant's logs was read for a run. */
export type LogsRead = ModelOf<typeof logsShape>;

const manifestShape = object({
  format_version: text,
  run_id: runId,
  tenant: named<Tenant>(),
  domain: named<Domain>(),
  status: oneOf(["complete", "partial", "failed"]),
  scheduled_at: nullable(timestamp),
  started_at: timestamp,
  completed_at: timestamp,
  source: always(object({ endpoint: text }), { endpoint: SOURCE_ENDPOINT }),
  scope: scopeShape,
  producer: object({ name: text, version: text }),
  key: objectKey,
  files: list(fileShape),
  summary: summaryShape,
  usage: object({
    requests: count,
    rate_limited: count,
    retries: count,
    limit: nullable(number),
    lowest_remaining: nullable(number),
    duration_ms: number,
  }),
  /** What stopped a failed run; null otherwise. */
  error: nullable(object({ code: text, message: text })),
  /** The manifest before this one, of any status; null only for a tenant's first. */
  previous: nullable(referenceShape),
  /** The run that this one was compared with: the last one with a snapshot; null when there was none. */
  baseline: added(nullable(referenceShape), null),
  /** What a reader should know besides the figures, for example that a baseline could not be trusted. */
  warnings: added(list(text), []),
  /** The run was named by a time more than a day from its own start. */
  scheduled_time_given: rareFlag,
  kind: added(oneOf(RUN_KINDS), "sweep"),
  updates: added(nullable(updatesShape), null),
  policy: added(nullable(policyShape), null),
  logs: added(nullable(logsShape), null),
});
/** The record of a run. It is written last and create-only: it commits the run. */
export type Manifest = ModelOf<typeof manifestShape>;

/** Whether a run read the whole tenant: an update, and a run over a list, say nothing of Organizations that they lack. */
export function readsWholeTenant({ kind, scope }: Pick<Manifest, "kind" | "scope">): boolean {
  return kind === "sweep" && scope === "all";
}

/** The columns of a table of manifests. */
export const MANIFEST_COLUMNS = { ...manifestShape.columns, content_sha256: digest.column };

/**
 * A manifest as it is stored: one line, because Athena reads line by line. Its last key is `content_sha256`, its own
 * digest: the SHA-256 of the line without that key and the comma before it.
 */
export function encodeManifest(manifest: Manifest): string {
  const content = encodeLine(manifestShape, manifest);
  return content.replace(/\}\n$/, `,"content_sha256":"${sha256(content)}"}\n`);
}

const OWN_DIGEST = /,"content_sha256":"([0-9a-f]{64})"(?=\}\n$)/;
const DIGEST_VALUE = /^[0-9a-f]{64}$/;

/**
 * Compares a stored manifest with its own digest; `absent` when it has none. Any other key that holds a digest is
 * taken for a damaged `content_sha256`. Throws `EvidenceError` (`malformed`).
 */
export function checkOwnDigest(stored: string, where: string): "matches" | "differs" | "absent" {
  const own = OWN_DIGEST.exec(stored)?.[1];
  if (own !== undefined) return sha256(stored.replace(OWN_DIGEST, "")) === own ? "matches" : "differs";
  const keys = decodeLine({ schema: v.record(v.string(), v.unknown()) }, stored, where);
  const isDigest = ([key, value]: [string, unknown]) =>
    key === "content_sha256" || (typeof value === "string" && DIGEST_VALUE.test(value));
  return Object.entries(keys).some(isDigest) ? "differs" : "absent";
}

/**
 * Reads a manifest. Throws `EvidenceError`: `newer_format` when another major version wrote it, `malformed` when it is
 * not a manifest.
 */
export function decodeManifest(stored: string, where: string): Manifest {
  refuseNewerMajor(stored, where);
  return decodeLine(manifestShape, stored, where);
}

const versionSchema = v.object({ format_version: v.pipe(v.string(), v.regex(/^\d+\.\d+$/)) });

function refuseNewerMajor(stored: string, where: string): void {
  const { output, success } = v.safeParse(versionSchema, parseJson(stored, where));
  if (success && Number.parseInt(output.format_version, 10) > FORMAT_MAJOR)
    throw new EvidenceError(
      "newer_format",
      `${where}: it is in evidence format ${output.format_version}; this version reads ${FORMAT_MAJOR}.x; update the auditor.`,
    );
}
