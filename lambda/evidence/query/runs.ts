import { KEY_PREFIX } from "../../contract.ts";
import { ConfigurationError } from "../../domain/errors.ts";
import type { ObjectKey, RunId, Tenant } from "../../domain/identifiers.ts";
import { type InstantRange, isRunIn, runDay, runIdAt, timestamp } from "../../domain/time.ts";
import { inOrder } from "../../streams/in-order.ts";
import { manifestKey, manifestsPrefix, parseManifestKey, tenantOfKey } from "../format/keys.ts";
import type { Manifest } from "../format/manifest.ts";
import { readValidManifest } from "../store/manifests.ts";
import type { EvidenceReader } from "../store/port.ts";

const READ_AHEAD_RUNS = 8;

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

/** The keys of a tenant's manifests, oldest run first. */
export async function* runKeys(store: EvidenceReader, tenant: Tenant, range: InstantRange): AsyncGenerator<ObjectKey> {
  const prefix = manifestsPrefix(tenant);
  const from = Number.isFinite(range.fromMs) ? `${prefix}dt=${runDay(runIdAt(range.fromMs))}` : prefix;
  for await (const key of store.list(prefix, from)) {
    const runId = parseManifestKey(key)?.runId;
    if (runId === undefined) continue;
    if (isRunIn(runId, range)) yield key;
    else if (!isRunIn(runId, { ...range, fromMs: Number.NEGATIVE_INFINITY })) return;
  }
}

/** A tenant's runs, oldest first. Throws `EvidenceError` when a manifest is not valid, or of a newer format. */
export function runsIn(store: EvidenceReader, tenant: Tenant, range: InstantRange): AsyncGenerator<Manifest> {
  return inOrder(runKeys(store, tenant, range), (key) => readValidManifest(store, key), READ_AHEAD_RUNS);
}

/** Which run is asked for: one by its ID, or the last one up to an instant. */
export type RunChoice =
  | { readonly kind: "run"; readonly runId: RunId }
  | { readonly kind: "until"; readonly instantMs: number };

/**
 * The chosen run, which has a snapshot: failed runs up to an instant are skipped. Throws `ConfigurationError` that names
 * `option` when there is none, and `EvidenceError`.
 */
export async function findRun(
  store: EvidenceReader,
  tenant: Tenant,
  choice: RunChoice,
  option: string,
): Promise<Manifest> {
  if (choice.kind === "run") {
    const key = manifestKey(tenant, choice.runId);
    if (!(await store.exists(key)))
      throw new ConfigurationError(`${option}: there is no run ${choice.runId} of ${tenant} in ${store.location}.`);
    const manifest = await readValidManifest(store, key);
    if (manifest.status === "failed")
      throw new ConfigurationError(`${option}: run ${choice.runId} failed and has no snapshot; name another run.`);
    return manifest;
  }
  const range = { fromMs: Number.NEGATIVE_INFINITY, toMs: choice.instantMs };
  const keys = await Array.fromAsync(runKeys(store, tenant, range));
  for (const key of keys.reverse()) {
    const manifest = await readValidManifest(store, key);
    if (manifest.status !== "failed") return manifest;
  }
  throw new ConfigurationError(
    `${option}: no run of ${tenant} up to ${timestamp(choice.instantMs)} has a snapshot in ${store.location}.`,
  );
}
