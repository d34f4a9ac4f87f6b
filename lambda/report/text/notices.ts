import { moment } from "../../domain/text.ts";
import type { Manifest } from "../../evidence/format/manifest.ts";

/** What a reader must know of a run besides its figures. Unescaped. */
export function notices(manifest: Manifest): readonly string[] {
  const given = givenTimeText(manifest);
  return given === null ? manifest.warnings : [given, ...manifest.warnings];
}

/** Says when a run was made, if its name does not; else null. */
export function givenTimeText({ runId, scheduledTimeGiven, startedAt }: Manifest): string | null {
  if (!scheduledTimeGiven) return null;
  return `The name ${runId} comes from a given scheduled time. The run was made at ${moment(startedAt)} and shows the tenant at that time.`;
}
