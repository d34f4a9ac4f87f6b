import { ConfigurationError } from "../domain/errors.ts";
import { ALWAYS, type InstantRange, parseInstant, parseRunId, runInstant } from "../domain/time.ts";
import type { RunChoice } from "../evidence/query/runs.ts";

const DAY_MS = 86_400_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The run that `text` names: a run's ID, a day or an instant. Throws `ConfigurationError` that names `option`. */
export function parseChoice(text: string | undefined, option: string): RunChoice {
  const runId = parseRunId(text ?? "");
  return runId === null ? { kind: "until", instantMs: parseTime(text ?? "", option).toMs } : { kind: "run", runId };
}

/** The runs from `--since` to `--until`. Throws `ConfigurationError`. */
export function parseRange({ since, until }: { readonly since?: string; readonly until?: string }): InstantRange {
  const range = {
    fromMs: since === undefined ? ALWAYS.fromMs : parseTime(since, "--since").fromMs,
    toMs: until === undefined ? ALWAYS.toMs : parseTime(until, "--until").toMs,
  };
  if (range.fromMs > range.toMs)
    throw new ConfigurationError(`--until: ${JSON.stringify(until)} is before --since ${JSON.stringify(since)}.`);
  return range;
}

/** A day lasts; an instant and a run's ID do not. */
function parseTime(text: string, option: string): InstantRange {
  const runId = parseRunId(text);
  const isDay = DAY.test(text);
  const instantMs = runId === null ? parseInstant(isDay ? `${text}T00:00:00Z` : text) : runInstant(runId);
  if (instantMs === null)
    throw new ConfigurationError(
      `${option}: ${JSON.stringify(text)} is no day such as 2026-03-03, no ISO 8601 time with its zone such as 2026-03-03T06:00:00Z, and no run's ID such as 20260303T060000Z.`,
    );
  return { fromMs: instantMs, toMs: isDay ? instantMs + DAY_MS - 1 : instantMs };
}
