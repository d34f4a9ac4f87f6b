import { type Comparison, diffOrganization } from "../changes/difference.ts";
import { addSummaries, EMPTY_SUMMARY, type Summary, summarize } from "../changes/summary.ts";
import type { ConnectionId, OrganizationId } from "../domain/identifiers.ts";
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
import { MissedByHints, type Unread } from "./missed.ts";
import { joined, OperationDecisions } from "./operations/decisions.ts";
import type { FoundOperations } from "./operations/read.ts";
import type { Decided } from "./operations/write.ts";
import { attemptPartKey } from "./part-names.ts";
import { knownAfter, readLayers } from "./state.ts";
import type { Sweep } from "./work.ts";

/** A step compares or judges so many parts at most: its result must stay small. */
export const MOST_PARTS = 150;

/** What comparing some parts came to: saved with the execution. */
interface Compared extends Decided {
  readonly changes: readonly EvidenceFile[];
  readonly summary: Summary;
}

/** What a run found besides its snapshot. */
interface Found {
  readonly facts: StoredFacts;
  readonly operations: FoundOperations;
  /** What hints name and no update has read; null where hints are not in use. */
  readonly unread: Unread | null;
}

/**
 * Compares the stored snapshot with the state before the run, writes one changes part for each snapshot part, and decides
 * what the operations in the tenant's logs led to. All of it is a function of stored bytes. Throws `RunFailure`.
 */
export async function compare(
  work: Sweep,
  snapshot: readonly EvidenceFile[],
  found: Found,
  execution: Execution,
): Promise<Compared> {
  let compared: Compared = { changes: [], summary: EMPTY_SUMMARY, runs: [], tenantWide: [], warnings: [] };
  while (compared.changes.length < snapshot.length) {
    const from = compared.changes.length;
    const next = await execution.step<Compared>(`compare-${from}`, () => compareParts(work, snapshot, found, from));
    compared = {
      changes: [...compared.changes, ...next.changes],
      summary: addSummaries(compared.summary, next.summary),
      ...joined(compared, next),
    };
  }
  return compared;
}

async function compareParts(
  work: Sweep,
  snapshot: readonly EvidenceFile[],
  found: Found,
  from: number,
): Promise<Compared> {
  const { run, request, dependencies } = work;
  const { clock, store } = dependencies;
  const deadlineMs = clock.now() + request.chunk.usualMs();
  await renewLease(run, request, dependencies);
  const { describe, sharing } = await readFacts(store, run, found.facts);
  const isShared = (id: ConnectionId) => sharing.isShared(id);
  const comparison: Comparison = { ...run, ...run.comparison, isShared };
  const layers = await readLayers(store, run);
  const decisions = await OperationDecisions.open(work, found.operations, { layers, describe, isShared, from });
  const { operations, unread } = found;
  const missed = unread === null ? null : await MissedByHints.open(work, operations, unread);
  const changes: EvidenceFile[] = [];
  let summary: Summary = { ...EMPTY_SUMMARY, missedByHints: missed === null ? null : 0 };
  for (let part = from; part < snapshot.length; part += 1) {
    if (part > from && (clock.now() >= deadlineMs || changes.length === MOST_PARTS)) break;
    const compared = await comparePart(work, snapshot, part, { comparison, layers, decisions, missed });
    changes.push(compared.file);
    summary = addSummaries(summary, compared.summary);
  }
  const { attribution, ...decided } = await decisions.finish();
  return { changes, summary: { ...summary, attribution }, ...decided };
}

interface Comparing {
  readonly comparison: Comparison;
  readonly layers: readonly Manifest[];
  readonly decisions: OperationDecisions;
  readonly missed: MissedByHints | null;
}

async function comparePart(
  { run, wanted, dependencies: { store } }: Sweep,
  snapshot: readonly EvidenceFile[],
  part: number,
  { comparison, decisions, layers, missed }: Comparing,
): Promise<{ readonly file: EvidenceFile; readonly summary: Summary }> {
  const current = snapshot[part];
  if (current === undefined) throw new RangeError(`The snapshot has no part ${part}.`);
  const after = snapshot[part - 1]?.lastOrganizationId ?? null;
  const isLast = part === snapshot.length - 1;
  const writer = new PartWriter<"changes">("changes", attemptPartKey(run, "changes", part));
  let summary = EMPTY_SUMMARY;
  const known = knownAfter(store, run, layers, wanted, after);
  const compared = pairUp(known, snapshotLines(store, current));
  for await (const { organizationId, left: pair, right: operations } of pairUp(
    compared,
    decisions.operations(after, isLast ? null : current.lastOrganizationId),
  )) {
    if (!isLast && isPast(organizationId, current)) break;
    const [before, line] = [pair?.left?.known ?? null, pair?.right ?? null];
    const changes = diffOrganization(before, line, comparison);
    for (const change of changes) await writer.add(organizationId, encodeChange(change));
    const subject = { organizationId, known: before, current: line, changes };
    const missedByHints = (await missed?.count(subject, operations?.own ?? [])) ?? null;
    summary = addSummaries(summary, { ...summarize(line, changes), missedByHints });
    await decisions.decide(subject, operations);
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
