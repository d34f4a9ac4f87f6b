import { ConnectionSharing } from "../changes/connection-sharing.ts";
import { type Comparison, diffOrganization } from "../changes/difference.ts";
import { addSummaries, EMPTY_SUMMARY, type Summary, summarize } from "../changes/summary.ts";
import { connectionKind } from "../domain/connection-kind.ts";
import type { ConnectionId, OrganizationId } from "../domain/identifiers.ts";
import { lastObservation, type OrganizationSnapshot } from "../domain/snapshot.ts";
import { decodeChange, decodeSnapshot, encodeChange } from "../evidence/format/lines.ts";
import type { EvidenceFile } from "../evidence/format/manifest.ts";
import { readState } from "../evidence/state/state.ts";
import { describePart, PART_CONTENT_TYPE, PartWriter, readVerified } from "../evidence/store/parts.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import type { Execution } from "../execution/port.ts";
import { pairUp } from "../streams/merge.ts";
import { renewLease } from "./lease.ts";
import { changesPartKey } from "./part-names.ts";
import { type Known, knownAfter, readLayers } from "./state.ts";
import type { Sweep } from "./sweep.ts";

/** A step compares so many parts at most: its result must stay small. */
const MOST_PARTS = 150;

/** What comparing some parts came to: saved with the execution. */
interface Compared {
  readonly changes: readonly EvidenceFile[];
  readonly summary: Summary;
}

/**
 * Compares the stored snapshot with the state before the run, and writes one changes part for each snapshot part. All of
 * it is a function of stored bytes. Throws `RunFailure`.
 */
export async function compare(work: Sweep, snapshot: readonly EvidenceFile[], execution: Execution): Promise<Compared> {
  const changes: EvidenceFile[] = [];
  let summary = EMPTY_SUMMARY;
  while (changes.length < snapshot.length) {
    const from = changes.length;
    const compared = await execution.step<Compared>(`compare-${from}`, () => compareParts(work, snapshot, from));
    changes.push(...compared.changes);
    summary = addSummaries(summary, compared.summary);
  }
  return { changes, summary };
}

async function compareParts(work: Sweep, snapshot: readonly EvidenceFile[], from: number): Promise<Compared> {
  const { run, request, dependencies } = work;
  const { clock, store } = dependencies;
  const deadlineMs = clock.now() + request.chunk.usualMs();
  await renewLease(run, request, dependencies);
  const sharing = new LazySharing(store, work, snapshot);
  const changes: EvidenceFile[] = [];
  let summary = EMPTY_SUMMARY;
  for (let part = from; part < snapshot.length; part += 1) {
    if (part > from && (clock.now() >= deadlineMs || changes.length === MOST_PARTS)) break;
    const compared = await comparePart(work, snapshot, part, sharing);
    changes.push(compared.file);
    summary = addSummaries(summary, compared.summary);
  }
  return { changes, summary };
}

async function comparePart(
  { run, request, dependencies: { store } }: Sweep,
  snapshot: readonly EvidenceFile[],
  part: number,
  sharing: LazySharing,
): Promise<{ readonly file: EvidenceFile; readonly summary: Summary }> {
  const current = snapshot[part];
  if (current === undefined) throw new RangeError(`The snapshot has no part ${part}.`);
  const after = snapshot[part - 1]?.lastOrganizationId ?? null;
  const isLast = part === snapshot.length - 1;
  const writer = new PartWriter<"changes">("changes", changesPartKey(run, part));
  const comparison: Comparison = { ...run, ...run.comparison, isShared: (id) => sharing.isShared(id) };
  let summary = EMPTY_SUMMARY;
  const known = knownAfter(store, run, request.organizations, after);
  for await (const { organizationId, left, right } of pairUp(known, snapshotLines(store, current))) {
    if (!isLast && isPast(organizationId, current)) break;
    if (turnsMembershipOn(left, right)) await sharing.load();
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

function isPast(organizationId: OrganizationId, { lastOrganizationId }: EvidenceFile): boolean {
  return lastOrganizationId !== null && organizationId > lastOrganizationId;
}

async function* snapshotLines(store: EvidenceReader, file: EvidenceFile): AsyncGenerator<OrganizationSnapshot> {
  for await (const line of readVerified(store, file)) yield decodeSnapshot(line, file.key);
}

/** Whether an enterprise connection grants membership that did not before: then it matters who else has it enabled. */
function turnsMembershipOn(known: Known | null, current: OrganizationSnapshot | null): boolean {
  if (current?.status !== "observed") return false;
  const before = known === null ? [] : (lastObservation(known.known)?.enabledConnections ?? []);
  return current.enabledConnections.some(
    ({ connectionId, assignMembershipOnLogin, strategy }) =>
      assignMembershipOnLogin &&
      connectionKind(strategy) === "enterprise" &&
      !before.some((one) => one.connectionId === connectionId && one.assignMembershipOnLogin),
  );
}

/** Which connections several Organizations have, after this run; read once, and only when a change depends on it. */
class LazySharing {
  readonly #store: EvidenceReader;
  readonly #work: Sweep;
  readonly #snapshot: readonly EvidenceFile[];
  #sharing: ConnectionSharing | null = null;

  constructor(store: EvidenceReader, work: Sweep, snapshot: readonly EvidenceFile[]) {
    this.#store = store;
    this.#work = work;
    this.#snapshot = snapshot;
  }

  async load(): Promise<void> {
    if (this.#sharing !== null) return;
    const sharing = new ConnectionSharing();
    const { run } = this.#work;
    const newest = { scope: run.scope, files: this.#snapshot };
    const older = run.scope === "all" ? [] : await readLayers(this.#store, run);
    for await (const { known } of readState(this.#store, [newest, ...older]))
      sharing.add((lastObservation(known)?.enabledConnections ?? []).map(({ connectionId }) => connectionId));
    this.#sharing = sharing;
  }

  isShared(connectionId: ConnectionId): boolean {
    return this.#sharing?.isShared(connectionId) ?? false;
  }
}
