import { ConfigurationError } from "../domain/errors.ts";
import type { RunId, Timestamp } from "../domain/identifiers.ts";
import { ALWAYS, type InstantRange, parseInstant, parseRunId, runInstant, timestamp } from "../domain/time.ts";
import type { RunChoice } from "../evidence/query/choose-run.ts";
import { type RecordedRuns, timeOf } from "../evidence/query/recorded-runs.ts";

/** Parsers of times on the command line. Each throws `ConfigurationError`, one line that names the option. */

const DAY_MS = 86_400_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

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

/** Parses a `Span`. */
export function span(option: string): (text: string) => Span {
  return (text) => {
    const id = parseRunId(text);
    const isDay = DAY.test(text);
    const instantMs = id === null ? parseInstant(isDay ? `${text}T00:00:00Z` : text) : runInstant(id);
    if (instantMs === null)
      throw new ConfigurationError(
        `${option}: ${JSON.stringify(text)} is not a day (2026-03-03), an ISO 8601 time with a time zone (2026-03-03T06:00:00Z) or a run ID (20260303T060000Z).`,
      );
    return { fromMs: instantMs, toMs: isDay ? instantMs + DAY_MS - 1 : instantMs, runId: id };
  };
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
