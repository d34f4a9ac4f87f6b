import { ConfigurationError } from "../domain/errors.ts";
import { type InstantRange, parseInstant, parseRunId } from "../domain/time.ts";
import type { RunChoice } from "../evidence/query/choose-run.ts";

/** Parsers of what an address asks for. Each throws `ConfigurationError`, which the page shows. */

const DAY_MS = 86_400_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** Longer texts are no names. */
const MOST_CHARACTERS = 200;

/** A text of a form, without blanks around it; empty when it is absent. */
export function textOf(query: URLSearchParams, name: string): string {
  return (query.get(name) ?? "").trim().slice(0, MOST_CHARACTERS);
}

/** A day (the whole of it, in UTC), an instant or a run; null when it is absent. */
export function choiceOf(query: URLSearchParams, name: string): RunChoice | null {
  const text = textOf(query, name);
  if (text === "") return null;
  const runId = parseRunId(text);
  return runId === null ? { kind: "time", range: dayOrInstant(text) } : { kind: "run", runId };
}

/** A period from the start of one day to the end of another; open where a day is absent. */
export function periodOf(query: URLSearchParams): InstantRange {
  const edge = (name: string) => {
    const text = textOf(query, name);
    return text === "" ? null : dayOrInstant(text);
  };
  const period = {
    fromMs: edge("since")?.fromMs ?? Number.NEGATIVE_INFINITY,
    toMs: edge("until")?.toMs ?? Number.POSITIVE_INFINITY,
  };
  if (period.fromMs > period.toMs) throw new ConfigurationError("The end of the period is before its start.");
  return period;
}

/** One of some values; null when it is absent or another one. */
export function oneOf<Value extends string>(
  query: URLSearchParams,
  name: string,
  values: readonly Value[],
): Value | null {
  const text = query.get(name);
  return values.find((value) => value === text) ?? null;
}

/** The number of a page, from 1 on. */
export function pageOf(query: URLSearchParams): number {
  const text = query.get("page") ?? "";
  return /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 1;
}

function dayOrInstant(text: string): InstantRange {
  const isDay = DAY.test(text);
  const instantMs = parseInstant(isDay ? `${text}T00:00:00Z` : text);
  if (instantMs === null)
    throw new ConfigurationError(
      `${JSON.stringify(text)} is not a day (2026-03-03), an ISO 8601 time with a time zone (2026-03-03T06:00:00Z) or a run ID (20260303T060000Z).`,
    );
  return { fromMs: instantMs, toMs: isDay ? instantMs + DAY_MS - 1 : instantMs };
}
