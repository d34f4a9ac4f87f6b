import { EvidenceError } from "../domain/errors.ts";
import type { ObjectKey, Tenant } from "../domain/identifiers.ts";
import { manifestsPrefix, parseManifestKey } from "../evidence/format/keys.ts";
import type { Manifest, ManifestReference } from "../evidence/format/manifest.ts";
import { readManifest } from "../evidence/store/manifests.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import type { SweepLock } from "./lock.ts";

/**
 * The end of a tenant's chain: the manifest that the next one names as its previous one. Null for a tenant without any.
 * The lock says where it was; the evidence decides. Throws `EvidenceStoreError`.
 */
export async function findHead(
  store: EvidenceReader,
  tenant: Tenant,
  { head, pending, rejected }: Pick<SweepLock, "head" | "pending" | "rejected">,
  nowMs: number,
): Promise<ManifestReference | null> {
  // A crash may have come between committing a manifest and noting it.
  const noted = (await confirmed(store, tenant, pending)) ?? (await confirmed(store, tenant, head));
  const isBelievable = ({ sha256 }: ManifestReference, { startedAt }: Manifest) =>
    !rejected.includes(sha256) && Date.parse(startedAt) <= nowMs;
  return noted === null ? longestChain(store, tenant, isBelievable) : lastSuccessor(store, tenant, noted, isBelievable);
}

type Belief = (reference: ManifestReference, manifest: Manifest) => boolean;

/** What the lock notes, if the store holds exactly that manifest of this tenant. */
async function confirmed(
  store: EvidenceReader,
  tenant: Tenant,
  noted: ManifestReference | null,
): Promise<ManifestReference | null> {
  if (noted === null || parseManifestKey(noted.key)?.tenant !== tenant) return null;
  const stored = await readManifest(store, noted.key);
  return stored?.reference.sha256 === noted.sha256 ? stored.reference : null;
}

/** A lock that was set back names a manifest that has successors: the last of them ends the chain. */
async function lastSuccessor(
  store: EvidenceReader,
  tenant: Tenant,
  noted: ManifestReference,
  isBelievable: Belief,
): Promise<ManifestReference> {
  let head = noted;
  for await (const { reference, manifest } of soundManifests(store, tenant, noted.key))
    if (manifest.previous?.sha256 === head.sha256 && isBelievable(reference, manifest)) head = reference;
  return head;
}

/** Without a usable lock: the end of the longest chain; of equally long ones, the one that was completed last. */
async function longestChain(
  store: EvidenceReader,
  tenant: Tenant,
  isBelievable: Belief,
): Promise<ManifestReference | null> {
  const links = new Map<string, { readonly reference: ManifestReference; readonly manifest: Manifest }>();
  for await (const link of soundManifests(store, tenant))
    if (isBelievable(link.reference, link.manifest)) links.set(link.reference.sha256, link);
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
  return [...links.values()].reduce<ManifestReference | null>((best, { reference, manifest }) => {
    const rank = ({ sha256 }: ManifestReference) => lengthOf(sha256);
    if (best === null || rank(reference) > rank(best)) return reference;
    if (rank(reference) < rank(best)) return best;
    const completedAt = links.get(best.sha256)?.manifest.completedAt ?? "";
    return manifest.completedAt >= completedAt ? reference : best;
  }, null);
}

async function* soundManifests(store: EvidenceReader, tenant: Tenant, after?: ObjectKey) {
  for await (const key of store.list(manifestsPrefix(tenant), after)) {
    const stored = await readManifest(store, key);
    if (stored !== null && !(stored.manifest instanceof EvidenceError))
      yield { reference: stored.reference, manifest: stored.manifest };
  }
}
