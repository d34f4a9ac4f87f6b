import { EvidenceError } from "../domain/errors.ts";
import type { ObjectKey, RunId, Tenant } from "../domain/identifiers.ts";
import { compareText } from "../domain/order.ts";
import { runDay } from "../domain/time.ts";
import { manifestKey, manifestsPrefix, parseManifestKey } from "../evidence/format/keys.ts";
import { readManifest } from "../evidence/store/manifests.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import { inOrder } from "../streams/in-order.ts";
import { type RunSummary, runSummary } from "./recent-runs.ts";

/** So many of the newest runs are read, of whatever kind; before them, the last run of each day of so many days. */
export const MAX_NEWEST_RUNS = 120;
export const MAX_INDEX_DAYS = 366;
const CONCURRENT_READS = 8;

/** A run in the index. `summary` is null when this version cannot read the run's manifest. */
export interface IndexRun {
  readonly runId: RunId;
  readonly summary: RunSummary | null;
}

/** The runs of one day in UTC. */
export interface IndexDay {
  /** `YYYY-MM-DD` */
  readonly day: string;
  /** Newest first. */
  readonly runs: readonly IndexRun[];
  /** How many more there are: they are not read, so that a year of runs every five minutes stays cheap. */
  readonly unlisted: number;
}

/**
 * A tenant's last days with runs, newest first. Of a day before the newest runs, the last run is read, and the sweep that
 * it builds on if it is an update: fewer than 900 manifests in all. All figures come from the manifests, never from an
 * earlier index, because reports can be replaced. Throws `EvidenceStoreError`.
 */
export async function readIndex(store: EvidenceReader, tenant: Tenant): Promise<readonly IndexDay[]> {
  const { counts, keys } = await indexKeys(store, tenant);
  const runs = await readRuns(store, keys);
  const read = new Map(runs.map(({ run }) => [run.runId, run]));
  const bases = new Set(runs.flatMap(({ base }) => (base === null || read.has(base) ? [] : [base])));
  // Only of days that are listed: an altered manifest could name any run.
  const listed = [...bases].filter((base) => counts.has(runDay(base))).map((base) => manifestKey(tenant, base));
  for (const { run } of await readRuns(store, listed)) read.set(run.runId, run);
  return indexDays([...read.values()], counts);
}

/** The days of some runs, newest first. `counts`: how many runs each day has; default: those alone. */
export function indexDays(
  runs: readonly IndexRun[],
  counts: ReadonlyMap<string, number> = new Map(),
): readonly IndexDay[] {
  const newestFirst = runs.toSorted((left, right) => compareText(right.runId, left.runId));
  return [...Map.groupBy(newestFirst, ({ runId }) => runDay(runId))].map(([day, ofDay]) => ({
    day,
    runs: ofDay,
    unlisted: Math.max(0, (counts.get(day) ?? 0) - ofDay.length),
  }));
}

/** The manifests that are read, oldest first, and how many there are of each of their days. */
async function indexKeys(store: EvidenceReader, tenant: Tenant) {
  const counts = new Map<string, number>();
  const newest: ObjectKey[] = [];
  const lastOfDay = new Map<string, ObjectKey>();
  for await (const key of store.list(manifestsPrefix(tenant))) {
    const named = parseManifestKey(key);
    if (named === null) continue;
    const day = runDay(named.runId);
    counts.set(day, (counts.get(day) ?? 0) + 1);
    newest.push(key);
    const older = newest.length > MAX_NEWEST_RUNS ? newest.shift() : undefined;
    const olderRun = older === undefined ? null : parseManifestKey(older);
    if (older !== undefined && olderRun !== null) lastOfDay.set(runDay(olderRun.runId), older);
    const [first] = lastOfDay.keys();
    if (first === undefined || lastOfDay.size <= MAX_INDEX_DAYS) continue;
    lastOfDay.delete(first);
    counts.delete(first);
  }
  return { counts, keys: [...lastOfDay.values(), ...newest] };
}

/** Manifests that exist; `base` is the sweep that an update builds on. */
async function readRuns(store: EvidenceReader, keys: readonly ObjectKey[]) {
  const runs: { readonly run: IndexRun; readonly base: RunId | null }[] = [];
  for await (const stored of inOrder(keys, (key) => readManifest(store, key), CONCURRENT_READS)) {
    if (stored === null) continue;
    const { manifest, reference } = stored;
    const summary = manifest instanceof EvidenceError ? null : runSummary(manifest);
    const base = manifest instanceof EvidenceError ? null : (manifest.updates?.base.runId ?? null);
    runs.push({ run: { runId: reference.runId, summary }, base });
  }
  return runs;
}
