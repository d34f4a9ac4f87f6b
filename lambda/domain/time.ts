import type { RunId, Timestamp } from "./identifiers.ts";

/** `milliseconds` since the epoch as the evidence writes time. */
export function timestamp(milliseconds: number): Timestamp {
  return new Date(milliseconds).toISOString() as Timestamp;
}

const ISO_INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/;
const YEAR_10000_MS = Date.UTC(10_000, 0, 1);

/** Parses an ISO 8601 instant with a zone; null for any other text, such as a day that does not exist. */
export function parseInstant(text: string): number | null {
  if (!ISO_INSTANT.test(text)) return null;
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds) || milliseconds < 0 || milliseconds >= YEAR_10000_MS) return null;
  // Date.parse turns 30 February into 2 March, which is always a typing error.
  const day = Number(text.slice(8, 10));
  const daysInMonth = new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate();
  return day > daysInMonth ? null : milliseconds;
}

/** The run that is named by an instant; runs have the resolution of a second. */
export function runIdAt(milliseconds: number): RunId {
  return `${timestamp(milliseconds).slice(0, 19).replaceAll(/[-:]/g, "")}Z` as RunId;
}

const RUN_ID = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/** Parses a run's ID; null for any other text. */
export function parseRunId(text: string): RunId | null {
  const parts = RUN_ID.exec(text);
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second] = parts;
  const instant = parseInstant(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return instant === null ? null : (text as RunId);
}

/** The instant that a run's ID names, in milliseconds since the epoch. */
export function runInstant(runId: RunId): number {
  return Date.parse(runId.replace(RUN_ID, "$1-$2-$3T$4:$5:$6Z"));
}

/** The day of a run as partitions name it: `YYYY-MM-DD`. */
export function runDay(runId: RunId): string {
  return `${runId.slice(0, 4)}-${runId.slice(4, 6)}-${runId.slice(6, 8)}`;
}

/** Instants in milliseconds since the epoch, both included; infinite where the range is open. */
export interface InstantRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** All of time. */
export const ALWAYS: InstantRange = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };

/** Whether a run's ID names an instant in the range. */
export function isRunIn(runId: RunId, { fromMs, toMs }: InstantRange): boolean {
  const instant = runInstant(runId);
  return instant >= fromMs && instant <= toMs;
}
