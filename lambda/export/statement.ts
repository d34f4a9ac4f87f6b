import { timestamp } from "../domain/time.ts";
import { sha256 } from "../evidence/format/digest.ts";
import { FILE_ROLES } from "../evidence/format/manifest.ts";
import { PRODUCER } from "../producer.ts";
import type { Gathered, GatheredRun, StoredLine } from "./gather.ts";

/** What the package says of itself, for programs: its runs, and from which line of which part each of its lines is. */
export function statement(gathered: Gathered, tenant: string, hasParts: boolean): string {
  const { organizationDisplayName, organizationId, organizationName, range, runs } = gathered;
  const edge = (ms: number) => (Number.isFinite(ms) ? timestamp(ms) : null);
  const object = {
    tenant,
    organization_id: organizationId,
    organization_name: organizationName,
    organization_display_name: organizationDisplayName,
    from: edge(range.fromMs),
    to: edge(range.toMs),
    has_parts: hasParts,
    exported_by: PRODUCER,
    runs: runs.map(runObject),
  };
  return `${JSON.stringify(object, null, 2)}\n`;
}

function runObject({ lines, manifest, sha256: digest }: GatheredRun) {
  const { completedAt, key, runId, status } = manifest;
  return {
    run_id: runId,
    status,
    completed_at: completedAt,
    manifest_key: key,
    manifest_sha256: digest,
    lines: FILE_ROLES.flatMap((role) => lines[role].map((line) => ({ role, ...lineObject(line) }))),
  };
}

/** The hash of a line commits to it: someone who sees its part later can compare. */
function lineObject({ key, number, text }: StoredLine) {
  return { key, number, sha256: sha256(`${text}\n`) };
}
