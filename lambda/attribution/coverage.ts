import type { Timestamp } from "../domain/identifiers.ts";

/**
 * Why the tenant's logs do not have everything, worst first. `logs_not_granted`: the token lacks `read:logs`. `logs_expired`: the
 * tenant keeps logs for a shorter time. `logs_incomplete`: a part could not be read.
 */
const LOGS_GAPS = ["logs_not_granted", "logs_incomplete", "logs_expired"] as const;

export type LogsGap = (typeof LOGS_GAPS)[number];

/** What was read of the tenant's logs, as a manifest stores it. */
export interface LogCoverage {
  /**
   * Since when every operation is known that came after the last observation of its Organization: where the reading starts,
   * or earlier, as far as runs before handed on what they had read; later than asked for where older logs have expired.
   */
  readonly from: Timestamp;
  /** Where it ends: earlier than asked for where it broke off. */
  readonly until: Timestamp;
  readonly complete: boolean;
  /** A `LogsGap`, or a reason of a newer version; null when it is complete. */
  readonly because: string | null;
  /** Entries that were read. */
  readonly entries: number;
}

/** Why the logs may not have everything of a time; null when they do. `after` null: since ever. */
export function gapIn(coverage: LogCoverage | null, after: Timestamp | null, before: Timestamp): LogsGap | null {
  if (coverage === null || coverage.because === "logs_not_granted") return "logs_not_granted";
  if (!coverage.complete && coverage.because !== "logs_expired") return "logs_incomplete";
  if (before > coverage.until) return "logs_incomplete";
  if (after !== null && after >= coverage.from) return null;
  return coverage.because === "logs_expired" ? "logs_expired" : "logs_incomplete";
}

/** What two searches read, of which the later one continued the earlier one and so knows the start and the end. */
export function joinCoverage(earlier: LogCoverage, later: LogCoverage): LogCoverage {
  const because = LOGS_GAPS.find((gap) => gap === earlier.because || gap === later.because) ?? null;
  const { from, until } = later;
  return { from, until, complete: because === null, because, entries: earlier.entries + later.entries };
}
