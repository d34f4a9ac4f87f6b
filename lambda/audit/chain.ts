import { EvidenceError } from "../domain/errors.ts";
import type { ObjectKey, Tenant } from "../domain/identifiers.ts";
import { manifestKey, manifestsPrefix, parseManifestKey, runPartsPrefix } from "../evidence/format/keys.ts";
import type { Manifest, ManifestReference } from "../evidence/format/manifest.ts";
import { readManifest, type StoredManifest } from "../evidence/store/manifests.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import type { SweepLock } from "./lock.ts";

/** Invalid manifests that a run names in its warnings. */
const MOST_WARNINGS = 5;

/** The end of a chain, and what a reader should know of how it was found. */
export interface Head {
  /** The manifest that the next one names as its previous one; null for a tenant without any. */
  readonly reference: ManifestReference | null;
  readonly warnings: readonly string[];
}

/**
 * Finds the end of a tenant's chain. The lock says where it was; the evidence decides. Throws `EvidenceStoreError`.
 */
export async function findHead(store: EvidenceReader, tenant: Tenant, lock: SweepLock, nowMs: number): Promise<Head> {
  const { head, pending, rejected } = lock;
  const isBelievable = ({ sha256 }: ManifestReference, { startedAt }: Manifest) =>
    !rejected.includes(sha256) && Date.parse(startedAt) <= nowMs;
  // A crash may have come between committing a manifest and noting it.
  const noted = (await confirmed(store, tenant, pending)) ?? (await confirmed(store, tenant, head));
  if (noted !== null) return { reference: await lastSuccessor(store, tenant, noted, isBelievable), warnings: [] };
  // The next manifest records the hash that was noted: that shows what happened to this one.
  if (head !== null && (await isDamaged(store, tenant, head))) return { reference: head, warnings: [] };
  return longestChain(store, tenant, isBelievable);
}

type Belief = (reference: ManifestReference, manifest: Manifest) => boolean;

/** What the lock notes, if the store holds exactly that manifest of this tenant. */
async function confirmed(
  store: EvidenceReader,
  tenant: Tenant,
  noted: ManifestReference | null,
): Promise<StoredManifest | null> {
  if (noted === null || parseManifestKey(noted.key)?.tenant !== tenant) return null;
  const stored = await readManifest(store, noted.key);
  return stored?.reference.sha256 === noted.sha256 ? stored : null;
}

/** Whether the evidence itself shows that the noted manifest existed: its damaged remains, or the parts of its run. */
async function isDamaged(store: EvidenceReader, tenant: Tenant, { key, runId }: ManifestReference): Promise<boolean> {
  if (key !== manifestKey(tenant, runId)) return false;
  const stored = await readManifest(store, key);
  if (stored !== null) return stored.manifest instanceof EvidenceError;
  for await (const _part of store.list(runPartsPrefix(tenant, runId))) return true;
  return false;
}

/** A lock that was set back names a manifest that has successors: the last of them ends the chain. */
async function lastSuccessor(
  store: EvidenceReader,
  tenant: Tenant,
  noted: StoredManifest,
  isBelievable: Belief,
): Promise<ManifestReference> {
  let head: Pick<StoredManifest, "reference" | "manifest"> = noted;
  for await (const next of soundManifests(store, tenant, noted.reference.key)) {
    const isNext = next.manifest.previous?.sha256 === head.reference.sha256;
    if (isNext && isBelievable(next.reference, next.manifest) && !isBackdated(next.manifest, head.manifest))
      head = next;
  }
  return head.reference;
}

/** Times never go back along the chain: no run wrote a manifest whose times are before those of the one it continues. */
function isBackdated(manifest: Manifest, before: Manifest | EvidenceError | undefined): boolean {
  if (before === undefined || before instanceof EvidenceError) return false;
  return manifest.startedAt < before.startedAt || manifest.completedAt < before.completedAt;
}

/** Without a usable lock: the end of the longest chain; of equally long ones, the one that was completed last. */
async function longestChain(store: EvidenceReader, tenant: Tenant, isBelievable: Belief): Promise<Head> {
  const warnings: string[] = [];
  const links = new Map<string, { readonly reference: ManifestReference; readonly manifest: Manifest }>();
  const onInvalid = (error: EvidenceError) => {
    if (warnings.length < MOST_WARNINGS)
      warnings.push(`A stored manifest is not valid and was skipped: ${error.message}`);
  };
  for await (const link of soundManifests(store, tenant, undefined, onInvalid))
    if (isBelievable(link.reference, link.manifest)) links.set(link.reference.sha256, link);
  const backdated = [...links].filter(([, { manifest }]) =>
    isBackdated(manifest, links.get(manifest.previous?.sha256 ?? "")?.manifest),
  );
  for (const [sha256] of backdated) links.delete(sha256);
  const lengths = new Map<string, number>();
  const lengthOf = (sha256: string): number => {
    const path: string[] = [];
    let at: string | undefined = sha256;
    while (at !== undefined && links.has(at) && !lengths.has(at)) {
      path.push(at);
      at = links.get(at)?.manifest.previous?.sha256;
    }
    let length = at === undefined ? 0 : (lengths.get(at) ?? 0);
    for (const link of path.reverse()) {
      length += 1;
      lengths.set(link, length);
    }
    return length;
  };
  const reference = [...links.values()].reduce<ManifestReference | null>((best, { reference, manifest }) => {
    const rank = ({ sha256 }: ManifestReference) => lengthOf(sha256);
    if (best === null || rank(reference) > rank(best)) return reference;
    if (rank(reference) < rank(best)) return best;
    const completedAt = links.get(best.sha256)?.manifest.completedAt ?? "";
    return manifest.completedAt >= completedAt ? reference : best;
  }, null);
  return { reference, warnings };
}

async function* soundManifests(
  store: EvidenceReader,
  tenant: Tenant,
  after?: ObjectKey,
  onInvalid: (error: EvidenceError) => void = () => {},
) {
  for await (const key of store.list(manifestsPrefix(tenant), after)) {
    const stored = await readManifest(store, key);
    if (stored?.manifest instanceof EvidenceError) onInvalid(stored.manifest);
    else if (stored !== null) yield { reference: stored.reference, manifest: stored.manifest };
  }
}
