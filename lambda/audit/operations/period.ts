import type { LogCoverage } from "../../attribution/coverage.ts";
import { LATE_LOGS_MS } from "../../attribution/search.ts";
import type { Timestamp } from "../../domain/identifiers.ts";
import { compareText } from "../../domain/order.ts";
import { timestamp } from "../../domain/time.ts";
import { type Manifest, readsWholeTenant } from "../../evidence/format/manifest.ts";
import { readLayers } from "../state.ts";
import type { Sweep } from "../work.ts";

/** The period of the logs that the run reads. */
export interface Period {
  readonly from: Timestamp;
  readonly until: Timestamp;
  /** The time of which earlier runs hand on what they could not decide; null: none without a gap. */
  readonly known: { readonly from: Timestamp; readonly until: Timestamp } | null;
}

/** The period to read, from the end of what the last run read. Throws `RunFailure` (`evidence_unreadable`). */
export async function periodOf({ run, dependencies: { clock, store } }: Sweep): Promise<Period> {
  const layers = await readLayers(store, run);
  const before = continuedBy(layers, run);
  const place = run.kind === "update" ? run.place : null;
  const [last] = [before?.logs?.until, place?.logs]
    .flatMap((until) => until ?? [])
    .sort(compareText)
    .reverse();
  const until = timestamp(clock.now());
  if (last === undefined)
    return { from: (layers.find(readsWholeTenant) ?? layers[0])?.startedAt ?? run.startedAt, until, known: null };
  const hasGap = place !== null && place.gap !== null;
  return {
    from: timestamp(Date.parse(last) - LATE_LOGS_MS),
    until,
    known: before === null || hasGap ? null : knownUntil(last, before),
  };
}

/**
 * The run whose reading of the logs this one continues. A sweep goes back to the one before, as updates that had nothing
 * to read recorded nothing; a run over a list kept the operations on its own Organizations alone.
 */
function continuedBy(
  layers: readonly Manifest[],
  { kind, scope }: Pick<Sweep["run"], "kind" | "scope">,
): Manifest | null {
  const having = (isIt: (one: Manifest) => boolean) => layers.find((one) => one.logs !== null && isIt(one)) ?? null;
  return (
    (kind === "update" ? null : having(readsWholeTenant)) ??
    having((one) => one.scope === "all") ??
    (scope === "list" ? having(() => true) : null)
  );
}

/**
 * Since when a run's operations, and those that it handed on, are all that there were; null where some are missing. After
 * it, updates that had nothing to record may have read on.
 */
function knownUntil(until: Timestamp, { logs }: Manifest): Period["known"] {
  if (logs === null || (!logs.complete && logs.because !== "logs_expired")) return null;
  return { from: logs.from, until };
}

/**
 * The operations that a run before could not decide are among this run's: where it read the logs up to the time from which
 * this one reads them, they are known since the start of its own reading.
 */
export function continued(coverage: LogCoverage, { known }: Period): LogCoverage {
  const isContinued = known !== null && coverage.from <= known.until && known.from < coverage.from;
  return isContinued && coverage.because !== "logs_not_granted" ? { ...coverage, from: known.from } : coverage;
}

/** The runs, newest first, whose operations this one takes over, or may read again. */
export function runsBefore(layers: readonly Manifest[], run: Sweep["run"], from: Timestamp): readonly Manifest[] {
  const before = continuedBy(layers, run);
  const last = before === null ? -1 : layers.indexOf(before);
  return layers.filter(({ completedAt, logs }, index) => logs !== null && (index <= last || completedAt >= from));
}
