import * as v from "valibot";
import type { Json } from "../domain/json.ts";
import { type LogEntry, logEntry } from "./log-entry.ts";

/** `GET /api/v2/logs`, parsed (https://auth0.com/docs/api/management/v2/logs/get-logs). */

/** A page of a search. */
export interface LogsPage {
  /** The entries that have an ID and a date. */
  readonly entries: readonly LogEntry[];
  /** How many entries the answer has, those without an ID or a date included. */
  readonly received: number;
  /** What the answer says of its place in the whole; null where it says nothing. */
  readonly limit: number | null;
  readonly total: number | null;
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const entries = v.array(v.custom<Json>(() => true));

/** Both shapes of the answer: with totals, and the bare list. */
export const logsPageSchema = v.union([
  v.pipe(
    entries,
    v.transform((list): LogsPage => pageOf(list, null, null)),
  ),
  v.pipe(
    v.object({ limit: v.optional(count), total: v.optional(count), logs: entries }),
    v.transform(({ limit = null, logs, total = null }): LogsPage => pageOf(logs, limit, total)),
  ),
]);

function pageOf(list: readonly Json[], limit: number | null, total: number | null): LogsPage {
  return { entries: list.flatMap((one) => logEntry(one) ?? []), received: list.length, limit, total };
}
