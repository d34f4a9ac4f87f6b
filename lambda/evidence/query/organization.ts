import type { Change } from "../../domain/change.ts";
import type { Finding } from "../../domain/finding.ts";
import type { OrganizationId } from "../../domain/identifiers.ts";
import type { OrganizationSnapshot } from "../../domain/snapshot.ts";
import { decodeChange, decodeFinding, decodeSnapshot } from "../format/lines.ts";
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

const READ_ROLES: readonly EvidenceFile["role"][] = ["snapshot", "changes"];

/** Reads only the parts that can hold the Organization. Throws `EvidenceError`. */
export async function organizationIn(
  store: EvidenceReader,
  manifest: Manifest,
  id: OrganizationId,
): Promise<OrganizationInRun> {
  let snapshot: OrganizationSnapshot | null = null;
  const changes: Change[] = [];
  const quoted = JSON.stringify(id);
  const parts = manifest.files.filter((file) => READ_ROLES.includes(file.role) && canHold(file, id));
  for await (const { file, lines } of fetchParts(store, parts))
    for await (const some of lines)
      for (const line of some.filter((one) => one.includes(quoted)))
        if (file.role === "changes") changes.push(decodeChange(line, file.key));
        else snapshot = lineOf(id, decodeSnapshot(line, file.key)) ?? snapshot;
  return { manifest, snapshot, changes: changes.filter(({ organizationId }) => organizationId === id) };
}

/** What a run found wrong in one Organization, in the order of the evidence. Throws `EvidenceError`. */
export async function findingsIn(
  store: EvidenceReader,
  { files }: Manifest,
  id: OrganizationId,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const quoted = JSON.stringify(id);
  const parts = files.filter((file) => file.role === "findings" && canHold(file, id));
  for await (const { file, lines } of fetchParts(store, parts))
    for await (const some of lines)
      for (const line of some) if (line.includes(quoted)) findings.push(decodeFinding(line, file.key));
  return findings.filter(({ organizationId }) => organizationId === id);
}

function lineOf(id: OrganizationId, snapshot: OrganizationSnapshot): OrganizationSnapshot | null {
  return snapshot.organizationId === id ? snapshot : null;
}

/** Whether a part can have a line about an Organization, by the first and the last one that it has. */
export function canHold(
  { rows, firstOrganizationId: first, lastOrganizationId: last }: EvidenceFile,
  id: OrganizationId,
) {
  return rows > 0 && (first === null || first <= id) && (last === null || id <= last);
}
