import { EvidenceError } from "../../domain/errors.ts";
import type { Timestamp } from "../../domain/identifiers.ts";
import type { Manifest } from "../../evidence/format/manifest.ts";
import { readManifest } from "../../evidence/store/manifests.ts";
import { readVerified } from "../../evidence/store/part-reader.ts";
import type { EvidenceReader } from "../../evidence/store/port.ts";

/** So many runs in the time that is read again: one a minute would be 10. */
const MOST_OLDER = 50;

/**
 * The runs before the state that recorded operations since `from`, newest first: the logs are read again from shortly
 * before a sweep, and what updates recorded then is not recorded twice. Those that cannot be trusted are left out: what
 * they recorded is. Throws `EvidenceStoreError`.
 */
export async function olderRuns(
  store: EvidenceReader,
  layers: readonly Manifest[],
  from: Timestamp,
): Promise<readonly Manifest[]> {
  const oldest = layers.at(-1);
  const runs: Manifest[] = [];
  // Runs do not overlap: what came before ended before the oldest one began.
  let next = oldest !== undefined && oldest.startedAt > from ? oldest.previous : null;
  for (let read = 0; next !== null && read < MOST_OLDER; read += 1) {
    const stored = await readManifest(store, next.key);
    if (stored === null || stored.manifest instanceof EvidenceError || stored.reference.sha256 !== next.sha256) break;
    const { manifest } = stored;
    if (manifest.completedAt < from) break;
    if (manifest.logs !== null && (await areOperationsTrusted(store, manifest))) runs.push(manifest);
    next = manifest.previous;
  }
  return runs;
}

async function areOperationsTrusted(store: EvidenceReader, { files }: Manifest): Promise<boolean> {
  try {
    for (const file of files) if (file.role === "operations") for await (const _ of readVerified(store, file));
    return true;
  } catch (error) {
    if (error instanceof EvidenceError) return false;
    throw error;
  }
}
