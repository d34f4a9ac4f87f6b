import { KEY_PREFIX } from "../../contract.ts";
import type { ObjectKey, Tenant } from "../../domain/identifiers.ts";
import { manifestsPrefix, parseManifestKey, tenantOfKey } from "../format/keys.ts";
import type { EvidenceReader } from "../store/port.ts";

/** Every tenant that has evidence in the store, sorted by name. Throws `EvidenceStoreError`. */
export async function tenantsIn(store: EvidenceReader): Promise<readonly Tenant[]> {
  const tenants = new Set<Tenant>();
  for (const prefix of [KEY_PREFIX.manifests, KEY_PREFIX.snapshots])
    for (let from: string | undefined = prefix; from !== undefined; ) {
      const tenant: Tenant | null = tenantOfKey((await first(store.list(prefix, from))) ?? "");
      if (tenant !== null) tenants.add(tenant);
      // "~" sorts after every character of a key: the next key is another tenant's.
      from = tenant === null ? undefined : `${prefix}tenant=${tenant}/~`;
    }
  return [...tenants].sort();
}

async function first(keys: AsyncIterable<ObjectKey>): Promise<ObjectKey | null> {
  for await (const key of keys) return key;
  return null;
}

/** The keys of a tenant's manifests, by the names of the runs. Throws `EvidenceStoreError`. */
export async function* runKeys(store: EvidenceReader, tenant: Tenant): AsyncGenerator<ObjectKey> {
  for await (const key of store.list(manifestsPrefix(tenant))) if (parseManifestKey(key) !== null) yield key;
}
