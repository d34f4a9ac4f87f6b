import { EvidenceError } from "../../domain/errors.ts";
import type { ObjectKey } from "../../domain/identifiers.ts";
import { parseManifestKey } from "../format/keys.ts";
import type { Manifest, ManifestReference } from "../format/manifest.ts";
import { decodeManifest } from "../format/manifest.ts";
import { checkManifest } from "../verify/manifest.ts";
import { collect, sha256 } from "./parts.ts";
import type { EvidenceReader } from "./port.ts";

/** A manifest as it stands in the store. */
export interface StoredManifest {
  readonly reference: ManifestReference;
  /** The manifest, or why it cannot be believed: `newer_format`, `malformed`, `altered`. */
  readonly manifest: Manifest | EvidenceError;
}

/** Null when there is no object at `key`. Throws `EvidenceStoreError`. */
export async function readManifest(store: EvidenceReader, key: ObjectKey): Promise<StoredManifest | null> {
  const named = parseManifestKey(key);
  const object = named === null ? null : await store.read(key);
  if (named === null || object === null) return null;
  const bytes = await collect(object.body);
  const reference = { runId: named.runId, key, sha256: sha256(bytes) };
  try {
    const text = Buffer.from(bytes).toString();
    const manifest = decodeManifest(text, key);
    checkManifest(manifest, text, key);
    return { reference, manifest };
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    return { reference, manifest: error };
  }
}
