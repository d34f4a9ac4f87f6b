import { EvidenceError } from "../domain/errors.ts";
import type { ObjectKey, Tenant } from "../domain/identifiers.ts";
import { runInstant } from "../domain/time.ts";
import { manifestsPrefix, parseManifestKey } from "../evidence/format/keys.ts";
import type { Manifest, ManifestReference } from "../evidence/format/manifest.ts";
import { readManifest, type StoredManifest } from "../evidence/store/manifests.ts";
import { readVerified } from "../evidence/store/part-reader.ts";
import type { EvidenceStore } from "../evidence/store/port.ts";
import type { SweepLock } from "./lock.ts";

/** The end of a tenant's chain: the manifest that the next one names. Null for a tenant without any. */
export async function findHead(
  store: EvidenceStore,
  tenant: Tenant,
  { head, pending }: Pick<SweepLock, "head" | "pending">,
): Promise<ManifestReference | null> {
  // A crash may have come between committing a manifest and noting it: what is stored decides.
  const committed = pending === null ? null : await readManifest(store, pending.key);
  return committed?.reference ?? head ?? (await recoverHead(store, tenant));
}

/** Without state, the manifest that no other names, the latest where there are several. */
async function recoverHead(store: EvidenceStore, tenant: Tenant): Promise<ManifestReference | null> {
  const stands: { readonly reference: ManifestReference; readonly atMs: number }[] = [];
  const named = new Set<ObjectKey>();
  for await (const key of store.list(manifestsPrefix(tenant))) {
    const stored = await readManifest(store, key);
    if (stored === null) continue;
    const { reference, manifest } = stored;
    if (!(manifest instanceof EvidenceError) && manifest.previous !== null) named.add(manifest.previous.key);
    stands.push({ reference, atMs: runInstant(reference.runId) });
  }
  const unnamed = stands.filter(({ reference }) => !named.has(reference.key));
  return unnamed.toSorted((one, other) => one.atMs - other.atMs).at(-1)?.reference ?? null;
}

/** What a run is compared with, and what a reader must be told of how it was found. */
export interface Baseline {
  readonly manifest: Manifest | null;
  readonly reference: ManifestReference | null;
  readonly warnings: readonly string[];
}

/**
 * The last run with a snapshot, going back from the chain's end. Evidence that is altered, cut off, missing or of a
 * newer format is never compared with: it is passed over, and said so. Throws `EvidenceStoreError`.
 */
export async function findBaseline(store: EvidenceStore, head: ManifestReference | null): Promise<Baseline> {
  const warnings: string[] = [];
  // A forged chain could lead in a circle.
  const visited = new Set<ObjectKey>();
  let next = head;
  while (next !== null && !visited.has(next.key)) {
    visited.add(next.key);
    const stored = await readManifest(store, next.key);
    const problem = await problemOf(store, stored, next);
    if (problem !== null) warnings.push(`${problem} It was not compared with, and stays as it is.`);
    else if (stored !== null && !(stored.manifest instanceof EvidenceError) && stored.manifest.status !== "failed")
      return { manifest: stored.manifest, reference: stored.reference, warnings };
    next = await before(store, stored, next);
  }
  if (warnings.length > 0) warnings.push("No earlier snapshot could be compared with: this run sets a new baseline.");
  return { manifest: null, reference: null, warnings };
}

async function problemOf(
  store: EvidenceStore,
  stored: StoredManifest | null,
  expected: ManifestReference,
): Promise<string | null> {
  if (stored === null) return `The previous manifest ${expected.key} is missing.`;
  if (stored.manifest instanceof EvidenceError)
    return `The previous manifest cannot be read: ${stored.manifest.message}`;
  if (stored.reference.sha256 !== expected.sha256)
    return `The previous manifest ${expected.key} was altered: its hash is not the one that was recorded.`;
  for (const file of stored.manifest.files.filter(({ role }) => role === "snapshot")) {
    try {
      for await (const _line of readVerified(store, file));
    } catch (error) {
      if (!(error instanceof EvidenceError)) throw error;
      return `The previous snapshot cannot be trusted: ${error.message}`;
    }
  }
  return null;
}

/** The manifest before one: the one it names, or, where it cannot be believed, the one whose key comes before its own. */
async function before(
  store: EvidenceStore,
  stored: StoredManifest | null,
  expected: ManifestReference,
): Promise<ManifestReference | null> {
  if (stored !== null && !(stored.manifest instanceof EvidenceError) && stored.reference.sha256 === expected.sha256)
    return stored.manifest.previous;
  const tenant = parseManifestKey(expected.key)?.tenant;
  let last: ObjectKey | null = null;
  if (tenant !== undefined)
    for await (const key of store.list(manifestsPrefix(tenant)))
      if (key < expected.key && parseManifestKey(key) !== null) last = key;
  return last === null ? null : ((await readManifest(store, last))?.reference ?? null);
}
