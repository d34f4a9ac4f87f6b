import { KEY_PREFIX } from "../../contract.ts";
import type { ObjectKey, Tenant } from "../../domain/identifiers.ts";
import { manifestsPrefix, parseManifestKey, tenantOfKey } from "../format/keys.ts";
import type { EvidenceReader } from "../store/port.ts";

/**
 * Every tenant that has evidence in the store, sorted by name. `onUnknown` receives keys that belong to no tenant. Throws
 * `EvidenceStoreError`.
 */
export async function tenantsIn(
  store: EvidenceReader,
  onUnknown: (key: ObjectKey) => void = () => {},
): Promise<readonly Tenant[]> {
  const tenants = new Set<Tenant>();
  for (const prefix of Object.values(KEY_PREFIX)) {
    // Reports and state are no evidence of a tenant.
    const isEvidence = prefix !== KEY_PREFIX.reports && prefix !== KEY_PREFIX.state;
    let tenant = await nextTenant(store, prefix, prefix, onUnknown);
    while (tenant !== null) {
      if (isEvidence) tenants.add(tenant);
      // "~" sorts after every character of a key: the next key is another tenant's.
      tenant = await nextTenant(store, prefix, `${prefix}tenant=${tenant}/~`, onUnknown);
    }
  }
  return [...tenants].sort();
}

async function nextTenant(
  store: EvidenceReader,
  prefix: string,
  from: string,
  onUnknown: (key: ObjectKey) => void,
): Promise<Tenant | null> {
  for await (const key of store.list(prefix, from)) {
    const tenant = tenantOfKey(key);
    if (tenant !== null) return tenant;
    onUnknown(key);
  }
  return null;
}

/** The keys of a tenant's manifests, by the names of the runs. Throws `EvidenceStoreError`. */
export async function* runKeys(store: EvidenceReader, tenant: Tenant): AsyncGenerator<ObjectKey> {
  for await (const key of store.list(manifestsPrefix(tenant))) if (parseManifestKey(key) !== null) yield key;
}
