import type { Change } from "../../domain/change.ts";
import type { Finding } from "../../domain/finding.ts";
import type { Operation } from "../../domain/operation.ts";
import type { OrganizationSnapshot } from "../../domain/snapshot.ts";
import { decodeChange, decodeFinding, decodeOperation, decodeSnapshot } from "../format/lines.ts";
import type { EvidenceFile, Manifest } from "../format/manifest.ts";
import { fetchParts } from "../store/part-reader.ts";
import type { EvidenceReader } from "../store/port.ts";

/** A run's whole snapshot, in ascending order of the Organizations. Throws `EvidenceError`. */
export function snapshotOf(store: EvidenceReader, run: Pick<Manifest, "files">): AsyncGenerator<OrganizationSnapshot> {
  return linesOf(store, run, "snapshot", decodeSnapshot);
}

/** A run's changes, in their order. Throws `EvidenceError`. */
export function changesOf(store: EvidenceReader, run: Pick<Manifest, "files">): AsyncGenerator<Change> {
  return linesOf(store, run, "changes", decodeChange);
}

/** A run's findings, in their order; none for a run of format 1.0. Throws `EvidenceError`. */
export function findingsOf(store: EvidenceReader, run: Pick<Manifest, "files">): AsyncGenerator<Finding> {
  return linesOf(store, run, "findings", decodeFinding);
}

/** The operations of a run, in their order; none where the logs were not read. Throws `EvidenceError`. */
export function operationsOfRun(store: EvidenceReader, run: Pick<Manifest, "files">): AsyncGenerator<Operation> {
  return linesOf(store, run, "operations", decodeOperation);
}

async function* linesOf<Line>(
  store: EvidenceReader,
  { files }: Pick<Manifest, "files">,
  role: EvidenceFile["role"],
  decode: (line: string, where: string) => Line,
): AsyncGenerator<Line> {
  const parts = files.filter((file) => file.role === role && file.rows > 0);
  for await (const { file, lines } of fetchParts(store, parts))
    for await (const some of lines) for (const line of some) yield decode(line, file.key);
}
