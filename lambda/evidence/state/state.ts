import type { OrganizationId } from "../../domain/identifiers.ts";
import type { ScopeKind } from "../../domain/run.ts";
import type { KnownOrganization, OrganizationSnapshot } from "../../domain/snapshot.ts";
import { mergeById } from "../../streams/merge.ts";
import { decodeSnapshot } from "../format/lines.ts";
import type { EvidenceFile, Manifest } from "../format/manifest.ts";
import { readVerified } from "../store/part-reader.ts";
import type { EvidenceReader } from "../store/port.ts";
import { mayBeAbout } from "./raw-line.ts";

/** A run whose snapshot is part of a state. */
export type StateLayer = Pick<Manifest, "files" | "scope" | "kind">;

/** What a state holds of one Organization. */
export interface StateEntry {
  readonly organizationId: OrganizationId;
  readonly known: KnownOrganization;
  /** `all`: the list of the tenant named it since it was last deleted. `list`: only given lists did. */
  readonly scope: ScopeKind;
  /** Which of the runs wrote the newest line: 0 for the newest one. */
  readonly layer: number;
}

/** Which Organizations of a state are read, each of them all by default. */
export interface StateSelection {
  /** Only Organizations past this one. */
  readonly after?: OrganizationId | null;
  /** Only these; ascending. */
  readonly wanted?: readonly OrganizationId[];
  /** With `wanted`: of the runs up to this one, 0 for the newest, all Organizations nevertheless. */
  readonly wholeUpTo?: number;
}

interface LayerLine {
  readonly organizationId: OrganizationId;
  readonly line: OrganizationSnapshot;
  readonly layer: number;
  readonly scope: ScopeKind;
}

/**
 * The state that some runs make up, newest first as `findLayers` answers them: the newest line of each Organization, in
 * ascending order, without those that were deleted. A run over a given list knows no names: they come from the newest
 * line that has them. One line of each run is in memory. Throws `EvidenceError`.
 */
export async function* readState(
  store: EvidenceReader,
  layers: readonly StateLayer[],
  selection: StateSelection = {},
): AsyncGenerator<StateEntry> {
  let entry = null as StateEntry | null;
  let deletedBefore = false;
  for await (const { organizationId, line, layer, scope } of mergeById(
    layers.map((manifest, index) => layerLines(store, manifest, index, selection)),
  )) {
    if (entry?.organizationId === organizationId) {
      // What was before a deletion is over: neither its names nor who named it count.
      deletedBefore ||= line.status === "deleted";
      if (!deletedBefore)
        entry = {
          ...entry,
          known: withOlderNames(entry.known, line),
          scope: scope === "all" ? scope : entry.scope,
        };
      continue;
    }
    if (entry !== null && entry.known.status !== "deleted") yield entry;
    entry = { organizationId, known: line, scope, layer };
    deletedBefore = false;
  }
  if (entry !== null && entry.known.status !== "deleted") yield entry;
}

async function* layerLines(
  store: EvidenceReader,
  manifest: StateLayer,
  layer: number,
  selection: StateSelection,
): AsyncGenerator<LayerLine> {
  const { after = null } = selection;
  const wanted = wantedOf(layer, selection);
  const only = wanted === undefined ? null : new Set(wanted);
  for (const file of layerParts(manifest, layer, "snapshot", selection))
    for await (const text of readVerified(store, file)) {
      if (only !== null && !mayBeAbout(text, only)) continue;
      const line = decodeSnapshot(text, file.key);
      const { organizationId } = line;
      if ((after === null || organizationId > after) && (only === null || only.has(organizationId)))
        yield { organizationId, line, layer, scope: manifest.scope };
    }
}

/** The parts of a run that can hold what is asked for; `layer` is its place in the state, 0 for the newest run. */
export function layerParts(
  { files }: StateLayer,
  layer: number,
  role: EvidenceFile["role"],
  selection: StateSelection,
): readonly EvidenceFile[] {
  const { after = null } = selection;
  const ids = wantedOf(layer, selection);
  return files.filter(
    (file) => file.role === role && !isBefore(file, after) && (ids === undefined || holdsAny(file, ids)),
  );
}

function wantedOf(layer: number, { wanted, wholeUpTo = -1 }: StateSelection) {
  return layer <= wholeUpTo ? undefined : wanted;
}

function isBefore({ lastOrganizationId: last }: EvidenceFile, after: OrganizationId | null): boolean {
  return last !== null && after !== null && last <= after;
}

/** Whether a part can hold one of some IDs, which ascend. */
function holdsAny(
  { firstOrganizationId: first, lastOrganizationId: last }: EvidenceFile,
  ids: readonly OrganizationId[],
) {
  return ids.some((id) => (first === null || first <= id) && (last === null || id <= last));
}

/** A state with the names that an older line has, where its own line has none. */
export function withOlderNames(known: KnownOrganization, older: OrganizationSnapshot): KnownOrganization {
  if (known.status === "deleted" || older.organizationName === null) return known;
  const names = {
    organizationName: older.organizationName,
    organizationDisplayName: older.organizationDisplayName,
  };
  if (known.status === "observed")
    return known.organizationName === null ? { ...known, ...names, namedAt: older.observedAt } : known;
  const { lastObserved } = known;
  return {
    ...known,
    ...(known.organizationName === null ? names : {}),
    ...(lastObserved?.organizationName === null
      ? { lastObserved: { ...lastObserved, ...names }, namedAt: older.observedAt }
      : {}),
  };
}
