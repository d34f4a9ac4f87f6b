import { asStarted } from "../domain/commands.ts";
import { EvidenceError } from "../domain/errors.ts";
import type { ObjectKey, RunId, Tenant } from "../domain/identifiers.ts";
import { type InstantRange, isRunIn } from "../domain/time.ts";
import { indexKey, manifestKey, parseReportKey, reportKey, reportsPrefix } from "../evidence/format/keys.ts";
import { readManifest } from "../evidence/store/manifests.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import { type Problem, unknownObject } from "../evidence/verify/problem.ts";
import { collect } from "../streams/collect.ts";
import { withManifestCache } from "./manifest-cache.ts";
import { type ReportTarget, renderReports, renderTenantIndex } from "./publish.ts";
import { readIndex } from "./read-index.ts";

export interface ReportCheck {
  readonly tenant: Tenant;
  /** The runs whose reports are compared. */
  readonly range: InstantRange;
  /** The version of this program: another version may render the same evidence differently. */
  readonly version: string;
  readonly onProblem: (problem: Problem) => void;
}

/** Stored reports, by what was done about them. */
export interface CheckedReports {
  readonly compared: number;
  /** Of runs that another version recorded, or whose evidence is not valid. */
  readonly notCompared: number;
}

/**
 * Renders the reports of each run again and compares them with the stored ones. A report that is not stored is no problem:
 * reports are derived. Throws `EvidenceStoreError`.
 */
export async function checkReports(reader: EvidenceReader, check: ReportCheck): Promise<CheckedReports> {
  const store = withManifestCache(reader);
  const { onProblem, range, tenant } = check;
  const counts = { compared: 0, notCompared: 0 };
  let newest: { readonly runId: RunId; readonly isCompared: boolean } | null = null;
  for await (const [runId, keys] of groups(store, tenant)) {
    if (runId !== null && !isRunIn(runId, range)) continue;
    if (runId === null)
      for (const key of keys)
        if (key === indexKey(tenant))
          counts[(await checkIndex(store, check, newest)) ? "compared" : "notCompared"] += 1;
        // Version 1.0 stored the index as JSON, too.
        else if (key === indexKey(tenant).replace(/html$/, "json")) counts.notCompared += 1;
        else onProblem(unknownObject(key, "this program writes no such report"));
    else {
      newest = { runId, isCompared: await checkRun(store, check, runId, keys) };
      counts[newest.isCompared ? "compared" : "notCompared"] += keys.length;
    }
  }
  return counts;
}

/** Whether the index could be compared: only when it was rendered after the newest recorded run, by this version. */
async function checkIndex(
  store: EvidenceReader,
  { onProblem, tenant }: ReportCheck,
  newest: { readonly runId: RunId; readonly isCompared: boolean } | null,
): Promise<boolean> {
  const [day] = await readIndex(store, tenant);
  if (newest?.isCompared !== true || day?.runs.at(0)?.runId !== newest.runId) return false;
  await renderTenantIndex(store, tenant, comparing(store, null, new Set([indexKey(tenant)]), onProblem));
  return true;
}

/** The keys of each run's reports, in the order of the runs; last, those of no run. */
async function* groups(
  store: EvidenceReader,
  tenant: Tenant,
): AsyncGenerator<readonly [RunId | null, readonly ObjectKey[]]> {
  const others: ObjectKey[] = [];
  let run: RunId | null = null;
  let keys: ObjectKey[] = [];
  for await (const key of store.list(reportsPrefix(tenant))) {
    const runId = parseReportKey(key);
    if (runId === null || !key.startsWith(reportKey(tenant, runId, ""))) {
      others.push(key);
      continue;
    }
    if (runId !== run && run !== null) yield [run, keys];
    if (runId !== run) keys = [];
    run = runId;
    keys.push(key);
  }
  if (run !== null) yield [run, keys];
  yield [null, others];
}

/** Whether the reports could be compared. */
async function checkRun(
  store: EvidenceReader,
  { onProblem, tenant, version }: ReportCheck,
  runId: RunId,
  keys: readonly ObjectKey[],
): Promise<boolean> {
  const key = manifestKey(tenant, runId);
  const stored = await readManifest(store, key);
  if (stored === null) {
    for (const one of keys) onProblem(unknownObject(one, "it is a report of a run that is not recorded", runId));
    return false;
  }
  if (stored.manifest instanceof EvidenceError || stored.manifest.producer.version !== version) return false;
  const left = new Set(keys);
  try {
    await renderReports(store, key, comparing(store, runId, left, onProblem));
  } catch (error) {
    // The evidence of the run has a problem of its own.
    if (error instanceof EvidenceError) return false;
    throw error;
  }
  for (const one of left) onProblem(unknownObject(one, "it is not among the reports of its run", runId));
  return true;
}

/** Compares what is rendered with what is stored, and takes it off the set of `left` keys. */
function comparing(
  store: EvidenceReader,
  runId: RunId | null,
  left: Set<ObjectKey>,
  onProblem: (problem: Problem) => void,
): ReportTarget {
  return {
    replace: async (key, rendered) => {
      const object = left.delete(key) ? await store.read(key) : null;
      const stored = object && (await collect(object.body, rendered.length));
      if (stored !== null && !Buffer.from(stored).equals(rendered)) {
        const message = `${key}: it is not the report that the evidence renders to. Render it again with ${asStarted("npm run report")}.`;
        onProblem({ verdict: "altered", key, runId, message });
      }
      return null;
    },
  };
}
