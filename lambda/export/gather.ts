import type { ObjectKey, OrganizationId, Sha256 } from "../domain/identifiers.ts";
import type { InstantRange } from "../domain/time.ts";
import { decodeSnapshot } from "../evidence/format/lines.ts";
import { type EvidenceFile, FILE_ROLES, type Manifest } from "../evidence/format/manifest.ts";
import { organizationIn } from "../evidence/query/organization.ts";
import { type RecordedRuns, timeOf } from "../evidence/query/recorded-runs.ts";
import { fetchParts } from "../evidence/store/part-reader.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";

type Role = EvidenceFile["role"];

/** A line of evidence about the Organization, as it is stored, and where it is stored. */
export interface StoredLine {
  readonly text: string;
  readonly key: ObjectKey;
  /** The number of the line in its part, from 1 on. */
  readonly number: number;
}

/** What one run says of the Organization. */
export interface GatheredRun {
  readonly manifest: Manifest;
  readonly sha256: Sha256 | null;
  readonly lines: Readonly<Record<Role, readonly StoredLine[]>>;
  /** Every part that could have a line about it, whether or not it has one. */
  readonly parts: readonly EvidenceFile[];
}

/** All that is recorded of an Organization in a period. */
export interface Gathered {
  readonly organizationId: OrganizationId;
  readonly organizationName: string | null;
  readonly organizationDisplayName: string | null;
  readonly range: InstantRange;
  /** Oldest first, without a gap in the chain: from the run that had its state at the start of the period. */
  readonly runs: readonly GatheredRun[];
}

/**
 * Reads what the runs of a period recorded of an Organization, and, before them, the run that had its state when the period
 * began. Only its own lines stay in memory. Throws `EvidenceError`.
 */
export async function gather(
  store: EvidenceReader,
  runs: RecordedRuns,
  organizationId: OrganizationId,
  range: InstantRange,
): Promise<Gathered> {
  const asked = runs.within(range);
  const [first] = asked;
  const start = first === undefined ? null : await stateBefore(store, runs, first, organizationId);
  const chain = start === null ? asked : runs.within({ fromMs: timeOf(start), toMs: range.toMs });
  const gathered: GatheredRun[] = [];
  let names: Pick<Gathered, "organizationName" | "organizationDisplayName"> = {
    organizationName: null,
    organizationDisplayName: null,
  };
  for (const manifest of chain) {
    const run = await gatherRun(store, manifest, runs.hashOf(manifest), organizationId);
    gathered.push(run);
    for (const { key, text } of run.lines.snapshot) {
      const { organizationDisplayName, organizationName } = decodeSnapshot(text, key);
      if (organizationName !== null) names = { organizationName, organizationDisplayName };
    }
  }
  return { organizationId, ...names, range, runs: gathered };
}

/** The run that wrote the newest line of the Organization before a run; null when there is none. */
async function stateBefore(store: EvidenceReader, runs: RecordedRuns, run: Manifest, id: OrganizationId) {
  const before = runs.last({ fromMs: Number.NEGATIVE_INFINITY, toMs: timeOf(run) - 1 });
  if (before === null) return null;
  for (const layer of runs.layersAt(before))
    if ((await organizationIn(store, layer, id)).snapshot !== null) return layer;
  return before;
}

async function gatherRun(
  store: EvidenceReader,
  manifest: Manifest,
  sha256: Sha256 | null,
  id: OrganizationId,
): Promise<GatheredRun> {
  const lines: Record<Role, StoredLine[]> = { snapshot: [], changes: [], findings: [], operations: [] };
  const parts = FILE_ROLES.flatMap((role) => manifest.files.filter((file) => file.role === role && canHold(file, id)));
  const quoted = JSON.stringify(id);
  for await (const { file, lines: read } of fetchParts(store, parts)) {
    let number = 0;
    for await (const some of read)
      for (const text of some) {
        number += 1;
        if (text.includes(quoted) && organizationOf(text) === id)
          lines[file.role].push({ text, key: file.key, number });
      }
  }
  return { manifest, sha256, lines, parts };
}

/** Operations are in the order of time, so that their parts have no range of Organizations. */
export function canHold(file: EvidenceFile, id: OrganizationId): boolean {
  const { firstOrganizationId: first, lastOrganizationId: last, role, rows } = file;
  return rows > 0 && (role === "operations" || ((first === null || first <= id) && (last === null || id <= last)));
}

function organizationOf(text: string): unknown {
  const line: unknown = JSON.parse(text);
  return typeof line === "object" && line !== null && "organization_id" in line ? line.organization_id : null;
}
