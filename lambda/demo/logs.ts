import * as v from "valibot";
import type { Json, JsonObject } from "../domain/json.ts";
import { compareText } from "../domain/order.ts";
import { type Answer, ok, refusal } from "./answers.ts";
import { type DemoActor, type DemoRequest, demoLogEntry } from "./log-entries.ts";

export type { DemoActor, DemoRequest } from "./log-entries.ts";

/** The most results of a search (Auth0 documentation, "Search log events"). */
const SEARCH_RESULTS = 1_000;

interface Stored {
  readonly date: string;
  readonly logId: string;
  readonly type: string;
  readonly appearsAtMs: number;
  readonly entry: JsonObject;
}

export interface DemoLogsOptions {
  readonly now: () => number;
  /** How long entries can be read. Default: for ever. */
  readonly retentionMs?: number;
}

/** The logs of the demo tenant, and their search. */
export class DemoLogs {
  readonly #options: DemoLogsOptions;
  #entries: Stored[] = [];
  #isSorted = true;
  #count = 0;
  #found: { readonly key: string; readonly entries: readonly Stored[] } = { key: "", entries: [] };

  constructor(options: DemoLogsOptions) {
    this.#options = options;
  }

  /** Adds the entry of a request to the Management API; `request.at` is now by default. Returns its log ID. */
  record(actor: DemoActor, request: DemoRequest): string {
    const atMs = request.atMs ?? this.#options.now();
    return this.add(demoLogEntry(actor, request, atMs), atMs, request.lateMs);
  }

  /** Adds any entry, without `log_id` and `date`, which appears `lateMs` after its date. Returns its log ID. */
  add(entry: JsonObject, atMs = this.#options.now(), lateMs = 0): string {
    this.#count += 1;
    const date = new Date(atMs).toISOString();
    const logId = `900${date.replaceAll(/\D/g, "")}${String(this.#count).padStart(12, "0")}000001223372036854775807`;
    const type = typeof entry.type === "string" ? entry.type : "";
    const stored = {
      date,
      logId,
      type,
      appearsAtMs: atMs + lateMs,
      entry: { date, ...entry, _id: logId, log_id: logId },
    };
    this.#isSorted &&= date >= (this.#entries.at(-1)?.date ?? "");
    this.#entries.push(stored);
    return logId;
  }

  /** `GET /api/v2/logs`, by search. */
  answer(query: URLSearchParams): Answer {
    const { output: asked, success } = v.safeParse(querySchema, Object.fromEntries(query));
    const search = success ? searchOf(asked.q) : null;
    if (!success || search === null)
      return refusal(400, "Bad Request", `Query validation error: '${query}'`, "invalid_query_string");
    const start = asked.page * asked.per_page;
    if (start + asked.per_page > SEARCH_RESULTS)
      return refusal(400, "Bad Request", "You can only page through the first 1000 records.", "invalid_paging");
    const ascending = this.#find(asked.q, search);
    const found = asked.sort === "date:-1" ? ascending.toReversed() : ascending;
    const logs: readonly Json[] = found.slice(start, start + asked.per_page).map(({ entry }) => entry);
    if (asked.include_totals === "false") return ok(logs);
    return ok({ start, limit: asked.per_page, length: logs.length, total: found.length, logs });
  }

  /** The pages of one search share what was found. */
  #find(query: string, search: Search): readonly Stored[] {
    const key = `${query} ${this.#count} ${this.#options.now()}`;
    if (this.#found.key !== key) this.#found = { key, entries: this.#search(search) };
    return this.#found.entries;
  }

  #search({ from, types, until }: Search): readonly Stored[] {
    if (!this.#isSorted) {
      this.#entries.sort((left, right) => compareText(left.date, right.date) || compareText(left.logId, right.logId));
      this.#isSorted = true;
    }
    const nowMs = this.#options.now();
    const { retentionMs } = this.#options;
    const oldest = retentionMs === undefined ? "" : new Date(nowMs - retentionMs).toISOString();
    const found: Stored[] = [];
    for (let index = this.#firstAt(from > oldest ? from : oldest); index < this.#entries.length; index += 1) {
      const stored = this.#entries[index];
      if (stored === undefined || stored.date > until) break;
      if (stored.appearsAtMs <= nowMs && isOfTypes(stored.type, types)) found.push(stored);
    }
    return found;
  }

  #firstAt(date: string): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle]?.date ?? "") < date) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const number = (least: number, most: number) =>
  v.pipe(v.string(), v.regex(/^\d{1,9}$/), v.transform(Number), v.minValue(least), v.maxValue(most));

const querySchema = v.strictObject({
  q: v.optional(v.string(), ""),
  sort: v.optional(v.picklist(["date:1", "date:-1"]), "date:-1"),
  page: v.optional(number(0, 999_999_999), "0"),
  per_page: v.optional(number(1, 100), "50"),
  include_totals: v.optional(v.picklist(["true", "false"]), "false"),
});

interface Search {
  readonly types: readonly string[] | null;
  readonly from: string;
  readonly until: string;
}

const DATES = /^date:\[(\*|[0-9TZ:.-]+) TO (\*|[0-9TZ:.-]+)\]$/;
const TYPES = /^type:(?:\(([\w* ]+)\)|([\w*]+))$/;

/** The part of the query syntax that the audit uses: `type:(a OR b*) AND date:[A TO B]`. Null for anything else. */
function searchOf(query: string): Search | null {
  let search: Search = { types: null, from: "", until: "9999" };
  for (const term of query === "" ? [] : query.split(" AND ")) {
    const [, from, until] = DATES.exec(term) ?? [];
    const [, list, one] = TYPES.exec(term) ?? [];
    if (from !== undefined && until !== undefined)
      search = { ...search, from: from === "*" ? "" : instant(from), until: until === "*" ? "9999" : instant(until) };
    else if (list !== undefined || one !== undefined) search = { ...search, types: (list ?? one ?? "").split(" OR ") };
    else return null;
  }
  return search;
}

/** A date or an instant, with or without milliseconds and zone, as the entries have it. */
function instant(text: string): string {
  const time = Date.parse(/T/.test(text) && !text.endsWith("Z") ? `${text}Z` : text);
  return Number.isNaN(time) ? text : new Date(time).toISOString();
}

function isOfTypes(type: string, types: Search["types"]): boolean {
  if (types === null) return true;
  return types.some((one) => (one.endsWith("*") ? type.startsWith(one.slice(0, -1)) : type === one));
}
