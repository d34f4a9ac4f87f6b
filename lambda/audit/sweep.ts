import { diffOrganization } from "../changes/difference.ts";
import type { Summary } from "../changes/summary.ts";
import { addSummaries, EMPTY_SUMMARY, summarize } from "../changes/summary.ts";
import type { ObjectKey, OrganizationId } from "../domain/identifiers.ts";
import type { OrganizationSnapshot } from "../domain/snapshot.ts";
import { changesKey, snapshotKey } from "../evidence/format/keys.ts";
import { decodeChange, decodeSnapshot, encodeChange, encodeSnapshot } from "../evidence/format/lines.ts";
import type { EvidenceFile } from "../evidence/format/manifest.ts";
import { describePart, readLines } from "../evidence/store/part-reader.ts";
import { PART_CONTENT_TYPE, type Part, PartWriter } from "../evidence/store/part-writer.ts";
import type { EvidenceStore } from "../evidence/store/port.ts";
import type { Execution } from "../execution/port.ts";
import { inOrder } from "../streams/in-order.ts";
import { pairUp } from "../streams/merge.ts";
import { baselineAfter } from "./baseline.ts";
import { type ChunkPlan, planChunk, type SweepState } from "./chunk-plan.ts";
import { renewLease } from "./lease.ts";
import { observe, type Subject } from "./observe.ts";
import { listedAfter, type OrganizationList } from "./organization-list.ts";
import { progressOf } from "./progress.ts";
import type { AuditRequest, Dependencies, Run } from "./run.ts";
import { type Spending, spent } from "./spending.ts";

/** A pause of the rate limit that is longer ends the chunk: waiting costs nothing between two chunks. */
const LONG_PAUSE_MS = 60_000;

/** What a finished chunk leaves behind: small, and saved with the execution. The data itself is in the store. */
export interface Chunk {
  readonly snapshot: EvidenceFile;
  readonly changes: EvidenceFile;
  readonly summary: Summary;
  readonly spending: Spending;
  /** Whether nothing is left after it. */
  readonly isLast: boolean;
  /** How long its reads took, in milliseconds. */
  readonly elapsedMs: number;
  /** How long the rate limit wants the next chunk to wait, in seconds; 0 when it may start. */
  readonly pauseSeconds: number;
}

/** Where a chunk starts: its part's number, the last Organization before it, and how many came before. */
interface ChunkStart {
  readonly part: number;
  readonly after: OrganizationId | null;
  readonly done: number;
  readonly last: SweepState["last"];
}

/** All that a chunk works with. */
interface Work {
  readonly run: Run;
  readonly list: OrganizationList;
  readonly request: AuditRequest;
  readonly dependencies: Dependencies;
}

/** Walks the Organizations in consecutive chunks; each writes one snapshot part and one changes part. */
export async function sweep(work: Work, execution: Execution): Promise<readonly Chunk[]> {
  const chunks: Chunk[] = [];
  let start: ChunkStart | null = { part: 0, after: null, done: 0, last: null };
  while (start !== null) {
    const from: ChunkStart = start;
    const operationsLeft = execution.operationsLeft();
    const chunk = await execution.step<Chunk>(`chunk-${from.part}`, () => sweepChunk(work, from, operationsLeft));
    chunks.push(chunk);
    start = chunk.isLast ? null : next(from, chunk);
    const pauseSeconds = Math.max(work.request.chunk.pauseSeconds, chunk.pauseSeconds);
    if (start !== null && pauseSeconds > 0) await execution.wait(`chunk-${from.part}-pause`, pauseSeconds);
  }
  return chunks;
}

function next(start: ChunkStart, { snapshot, elapsedMs }: Chunk): ChunkStart {
  const last = { organizations: snapshot.rows, elapsedMs };
  return { part: start.part + 1, after: snapshot.lastOrganizationId, done: start.done + snapshot.rows, last };
}

async function sweepChunk(work: Work, start: ChunkStart, operationsLeft: number): Promise<Chunk> {
  const { clock, managementApi } = work.dependencies;
  await renewLease(work.run, work.request, work.dependencies);
  const plan = planNext(work, start, operationsLeft);
  const meter = spent(managementApi);
  const startedMs = clock.now();
  const snapshot = await takeSnapshot(work, start, plan);
  const elapsedMs = clock.now() - startedMs;
  const isLast = await isNothingAfter(work, snapshot.lastOrganizationId);
  const { changes, summary } = await writeChanges(work, start, snapshot, isLast);
  const pauseMs = managementApi.pauseMs();
  const pauseSeconds = pauseMs >= LONG_PAUSE_MS ? Math.ceil(pauseMs / 1000) : 0;
  return { snapshot, changes, summary, spending: meter(), isLast, elapsedMs, pauseSeconds };
}

function planNext({ list, request: { chunk } }: Work, start: ChunkStart, operationsLeft: number): ChunkPlan {
  const bounds = {
    usualMs: chunk.usualMs(),
    longestMs: chunk.longestMs(),
    usualOrganizations: chunk.organizations,
    mostOrganizations: chunk.mostOrganizations,
    operations: chunk.pauseSeconds > 0 ? 2 : 1,
  };
  return planChunk(bounds, {
    organizationsLeft: Math.max(0, list.organizations - start.done),
    operationsLeft,
    last: start.last,
    isFirst: start.part === 1,
  });
}

/** The chunk's snapshot part. What is stored wins: a part that an earlier attempt wrote is not read from the tenant again. */
async function takeSnapshot(work: Work, start: ChunkStart, plan: ChunkPlan): Promise<EvidenceFile> {
  const { store } = work.dependencies;
  const key = snapshotKey(work.run.tenant, work.run.runId, work.run.firstPart + start.part);
  const stored = await describeSnapshot(store, key);
  if (stored !== null) return stored;
  const part = await readOrganizations(work, start, plan, key);
  const made = await store.create(key, part.body, PART_CONTENT_TYPE);
  return (made === "exists" ? await describeSnapshot(store, key) : null) ?? part.file;
}

function describeSnapshot(store: EvidenceStore, key: ObjectKey): Promise<EvidenceFile | null> {
  return describePart<"snapshot">(store, "snapshot", key, (line) => decodeSnapshot(line, key).organizationId);
}

async function readOrganizations(work: Work, start: ChunkStart, plan: ChunkPlan, key: ObjectKey): Promise<Part> {
  const { run, dependencies } = work;
  const { clock, managementApi } = dependencies;
  const deadlineMs = clock.now() + plan.deadlineMs;
  let started = 0;
  const mayStart = () =>
    // The first one always: a chunk that does nothing would be followed by another.
    started === 0 ||
    (started < plan.organizations && clock.now() < deadlineMs && managementApi.pauseMs() < LONG_PAUSE_MS);
  const look = (subject: Subject) => {
    started += 1;
    return observe(subject, run, managementApi);
  };
  const writer = new PartWriter<"snapshot">("snapshot", key);
  const intake = { mayStart, concurrency: () => managementApi.concurrency() };
  const tell = progressOf(work, start.done);
  for await (const snapshot of inOrder(subjectsAfter(work, start.after), look, intake)) {
    await writer.add(snapshot.organizationId, encodeSnapshot(snapshot));
    tell();
  }
  return writer.finish();
}

/** The Organizations to look at past `after`: those in scope, and those that the whole tenant's list no longer has. */
async function* subjectsAfter(
  { run, list, dependencies }: Work,
  after: OrganizationId | null,
): AsyncGenerator<Subject> {
  const isWholeTenant = run.scope === "all" && run.baseline?.scope === "all";
  const previous = baselineAfter(dependencies.store, run, after);
  for await (const { left, right } of pairUp(listedAfter(dependencies.store, list, after), previous))
    if (left !== null || isWholeTenant) yield { listed: left, previous: right };
}

async function isNothingAfter(work: Work, last: OrganizationId | null): Promise<boolean> {
  if (last === null) return true;
  for await (const _subject of subjectsAfter(work, last)) return false;
  return true;
}

/** Compares the chunk as it is stored with the same range of the previous snapshot: a function of stored bytes alone. */
async function writeChanges(
  { run, dependencies: { store } }: Work,
  { part, after }: ChunkStart,
  snapshot: EvidenceFile,
  isLast: boolean,
): Promise<{ readonly changes: EvidenceFile; readonly summary: Summary }> {
  const writer = new PartWriter<"changes">("changes", changesKey(run.tenant, run.runId, run.firstPart + part));
  const comparison = { ...run, previousScope: run.baseline?.scope ?? null };
  let summary = EMPTY_SUMMARY;
  const current = snapshotLines(store, snapshot.key);
  for await (const { organizationId, left, right } of pairUp(baselineAfter(store, run, after), current)) {
    if (!isLast && snapshot.lastOrganizationId !== null && organizationId > snapshot.lastOrganizationId) break;
    const changes = diffOrganization(left, right, comparison);
    for (const change of changes) await writer.add(organizationId, encodeChange(change));
    summary = addSummaries(summary, summarize(right, changes));
  }
  const { body, file } = await writer.finish();
  const made = await store.create(file.key, body, PART_CONTENT_TYPE);
  const stored =
    made === "exists" ? await describePart<"changes">(store, "changes", file.key, organizationOfChange) : null;
  return { changes: stored ?? file, summary };
}

function organizationOfChange(line: string): OrganizationId {
  return decodeChange(line, "a stored change").organizationId;
}

async function* snapshotLines(store: EvidenceStore, key: ObjectKey): AsyncGenerator<OrganizationSnapshot> {
  for await (const line of readLines(store, key)) yield decodeSnapshot(line, key);
}
