import { moment } from "../../domain/text.ts";
import type { Manifest } from "../../evidence/format/manifest.ts";

/** What a reader must know of a run besides its figures. Unescaped. */
export function notices(manifest: Manifest): readonly string[] {
  const told = [givenTimeText(manifest), missedText(manifest)].filter((text) => text !== null);
  return [...told, ...manifest.warnings];
}

/** Says how many changes only the sweep found; null when there are none. */
function missedText({ summary: { missedByHints } }: Manifest): string | null {
  if (missedByHints === null || missedByHints === 0) return null;
  return missedByHints === 1
    ? "No hint named 1 of these changes: only the sweep found it."
    : `No hint named ${missedByHints} of these changes: only the sweep found them.`;
}

/** Says when a run was made, if its name does not; else null. */
export function givenTimeText({ runId, scheduledTimeGiven, startedAt }: Manifest): string | null {
  if (!scheduledTimeGiven) return null;
  return `The name ${runId} comes from a given scheduled time. The run was made at ${moment(startedAt)} and shows the tenant at that time.`;
}
