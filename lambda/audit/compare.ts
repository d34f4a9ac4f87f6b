import { type Comparison, diffOrganization } from "../changes/difference.ts";
import { addSummaries, EMPTY_SUMMARY, type Summary, summarize } from "../changes/summary.ts";
import type { OrganizationId } from "../domain/identifiers.ts";
import type { OrganizationSnapshot } from "../domain/snapshot.ts";
import { decodeChange, decodeSnapshot, encodeChange } from "../evidence/format/lines.ts";
import type { EvidenceFile, Manifest } from "../evidence/format/manifest.ts";
import { describePart, readVerified } from "../evidence/store/part-reader.ts";
import { PART_CONTENT_TYPE, PartWriter } from "../evidence/store/part-writer.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import type { Execution } from "../execution/port.ts";
import { pairUp } from "../streams/merge.ts";
import { readFacts, type StoredFacts } from "./facts.ts";
import { renewLease } from "./lease.ts";
import { attemptPartKey } from "./part-names.ts";
import { knownAfter, readLayers } from "./state.ts";
import type { Sweep } from "./sweep.ts";

/** A step compares or judges so many parts at most: its result must stay small. */
export const MOST_PARTS = 150;

/** What comparing some parts came to: saved with the execution. */
interface Compared {
  readonly changes: readonly EvidenceFile[];
  readonly summary: Summary;
}

/**
 * Compares the stored snapshot with the state before the run, and writes one changes part for each snapshot part. All of
 * it is a function of stored bytes. Throws `RunFailure`.
 */
export async function compare(
  work: Sweep,
  snapshot: readonly EvidenceFile[],
  shared: StoredFacts,
  execution: Execution,
): Promise<Compared> {
  const changes: EvidenceFile[] = [];
  let summary = EMPTY_SUMMARY;
  while (changes.length < snapshot.length) {
    const from = changes.length;
    const compared = await execution.step<Compared>(`compare-${from}`, () =>
      compareParts(work, snapshot, shared, from),
    );
    changes.push(...compared.changes);
    summary = addSummaries(summary, compared.summary);
  }
  return { changes, summary };
}

async function compareParts(
  work: Sweep,
  snapshot: readonly EvidenceFile[],
  shared: StoredFacts,
  from: number,
): Promise<Compared> {
  const { run, request, dependencies } = work;
  const { clock, store } = dependencies;
  const deadlineMs = clock.now() + request.chunk.usualMs();
  await renewLease(run, request, dependencies);
  const sharing = await readFacts(store, run, shared);
  const comparison: Comparison = { ...run, ...run.comparison, isShared: (id) => sharing.isShared(id) };
  const layers = await readLayers(store, run);
  const changes: EvidenceFile[] = [];
  let summary = EMPTY_SUMMARY;
  for (let part = from; part < snapshot.length; part += 1) {
    if (part > from && (clock.now() >= deadlineMs || changes.length === MOST_PARTS)) break;
    const compared = await comparePart(work, snapshot, part, { comparison, layers });
    changes.push(compared.file);
    summary = addSummaries(summary, compared.summary);
  }
  return { changes, summary };
}

async function comparePart(
  { run, request, dependencies: { store } }: Sweep,
  snapshot: readonly EvidenceFile[],
  part: number,
  { comparison, layers }: { readonly comparison: Comparison; readonly layers: readonly Manifest[] },
): Promise<{ readonly file: EvidenceFile; readonly summary: Summary }> {
  const current = snapshot[part];
  if (current === undefined) throw new RangeError(`The snapshot has no part ${part}.`);
  const after = snapshot[part - 1]?.lastOrganizationId ?? null;
  const isLast = part === snapshot.length - 1;
  const writer = new PartWriter<"changes">("changes", attemptPartKey(run, "changes", part));
  let summary = EMPTY_SUMMARY;
  const known = knownAfter(store, run, layers, request.organizations, after);
  for await (const { organizationId, left, right } of pairUp(known, snapshotLines(store, current))) {
    if (!isLast && isPast(organizationId, current)) break;
    const changes = diffOrganization(left?.known ?? null, right, comparison);
    for (const change of changes) await writer.add(organizationId, encodeChange(change));
    summary = addSummaries(summary, summarize(right, changes));
  }
  const { body, file } = await writer.finish();
  const made = await store.create(file.key, body, PART_CONTENT_TYPE);
  const earlier =
    made === "exists"
      ? await describePart<"changes">(store, "changes", file.key, (line) => decodeChange(line, file.key).organizationId)
      : null;
  return { file: earlier ?? file, summary };
}

/** Whether an Organization comes after all of a part. */
export function isPast(organizationId: OrganizationId, { lastOrganizationId }: EvidenceFile): boolean {
  return lastOrganizationId !== null && organizationId > lastOrganizationId;
}

/** The lines of a snapshot part of this run. Throws `EvidenceError`. */
export async function* snapshotLines(store: EvidenceReader, file: EvidenceFile): AsyncGenerator<OrganizationSnapshot> {
  for await (const line of readVerified(store, file)) yield decodeSnapshot(line, file.key);
}
