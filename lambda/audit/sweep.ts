import type { ObjectKey, OrganizationId } from "../domain/identifiers.ts";
import { decodeSnapshot, encodeSnapshot } from "../evidence/format/lines.ts";
import type { EvidenceFile } from "../evidence/format/manifest.ts";
import { describePart } from "../evidence/store/part-reader.ts";
import { PART_CONTENT_TYPE, type Part, PartWriter } from "../evidence/store/part-writer.ts";
import type { Execution } from "../execution/port.ts";
import { inOrder } from "../streams/in-order.ts";
import { type ChunkPlan, planChunk, type SweepState } from "./chunk-plan.ts";
import { renewLease } from "./lease.ts";
import { observe, type Subject } from "./observe.ts";
import { attemptPartKey } from "./part-names.ts";
import { progressOf } from "./progress.ts";
import { noteUsage, readUsage, type Spending, spent } from "./spending.ts";
import { hasSubjectAfter, subjectsAfter, untilUnreachable } from "./subjects.ts";
import { KEPT_PART_BYTES, type Kept, keepable, storeKept } from "./unstored.ts";
import type { Sweep } from "./work.ts";

/** A pause of the rate limit that is longer ends the chunk: waiting costs nothing between two chunks. */
const LONG_PAUSE_MS = 60_000;

/** What a finished chunk leaves behind: small, and saved with the execution. The data itself is in the store. */
export interface Chunk {
  readonly snapshot: EvidenceFile;
  readonly spending: Spending;
  /** Whether nothing is left after it. */
  readonly isLast: boolean;
  /** How long its reads took, in milliseconds. */
  readonly elapsedMs: number;
  /** How long the rate limit wants the next chunk to wait, in seconds; 0 when it may start. */
  readonly pauseSeconds: number;
  /** The part itself, when the store could not take it: it is stored in a step of its own. */
  readonly unstored: Kept | null;
}

/** Where a chunk starts: its part's number, the last Organization before it, and how many came before. */
interface ChunkStart {
  readonly part: number;
  readonly after: OrganizationId | null;
  readonly done: number;
  readonly last: SweepState["last"];
}

/** Reads the Organizations in consecutive chunks; each writes one snapshot part. Throws `RunFailure`. */
export async function sweep(work: Sweep, execution: Execution): Promise<readonly Chunk[]> {
  const chunks: Chunk[] = [];
  let start: ChunkStart | null = { part: 0, after: null, done: 0, last: null };
  while (start !== null) {
    const from: ChunkStart = start;
    const operationsLeft = execution.operationsLeft();
    const chunk = await execution.step<Chunk>(`chunk-${from.part}`, () => readChunk(work, from, operationsLeft));
    const { unstored, ...stored } = chunk;
    if (unstored !== null)
      await execution.step(`chunk-${from.part}-store`, () => storeKept(work.dependencies.store, unstored));
    chunks.push({ ...stored, unstored: null });
    start = chunk.isLast ? null : next(from, chunk);
    const pauseSeconds = Math.max(work.request.chunk.pauseSeconds, chunk.pauseSeconds);
    if (start !== null && pauseSeconds > 0) await execution.wait(`chunk-${from.part}-pause`, pauseSeconds);
  }
  return chunks;
}

function next(start: ChunkStart, { snapshot, elapsedMs }: Chunk): ChunkStart {
  const last = { organizations: snapshot.rows, elapsedMs };
  return {
    part: start.part + 1,
    after: snapshot.lastOrganizationId ?? start.after,
    done: start.done + snapshot.rows,
    last,
  };
}

async function readChunk(work: Sweep, start: ChunkStart, operationsLeft: number): Promise<Chunk> {
  const { clock, managementApi, store } = work.dependencies;
  await renewLease(work.run, work.request, work.dependencies);
  const key = attemptPartKey(work.run, "snapshot", start.part);
  const stored = await describeSnapshot(work, key);
  if (stored !== null) return storedChunk(work, start, stored);
  const plan = planNext(work, start, operationsLeft);
  const meter = spent(managementApi);
  const startedMs = clock.now();
  const { part, isLast } = await readOrganizations(work, start, plan, key);
  const elapsedMs = clock.now() - startedMs;
  const spending = meter();
  const pauseMs = managementApi.pauseMs();
  const pauseSeconds = pauseMs >= LONG_PAUSE_MS ? Math.ceil(pauseMs / 1000) : 0;
  const read = { snapshot: part.file, spending, isLast, elapsedMs, pauseSeconds };
  try {
    await noteUsage(store, work.run, start.part, spending);
    const made = await store.create(key, part.body, PART_CONTENT_TYPE);
    const first = made === "exists" ? await describeSnapshot(work, key) : null;
    return { ...read, snapshot: first ?? part.file, unstored: null };
  } catch (error) {
    return { ...read, unstored: keepable(error, { key, body: part.body }) };
  }
}

/** A part that an earlier attempt of this execution stored is not read from the tenant again. */
async function storedChunk(work: Sweep, start: ChunkStart, snapshot: EvidenceFile): Promise<Chunk> {
  const { store } = work.dependencies;
  return {
    snapshot,
    spending: await readUsage(store, work.run, start.part),
    isLast: !(await hasSubjectAfter(work, snapshot.lastOrganizationId ?? start.after)),
    elapsedMs: 0,
    pauseSeconds: 0,
    unstored: null,
  };
}

function planNext({ list, request: { chunk } }: Sweep, start: ChunkStart, operationsLeft: number): ChunkPlan {
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

function describeSnapshot({ dependencies: { store } }: Sweep, key: ObjectKey): Promise<EvidenceFile | null> {
  return describePart<"snapshot">(store, "snapshot", key, (line) => decodeSnapshot(line, key).organizationId);
}

async function readOrganizations(
  work: Sweep,
  start: ChunkStart,
  plan: ChunkPlan,
  key: ObjectKey,
): Promise<{ readonly part: Part<"snapshot">; readonly isLast: boolean }> {
  const { run, dependencies } = work;
  const { clock, managementApi } = dependencies;
  const deadlineMs = clock.now() + plan.deadlineMs;
  const writer = new PartWriter<"snapshot">("snapshot", key);
  let started = 0;
  const mayStart = () =>
    // The first one always: a chunk that does nothing would be followed by another.
    started === 0 ||
    (started < plan.organizations &&
      // What the execution can keep for a store that is away is bounded.
      (started < plan.leastOrganizations || writer.compressedBytes < KEPT_PART_BYTES) &&
      clock.now() < deadlineMs &&
      managementApi.pauseMs() < LONG_PAUSE_MS);
  const observeOne = (subject: Subject) => {
    started += 1;
    return observe(subject, run, managementApi);
  };
  const source = untilUnreachable(subjectsAfter(work, start.after));
  const report = progressOf(work, start.done);
  const intake = { mayStart, concurrency: () => managementApi.concurrency() };
  for await (const snapshot of inOrder(source.items, observeOne, intake)) {
    report();
    if (snapshot === null) continue;
    await writer.add(snapshot.organizationId, encodeSnapshot(snapshot));
  }
  return { part: await writer.finish(), isLast: source.isExhausted() };
}
