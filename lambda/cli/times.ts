import { ConfigurationError } from "../domain/errors.ts";
import type { RunId, Timestamp } from "../domain/identifiers.ts";
import { ALWAYS, type InstantRange, parseInstant, parseRunId, runInstant, timestamp } from "../domain/time.ts";
import type { RunChoice } from "../evidence/query/choose-run.ts";
import { type RecordedRuns, timeOf } from "../evidence/query/recorded-runs.ts";
import { systemClock } from "../execution/system-clock.ts";

/** Parsers of times on the command line. Each throws `ConfigurationError`, one line that names the option. */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const AGO = /^(\d{1,6})([hdw])$/;
const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["h", HOUR_MS],
  ["d", DAY_MS],
  ["w", 7 * DAY_MS],
]);

/** An option that names a run: a run ID, a day or an instant. */
export function runChoice(option: string): (text: string) => RunChoice {
  return (text) => {
    const runId = parseRunId(text);
    return runId === null ? { kind: "time", range: span(option)(text) } : { kind: "run", runId };
  };
}

/** `--run`, as a run ID alone. */
export function runId(text: string): RunId {
  const id = parseRunId(text);
  if (id === null)
    throw new ConfigurationError(`--run: ${JSON.stringify(text)} is not a run ID such as 20260303T060000Z.`);
  return id;
}

/** `--scheduled-time` */
export function scheduledTime(text: string): Timestamp {
  const instant = parseInstant(text);
  if (instant === null)
    throw new ConfigurationError(
      `--scheduled-time: ${JSON.stringify(text)} is not an ISO 8601 time with a time zone such as 2026-03-03T06:00:00Z.`,
    );
  return timestamp(instant);
}

/** The time that an option names: a whole day, an instant, or the name of a run. */
export interface Span extends InstantRange {
  readonly runId: RunId | null;
}

/** Parses a `Span`: a run ID, a day, an instant, or a time relative to `now` (`today`, `yesterday`, `24h`, `7d`, `2w`). */
export function span(option: string, now: () => number = systemClock.now): (text: string) => Span {
  return (text) => {
    const id = parseRunId(text);
    if (id !== null) return { ...at(runInstant(id)), runId: id };
    const range = relative(text, now()) ?? absolute(text);
    if (range === null)
      throw new ConfigurationError(
        `${option}: ${JSON.stringify(text)} is not a day (2026-03-03, today, yesterday), a time ago (24h, 7d, 2w), an ISO 8601 time with a time zone (2026-03-03T06:00:00Z) or a run ID (20260303T060000Z).`,
      );
    return { ...range, runId: null };
  };
}

function absolute(text: string): InstantRange | null {
  const isDay = DAY.test(text);
  const instantMs = parseInstant(isDay ? `${text}T00:00:00Z` : text);
  if (instantMs === null) return null;
  return isDay ? day(instantMs) : at(instantMs);
}

function relative(text: string, nowMs: number): InstantRange | null {
  const todayMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  if (text === "today") return day(todayMs);
  if (text === "yesterday") return day(todayMs - DAY_MS);
  const [, count, unit = ""] = AGO.exec(text) ?? [];
  const unitMs = UNIT_MS.get(unit);
  if (count === undefined || unitMs === undefined) return null;
  const instantMs = nowMs - Number(count) * unitMs;
  return instantMs < 0 ? null : at(instantMs);
}

function day(startMs: number): InstantRange {
  return { fromMs: startMs, toMs: startMs + DAY_MS - 1 };
}

function at(instantMs: number): InstantRange {
  return { fromMs: instantMs, toMs: instantMs };
}

export interface Period {
  readonly since?: Span;
  readonly until?: Span;
}

/** From the start of `--since` to the end of `--until`; run IDs mean the time of the runs. Throws `ConfigurationError`. */
export function periodOf({ since, until }: Period, runs: RecordedRuns): InstantRange {
  const [from, to] = [since && resolved(since, "--since", runs), until && resolved(until, "--until", runs)];
  return rangeOf({ ...(from && { since: from }), ...(to && { until: to }) });
}

/** From the start of `--from` to the end of `--to`; run IDs mean the time of the runs. Throws `ConfigurationError`. */
export function rangeBetween(from: Span, to: Span, runs: RecordedRuns): InstantRange {
  const { fromMs } = resolved(from, "--from", runs);
  const { toMs } = resolved(to, "--to", runs);
  if (fromMs > toMs) throw new ConfigurationError("--to: it is before --from.");
  return { fromMs, toMs };
}

function resolved(edge: Span, option: string, runs: RecordedRuns): Span {
  if (edge.runId === null) return edge;
  const ms = timeOf(runs.named(edge.runId, option));
  return { fromMs: ms, toMs: ms, runId: edge.runId };
}

/** From the start of `--since` to the end of `--until`; run IDs mean the time in their names. Throws `ConfigurationError`. */
export function rangeOf({
  since = ALWAYS,
  until = ALWAYS,
}: { readonly [Edge in keyof Period]?: InstantRange }): InstantRange {
  if (since.fromMs > until.toMs) throw new ConfigurationError("--until: it is before --since.");
  return { fromMs: since.fromMs, toMs: until.toMs };
}
