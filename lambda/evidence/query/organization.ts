import type { Change } from "../../domain/change.ts";
import type { OrganizationId } from "../../domain/identifiers.ts";
import type { OrganizationSnapshot } from "../../domain/snapshot.ts";
import { decodeChange, decodeSnapshot } from "../format/lines.ts";
import type { EvidenceFile, Manifest } from "../format/manifest.ts";
import { fetchParts } from "../store/part-reader.ts";
import type { EvidenceReader } from "../store/port.ts";

/** What one run says of one Organization. */
export interface OrganizationInRun {
  readonly manifest: Manifest;
  /** Null when the snapshot has no line for it. */
  readonly snapshot: OrganizationSnapshot | null;
  readonly changes: readonly Change[];
}

/** Reads only the parts that can hold the Organization. Throws `EvidenceError`. */
export async function organizationIn(
  store: EvidenceReader,
  manifest: Manifest,
  id: OrganizationId,
): Promise<OrganizationInRun> {
  let snapshot: OrganizationSnapshot | null = null;
  const changes: Change[] = [];
  const quoted = JSON.stringify(id);
  const parts = manifest.files.filter((file) => canHold(file, id));
  for await (const { file, lines } of fetchParts(store, parts))
    for await (const some of lines)
      for (const line of some.filter((one) => one.includes(quoted)))
        if (file.role === "changes") changes.push(decodeChange(line, file.key));
        else snapshot = lineOf(id, decodeSnapshot(line, file.key)) ?? snapshot;
  return { manifest, snapshot, changes: changes.filter(({ organizationId }) => organizationId === id) };
}

function lineOf(id: OrganizationId, snapshot: OrganizationSnapshot): OrganizationSnapshot | null {
  return snapshot.organizationId === id ? snapshot : null;
}

function canHold(
  { role, rows, firstOrganizationId: first, lastOrganizationId: last }: EvidenceFile,
  id: OrganizationId,
) {
  const isOfState = role === "snapshot" || role === "changes";
  return isOfState && rows > 0 && (first === null || first <= id) && (last === null || id <= last);
}
