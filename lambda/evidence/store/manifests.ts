import { isUtf8 } from "node:buffer";
import { EvidenceError } from "../../domain/errors.ts";
import type { ObjectKey } from "../../domain/identifiers.ts";
import { collect } from "../../streams/collect.ts";
import { sha256 } from "../format/digest.ts";
import { parseManifestKey } from "../format/keys.ts";
import type { Manifest, ManifestReference } from "../format/manifest.ts";
import { decodeManifest } from "../format/manifest.ts";
import { checkManifest } from "../verify/manifest.ts";
import { altered } from "../verify/problem.ts";
import type { EvidenceReader } from "./port.ts";

/** A manifest takes about 500 bytes for each part, and a run over the largest tenant has some 25,000 parts. */
export const MOST_MANIFEST_BYTES = 16 * 1024 * 1024;

/** A manifest as it is stored. */
export interface StoredManifest {
  readonly reference: ManifestReference;
  readonly bytes: Uint8Array;
  /** The manifest, or why it is not valid: `newer_format`, `malformed`, `altered`. */
  readonly manifest: Manifest | EvidenceError;
}

/** Reads a manifest and checks it. Null when `key` is not a manifest's or has no object. Throws `EvidenceStoreError`. */
export async function readManifest(store: EvidenceReader, key: ObjectKey): Promise<StoredManifest | null> {
  const named = parseManifestKey(key);
  const object = named === null ? null : await store.read(key);
  if (named === null || object === null) return null;
  const bytes = await collect(object.body, MOST_MANIFEST_BYTES);
  return { reference: { runId: named.runId, key, sha256: sha256(bytes) }, bytes, manifest: checked(bytes, key) };
}

/** Reads a valid manifest. Throws `EvidenceError`: `missing`, `newer_format`, `malformed`, `altered`. */
export async function readValidManifest(store: EvidenceReader, key: ObjectKey): Promise<Manifest> {
  return (await readValid(store, key)).manifest;
}

/** The same, with the SHA-256 of its bytes. */
export async function readValid(
  store: EvidenceReader,
  key: ObjectKey,
): Promise<{ readonly manifest: Manifest; readonly reference: ManifestReference }> {
  const stored = await readManifest(store, key);
  if (stored === null) throw new EvidenceError("missing", `${key}: there is no such manifest in ${store.location}.`);
  const { manifest, reference } = stored;
  if (manifest instanceof EvidenceError) throw manifest;
  return { manifest, reference };
}

function checked(bytes: Uint8Array, key: ObjectKey): Manifest | EvidenceError {
  try {
    if (!isUtf8(bytes)) altered(key, "it is not UTF-8 text");
    const text = Buffer.from(bytes).toString();
    const manifest = decodeManifest(text, key);
    checkManifest(manifest, text, key);
    return manifest;
  } catch (error) {
    if (error instanceof EvidenceError) return error;
    throw error;
  }
}
