import type { ObjectKey } from "../../domain/identifiers.ts";
import { type KnownOrganization, lastObservation } from "../../domain/snapshot.ts";
import { mergeById } from "../../streams/merge.ts";
import { type LineHead, type SnapshotHead, snapshotHead } from "../format/line-head.ts";
import { decodeSnapshot } from "../format/lines.ts";
import { fetchParts } from "../store/part-reader.ts";
import type { EvidenceReader } from "../store/port.ts";
import { type StateLayer, withOlderNames } from "./state.ts";

interface StoredLine extends LineHead {
  readonly text: string;
  readonly key: ObjectKey;
}

/**
 * An Organization of a state as it is stored. Its names are read at once; the rest is decoded only when it is asked for,
 * because a search looks at every Organization and decodes few.
 */
export class StoredOrganization {
  readonly #newest: StoredLine;
  readonly #older: readonly StoredLine[];

  /** `older` are lines of earlier runs of the state, newest first. */
  constructor(newest: StoredLine, older: readonly StoredLine[]) {
    this.#newest = newest;
    this.#older = older;
  }

  /** The names of the newest line that has any: a run over a given list knows none. */
  get head(): SnapshotHead {
    const named = [this.#newest, ...this.#older].find(({ organizationName }) => organizationName !== null);
    const { organizationName, organizationDisplayName } = named ?? this.#newest;
    const { organizationId, status } = this.#newest;
    return { organizationId, organizationName, organizationDisplayName, status };
  }

  /** The newest line as it is stored, after the names of the Organization: its connections. */
  get rest(): string {
    return this.#newest.text.slice(this.#newest.length);
  }

  /** Throws `EvidenceError`. */
  decode(): KnownOrganization {
    const decoded = (line: StoredLine) => decodeSnapshot(line.text, line.key);
    return this.#older.reduce(
      (known: KnownOrganization, line) => withOlderNames(known, decoded(line)),
      decoded(this.#newest),
    );
  }
}

/**
 * The Organizations of a state, in ascending order, without those that were deleted; `layers` are its runs, newest first.
 * Parts are fetched ahead. One line of each run is in memory besides those. Throws `EvidenceError`, and the signal's
 * reason.
 */
export async function* scanState(
  store: EvidenceReader,
  layers: readonly StateLayer[],
  signal: AbortSignal,
): AsyncGenerator<StoredOrganization> {
  const lines = layers.map((layer) => linesOf(store, layer, signal));
  const [only, ...others] = lines;
  if (only !== undefined && others.length === 0) {
    for await (const line of only) if (line.status !== "deleted") yield new StoredOrganization(line, []);
    return;
  }
  let newest: StoredLine | null = null;
  let older: StoredLine[] = [];
  let deletedBefore = false;
  for await (const line of mergeById(lines)) {
    if (newest?.organizationId === line.organizationId) {
      deletedBefore ||= line.status === "deleted";
      if (!deletedBefore) older.push(line);
      continue;
    }
    if (newest !== null && newest.status !== "deleted") yield new StoredOrganization(newest, older);
    [newest, older, deletedBefore] = [line, [], false];
  }
  if (newest !== null && newest.status !== "deleted") yield new StoredOrganization(newest, older);
}

async function* linesOf(store: EvidenceReader, { files }: StateLayer, signal: AbortSignal): AsyncGenerator<StoredLine> {
  const parts = files.filter(({ role, rows }) => role === "snapshot" && rows > 0);
  for await (const { file, lines } of fetchParts(store, parts)) {
    signal.throwIfAborted();
    for await (const some of lines)
      for (const text of some) yield { ...snapshotHead(text, file.key), text, key: file.key };
  }
}

/** The connections that an Organization has as far as is known, those that it had when it was last read. */
export function knownConnections(known: KnownOrganization) {
  return lastObservation(known)?.enabledConnections ?? [];
}
