import { EvidenceError } from "../../domain/errors.ts";
import type { ObjectKey, OrganizationId } from "../../domain/identifiers.ts";
import { collect } from "../../streams/collect.ts";
import { inOrder } from "../../streams/in-order.ts";
import type { EvidenceFile } from "../format/manifest.ts";
import { altered } from "../verify/problem.ts";
import { gunzip, gunzipAtOnce } from "./decompress.ts";
import { type PartFile, PartMeter } from "./part-meter.ts";
import type { EvidenceReader } from "./port.ts";

/** A part up to this size, uncompressed, may be fetched ahead and decompressed at once, which is several times as fast. */
const AT_ONCE_BYTES = 8 * 1024 * 1024;
/** Parts that are fetched while others are read. */
const READ_AHEAD_PARTS = 8;

/** A part of a run, and its lines, several at a time. */
export interface FetchedPart {
  readonly file: EvidenceFile;
  readonly lines: AsyncIterable<readonly string[]>;
}

/**
 * The parts in their order, as `readVerified` reads them; small ones are fetched ahead, those of more than `atOnceBytes`,
 * uncompressed, are streamed. Throws `EvidenceStoreError`.
 */
export function fetchParts(
  store: EvidenceReader,
  files: readonly EvidenceFile[],
  atOnceBytes = AT_ONCE_BYTES,
): AsyncGenerator<FetchedPart> {
  // Compressed content can be longer than the content.
  const mostStoredBytes = 2 * atOnceBytes;
  const fetch = async (file: EvidenceFile): Promise<FetchedPart> => {
    const storedBytes = file.stored?.bytes ?? mostStoredBytes;
    if (file.bytes > atOnceBytes || storedBytes > mostStoredBytes) return { file, lines: streamedLines(store, file) };
    const object = await store.read(file.key);
    const bytes = object === null ? null : await collect(object.body, storedBytes);
    return { file, lines: linesAtOnce(bytes, file) };
  };
  return inOrder(files, fetch, READ_AHEAD_PARTS);
}

/**
 * The lines of a part, without their line feeds. The part must be what `file` says: its content, its row count and, where
 * they are recorded, its compressed bytes. Throws `EvidenceError` (`missing`, `truncated`, `altered`), at the latest
 * before the last lines. Never takes more memory than `file` says that the part needs.
 */
export async function* readVerified(store: EvidenceReader, file: PartFile): AsyncGenerator<string> {
  for await (const lines of streamedLines(store, file)) yield* lines;
}

async function* streamedLines(store: EvidenceReader, file: PartFile): AsyncGenerator<readonly string[]> {
  const meter = new PartMeter(file.key);
  const body = (await store.read(file.key))?.body ?? missing(file.key);
  yield* meter.lines(gunzip(meter.stored.watch(body), file.key), file);
}

async function* linesAtOnce(fetched: Uint8Array | null, file: PartFile): AsyncGenerator<readonly string[]> {
  const compressed = fetched ?? missing(file.key);
  if (file.stored !== null && compressed.length > file.stored.bytes)
    altered(file.key, "it is longer than the manifest says");
  const meter = new PartMeter(file.key);
  meter.stored.add(compressed);
  yield* meter.lines([gunzipAtOnce(compressed, file.key, file.bytes)], file);
}

/** A stored part as a manifest would describe it; null when there is no such object. Throws `EvidenceError`. */
export async function describePart<Role>(
  store: EvidenceReader,
  role: Role,
  key: ObjectKey,
  organizationIdOf: (line: string) => OrganizationId,
): Promise<(Omit<EvidenceFile, "role"> & { readonly role: Role }) | null> {
  const object = await store.read(key);
  if (object === null) return null;
  const meter = new PartMeter(key);
  let first: string | undefined;
  let last: string | undefined;
  for await (const lines of meter.lines(gunzip(meter.stored.watch(object.body), key), null)) {
    first ??= lines[0];
    last = lines.at(-1) ?? last;
  }
  return {
    role,
    key,
    rows: meter.rows,
    ...meter.content.result(),
    stored: meter.stored.result(),
    firstOrganizationId: first === undefined ? null : organizationIdOf(first),
    lastOrganizationId: last === undefined ? null : organizationIdOf(last),
  };
}

function missing(key: ObjectKey): never {
  throw new EvidenceError("missing", `${key}: the object does not exist.`);
}
