import { decodeSnapshot } from "../evidence/format/lines.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import { readVerified } from "../evidence/store/part-reader.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import { HintCollector, type Hints } from "./hints.ts";

/**
 * The Organizations that the last run could not read: the newest run of the chain that has a snapshot, sweep or update.
 * Reads its snapshot only when it has any. Throws `EvidenceError`, `EvidenceStoreError`.
 */
export async function retryHints(
  store: EvidenceReader,
  { files, summary }: Pick<Manifest, "files" | "summary">,
): Promise<Hints> {
  const collector = new HintCollector();
  if (summary.organizations.failed > 0)
    for (const file of files)
      if (file.role === "snapshot")
        for await (const text of readVerified(store, file)) {
          const { organizationId, status } = decodeSnapshot(text, file.key);
          if (status === "failed") collector.organization(organizationId);
        }
  return { kind: "retries", ...collector.result, covers: null, complete: true, because: null, place: null };
}
