import { isUtf8 } from "node:buffer";
import { KEY_PREFIX } from "../../contract.ts";
import { ConfigurationError, EvidenceError } from "../../domain/errors.ts";
import type { ObjectKey, RunId, Tenant } from "../../domain/identifiers.ts";
import { type InstantRange, isRunIn, runDay, runIdAt, timestamp } from "../../domain/time.ts";
import { readAhead } from "../../streams/read-ahead.ts";
import { manifestKey, manifestsPrefix, parseManifestKey, tenantOfKey } from "../format/keys.ts";
import type { Manifest } from "../format/manifest.ts";
import { decodeManifest } from "../format/manifest.ts";
import { collect } from "../store/parts.ts";
import type { EvidenceReader } from "../store/port.ts";
import { altered } from "../verify/finding.ts";
import { checkManifest } from "../verify/manifest.ts";

const READ_AHEAD_RUNS = 8;

/** Every tenant that has evidence here, in the order of its name. Throws `EvidenceStoreError`. */
export async function tenantsIn(store: EvidenceReader): Promise<readonly Tenant[]> {
  const tenants = new Set<Tenant>();
  for (const prefix of [KEY_PREFIX.manifests, KEY_PREFIX.snapshots])
    for (let from: string | undefined = prefix; from !== undefined; ) {
      const tenant: Tenant | null = tenantOfKey((await first(store.list(prefix, from))) ?? "");
      if (tenant !== null) tenants.add(tenant);
      // No character of a key comes after it: the next one is of another tenant.
      from = tenant === null ? undefined : `${prefix}tenant=${tenant}/~`;
    }
  return [...tenants].sort();
}

async function first(keys: AsyncIterable<ObjectKey>): Promise<ObjectKey | null> {
  for await (const key of keys) return key;
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

/** A tenant's runs, oldest first. Throws `EvidenceError` when one of them is not what was written, or of a newer format. */
export function runsIn(store: EvidenceReader, tenant: Tenant, range: InstantRange): AsyncGenerator<Manifest> {
  return readAhead(runKeys(store, tenant, range), READ_AHEAD_RUNS, (key) => readRun(store, key));
}

/** One run's manifest. Throws `EvidenceError`: `missing`, `altered`, `malformed`, `newer_format`. */
export async function readRun(store: EvidenceReader, key: ObjectKey): Promise<Manifest> {
  const object = await store.read(key);
  if (object === null) throw new EvidenceError("missing", `${key}: there is no such manifest in ${store.location}.`);
  return soundManifest(await collect(object.body), key);
}

/** A stored manifest, held against itself. Throws `EvidenceError`. */
export function soundManifest(bytes: Uint8Array, key: ObjectKey): Manifest {
  if (!isUtf8(bytes)) return altered(key, "it is no UTF-8 text");
  const text = Buffer.from(bytes).toString();
  const manifest = decodeManifest(text, key);
  checkManifest(manifest, text, key);
  return manifest;
}

/** Which run somebody asks for: by its ID, or the last one up to an instant. */
export type RunChoice =
  | { readonly kind: "run"; readonly runId: RunId }
  | { readonly kind: "until"; readonly instantMs: number };

/**
 * The chosen run, which has a snapshot: of the runs up to an instant, those that failed are passed over. Throws
 * `ConfigurationError` that names `option` when there is none, and `EvidenceError`.
 */
export async function findRun(
  store: EvidenceReader,
  tenant: Tenant,
  choice: RunChoice,
  option: string,
): Promise<Manifest> {
  if (choice.kind === "run") {
    const key = manifestKey(tenant, choice.runId);
    if ((await first(store.list(key))) !== key)
      throw new ConfigurationError(`${option}: there is no run ${choice.runId} of ${tenant} in ${store.location}.`);
    const manifest = await readRun(store, key);
    if (manifest.status === "failed")
      throw new ConfigurationError(`${option}: run ${choice.runId} failed and has no snapshot; name another run.`);
    return manifest;
  }
  const range = { fromMs: Number.NEGATIVE_INFINITY, toMs: choice.instantMs };
  const keys = await Array.fromAsync(runKeys(store, tenant, range));
  for (const key of keys.reverse()) {
    const manifest = await readRun(store, key);
    if (manifest.status !== "failed") return manifest;
  }
  throw new ConfigurationError(
    `${option}: no run of ${tenant} up to ${timestamp(choice.instantMs)} has a snapshot in ${store.location}.`,
  );
}
