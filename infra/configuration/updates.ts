import * as v from "valibot";
import { scheduleGaps } from "./schedule-expression.ts";

const MINUTE_MS = 60_000;
/** The plan that keeps logs the shortest keeps them a day: slower updates would have gaps. */
const LONGEST_MS = 86_400_000;

const UPDATES =
  "it must be off, or rate(...) or cron(...) with 1 minute to 1 day between two updates, such as rate(5 minutes)";

/** When updates run between the sweeps: an expression of EventBridge Scheduler; null: never; undefined: it is not set. */
export const updatesSchema = v.optional(
  v.pipe(v.string(UPDATES), v.trim(), v.check(isUpdates, UPDATES), v.transform(orNull)),
);

function isUpdates(text: string): boolean {
  const gaps = scheduleGaps(text);
  return text === "off" || (gaps !== null && gaps.shortestMs >= MINUTE_MS && gaps.longestMs <= LONGEST_MS);
}

function orNull(text: string): string | null {
  return text === "off" ? null : text;
}
