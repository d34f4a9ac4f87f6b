import type { Timestamp } from "../domain/identifiers.ts";
import type { Hints } from "./hints.ts";

/** A time, both ends included. */
export interface Period {
  readonly from: Timestamp;
  readonly until: Timestamp;
}

export interface Coverage {
  /** What happened in this time is hinted. The next hints have to go on from its end. */
  readonly covers: Period;
  /** The time before it that no source covers: only a sweep can tell what happened then. Null: there is none. */
  readonly gap: (Period & { readonly because: string }) | null;
}

/**
 * The time since `since` that some sources cover together. One source is enough at any moment. A source that lags behind
 * leaves no gap, because it continues there. There is a gap when no source reaches back to `since` without a loss.
 */
export function coverageOf(hints: readonly Hints[], since: Timestamp): Coverage {
  const sources = hints.flatMap(({ because, complete, covers }) =>
    covers === null ? [] : [{ ...covers, because, resumesAt: complete ? covers.from : covers.until, complete }],
  );
  const isContinued = sources.some(({ complete, from }) => complete && from <= since);
  const [first] = sources.toSorted((one, other) => (one.resumesAt < other.resumesAt ? -1 : 1));
  if (isContinued || first === undefined || first.resumesAt <= since)
    return { covers: { from: since, until: reachOf(sources, since) }, gap: null };
  const reasons = sources.flatMap(({ because, complete }) => (complete || because === null ? [] : [because]));
  const because = reasons.length > 0 ? reasons.join(" ") : "No source of hints reaches back that far.";
  const from = first.resumesAt;
  return { covers: { from, until: reachOf(sources, from) }, gap: { from: since, until: from, because } };
}

function reachOf(sources: readonly (Period & { readonly complete: boolean })[], start: Timestamp): Timestamp {
  let reach = start;
  for (const { complete, from, until } of sources.toSorted((one, other) => (one.from < other.from ? -1 : 1)))
    if (complete && from <= reach && until > reach) reach = until;
  return reach;
}
