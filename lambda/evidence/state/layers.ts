import { EvidenceError } from "../../domain/errors.ts";
import type { ObjectKey, OrganizationId } from "../../domain/identifiers.ts";
import { manifestsPrefix, parseManifestKey } from "../format/keys.ts";
import { decodeSnapshot } from "../format/lines.ts";
import { type EvidenceFile, type Manifest, type ManifestReference, readsWholeTenant } from "../format/manifest.ts";
import { readManifest, type StoredManifest } from "../store/manifests.ts";
import { readVerified } from "../store/part-reader.ts";
import type { EvidenceReader } from "../store/port.ts";

/** So many runs at most make up a state: runs over lists without any run over the whole tenant, say. */
const MOST_LAYERS = 1_500;

/** A run with a snapshot. */
export interface Layer {
  readonly reference: ManifestReference;
  readonly manifest: Manifest;
}

/** The runs that the state of a tenant consists of. */
export interface StateLayers {
  /** Newest first. The last one is a run over the whole tenant, unless there is none. */
  readonly layers: readonly Layer[];
  /** What a reader should know of how they were found: evidence that could not be trusted, say. */
  readonly warnings: readonly string[];
}

/** How far the runs of a state are looked for, and how closely. */
export interface LayerOptions {
  /** Default: 1,500. */
  readonly mostLayers?: number;
  /** Whether their parts are read later alone, which throws then if they were changed. Default: they are read first. */
  readonly areReadLater?: boolean;
}

/**
 * The state at the end of a chain: the newest line of each Organization counts, so the runs back to the last one over the
 * whole tenant are needed; for a given list of IDs, back to where each of them has a line. Evidence that is altered,
 * truncated, missing or of a newer format is skipped, with a warning. Throws `EvidenceStoreError`.
 */
export async function findLayers(
  store: EvidenceReader,
  head: ManifestReference | null,
  wanted: readonly OrganizationId[] | "all",
  { areReadLater = false, mostLayers = MOST_LAYERS }: LayerOptions = {},
): Promise<StateLayers> {
  const layers: Layer[] = [];
  const warnings: string[] = [];
  const missing = wanted === "all" ? null : new Set(wanted);
  // A forged chain could lead in a circle.
  const visited = new Set<ObjectKey>();
  for (let next = head; next !== null && !visited.has(next.key); ) {
    visited.add(next.key);
    const stored = await readManifest(store, next.key);
    const problem =
      manifestProblem(stored, next) ?? (areReadLater ? null : await stateProblem(store, manifestOf(stored), missing));
    const manifest = manifestOf(stored);
    if (problem !== null) warnings.push(`${problem} This run was not compared with it.`);
    else if (manifest !== null && manifest.status !== "failed") layers.push({ reference: next, manifest });
    const isEnd =
      problem === null &&
      manifest?.status !== "failed" &&
      ((manifest !== null && readsWholeTenant(manifest)) || missing?.size === 0);
    if (isEnd || layers.length === mostLayers) break;
    next = await referenceBefore(store, stored, next);
  }
  if (warnings.length > 0 && layers.length === 0)
    warnings.push("No earlier snapshot could be used: this run sets a new baseline.");
  return { layers, warnings };
}

function manifestOf(stored: StoredManifest | null): Manifest | null {
  return stored === null || stored.manifest instanceof EvidenceError ? null : stored.manifest;
}

function manifestProblem(stored: StoredManifest | null, expected: ManifestReference): string | null {
  if (stored === null) return `The previous manifest ${expected.key} is missing.`;
  if (stored.manifest instanceof EvidenceError)
    return `The previous manifest cannot be read: ${stored.manifest.message}`;
  if (stored.reference.sha256 !== expected.sha256)
    return `The previous manifest ${expected.key} was altered: its hash differs from the recorded one.`;
  return null;
}

/** What the next run reads of a run before. */
const READ_ROLES: readonly EvidenceFile["role"][] = ["snapshot", "findings", "operations"];

/**
 * Reads the whole snapshot, all findings and all operations once, before anything is compared with them; takes the snapshot's Organizations
 * out of `missing`.
 */
async function stateProblem(
  store: EvidenceReader,
  manifest: Manifest | null,
  missing: Set<OrganizationId> | null,
): Promise<string | null> {
  for (const file of manifest?.files.filter(({ role }) => READ_ROLES.includes(role)) ?? []) {
    try {
      const wanted = manifest !== null && !readsWholeTenant(manifest) && file.role === "snapshot" ? missing : null;
      for await (const line of readVerified(store, file))
        if (wanted !== null && wanted.size > 0) wanted.delete(decodeSnapshot(line, file.key).organizationId);
    } catch (error) {
      if (!(error instanceof EvidenceError)) throw error;
      return `The previous ${file.role} cannot be trusted: ${error.message}`;
    }
  }
  return null;
}

/** The manifest before one: the one it names, or, where it cannot be trusted, the one whose key comes before its own. */
async function referenceBefore(
  store: EvidenceReader,
  stored: StoredManifest | null,
  expected: ManifestReference,
): Promise<ManifestReference | null> {
  const manifest = manifestOf(stored);
  if (manifest !== null && stored?.reference.sha256 === expected.sha256) return manifest.previous;
  const tenant = parseManifestKey(expected.key)?.tenant;
  let last: ObjectKey | null = null;
  if (tenant !== undefined)
    for await (const key of store.list(manifestsPrefix(tenant)))
      if (key < expected.key && parseManifestKey(key) !== null) last = key;
  return last === null ? null : ((await readManifest(store, last))?.reference ?? null);
}
