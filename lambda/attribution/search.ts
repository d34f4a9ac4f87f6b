import type { LogEntry, LogQuery, LogsPage, LogsReading, ManagementApi } from "../auth0/port.ts";
import type { Timestamp } from "../domain/identifiers.ts";
import { compareText } from "../domain/order.ts";
import { timestamp } from "../domain/time.ts";
import type { LogCoverage, LogsGap } from "./coverage.ts";
import { OPERATION_LOG_TYPES } from "./log-entry.ts";

/** The most results that Auth0 answers for one search (https://auth0.com/docs/api/management/v2/logs/get-logs). */
const SEARCH_RESULTS = 1_000;
const PAGE_ENTRIES = 100;
/** How often a window is read whose pages do not add up, because the logs change while they are read. */
const SHIFTED_READS = 3;
/** So many requests in a row for entries that cannot be read by themselves mean that the answers are not the logs'. */
const MOST_FAILED_REQUESTS = 50;
/** So many seconds with more entries than a search answers mean that it does not search by date. */
const MOST_FULL_SECONDS = 10;
const SECOND_MS = 1_000;
/** The shortest time that a plan keeps logs (https://auth0.com/docs/deploy-monitor/logs/log-data-retention). */
const LEAST_RETENTION_MS = 24 * 60 * 60_000;
/** No tenant has older logs. */
const FIRST_LOG = "2000-01-01T00:00:00.000Z" as Timestamp;

/** Logs come late: a search starts this long before the end of the one before it, which sees again what it saw. */
export const LATE_LOGS_MS = 10 * 60_000;

export interface SearchOptions {
  /** Both included. */
  readonly from: Timestamp;
  readonly until: Timestamp;
  /** The last entry that an interrupted search gave: this one continues after it. */
  readonly after?: Pick<LogEntry, "at" | "logId">;
}

/** What one window holds: at most as many entries as a search answers. */
interface Window {
  readonly entries: readonly LogEntry[];
  /** The search has, or may have, more results than Auth0 answers. */
  readonly isCut: boolean;
  readonly isAscending: boolean;
  /** The pages do not add up. */
  readonly isShort: boolean;
  /** An entry is malformed. */
  readonly isUnreadable: boolean;
}

/**
 * Searches a tenant's logs for what can be an operation, ascending by date and log ID, each entry once, with one window
 * of at most 1,000 entries in memory. A window that is cut off goes on at its last date, so that no page is read in vain;
 * where the answer is not sorted, it is halved. After the iteration, `coverage` says what was read.
 */
export class LogSearch implements AsyncIterable<LogEntry> {
  readonly #api: Pick<ManagementApi, "logs">;
  readonly #options: SearchOptions;
  #entries = 0;
  #failedRequests = 0;
  #fullSeconds = 0;
  #gap: LogsGap | null = null;
  #from: Timestamp;
  #until: Timestamp;

  constructor(api: Pick<ManagementApi, "logs">, options: SearchOptions) {
    [this.#api, this.#options, this.#from, this.#until] = [api, options, options.from, options.until];
  }

  /** What was read without a gap so far, and why that is not all. */
  get coverage(): LogCoverage {
    const [from, until, because] = [this.#from, this.#until, this.#gap];
    return { from, until, complete: because === null, because, entries: this.#entries };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LogEntry, void> {
    const { after, from, until } = this.#options;
    const endMs = Date.parse(until);
    let startMs = Date.parse(after?.at ?? from);
    let windowEndMs = endMs;
    while (startMs <= endMs) {
      const window = await this.#window(startMs, windowEndMs);
      if ("because" in window) return this.#stop(startMs, window.because);
      const last = window.entries.at(-1)?.at ?? timestamp(startMs);
      const lastMs = Date.parse(last);
      if (window.isCut && !window.isAscending && windowEndMs - startMs >= SECOND_MS) {
        windowEndMs = Math.floor((startMs + windowEndMs) / 2);
        continue;
      }
      const continues = window.isCut && window.isAscending && lastMs > startMs;
      const isTooFull = window.isCut && !continues;
      if (window.isShort || window.isUnreadable || isTooFull) this.#gap = "logs_incomplete";
      for (const entry of window.entries) {
        if (continues && entry.at >= last) break;
        if (after !== undefined && byDate(entry, after) <= 0) continue;
        this.#entries += 1;
        yield entry;
      }
      if (isTooFull) this.#fullSeconds += 1;
      if (this.#fullSeconds > MOST_FULL_SECONDS) return this.#stop(startMs, "logs_incomplete");
      if (continues) startMs = lastMs;
      else if (isTooFull && window.isAscending) startMs = (Math.floor(startMs / SECOND_MS) + 1) * SECOND_MS;
      else [startMs, windowEndMs] = [windowEndMs + 1, endMs];
    }
    await this.#checkRetention();
  }

  #stop(atMs: number, because: LogsGap): void {
    this.#gap = because;
    this.#until = timestamp(Math.min(atMs, Date.parse(this.#options.until)));
  }

  /**
   * Auth0 keeps logs for a number of days that depends on the plan, one day at least. Before that, a log at or before the
   * start, of whatever type, proves that nothing after it has expired; the audit's own tokens leave one at each run. It is
   * asked for at the end, so that nothing can expire in between. Without one, the coverage starts at the oldest log, or
   * where every tenant still has its logs.
   */
  async #checkRetention(): Promise<void> {
    const { from, until } = this.#options;
    const keptFromMs = Date.parse(until) - LEAST_RETENTION_MS;
    if (Date.parse(from) >= keptFromMs) return;
    const earlier = await this.#oldest(FIRST_LOG, from);
    if ("because" in earlier) return this.#stop(Date.parse(from), earlier.because);
    if (earlier.at !== null) return;
    const oldest = await this.#oldest(from, until);
    if ("because" in oldest) return this.#stop(Date.parse(from), oldest.because);
    this.#from = timestamp(Math.min(Date.parse(oldest.at ?? until), keptFromMs));
    this.#gap ??= "logs_expired";
  }

  async #oldest(from: Timestamp, until: Timestamp): Promise<{ readonly at: Timestamp | null } | Unread> {
    const reading = await this.#api.logs({ types: null, from, until, page: 0, perPage: 1 });
    if (reading.kind !== "page") return unread(reading);
    return { at: reading.page.entries[0]?.at ?? null };
  }

  async #window(startMs: number, endMs: number): Promise<Window | Unread> {
    for (let read = 1; ; read += 1) {
      const window = await this.#readWindow(startMs, endMs);
      if ("because" in window || !window.isShort || read >= SHIFTED_READS) return window;
    }
  }

  async #readWindow(startMs: number, endMs: number): Promise<Window | Unread> {
    const query = {
      types: OPERATION_LOG_TYPES,
      from: timestamp(startMs),
      // Whether a search knows milliseconds is not documented: a whole second is right either way.
      until: timestamp(Math.ceil(endMs / SECOND_MS) * SECOND_MS),
    };
    const found = new Map<string, LogEntry>();
    let [received, readable, total, perPage] = [0, 0, 0, PAGE_ENTRIES];
    let [isAscending, isCut] = [true, false];
    let last = "";
    for (let page = 0, isLast = false; !isLast; page += 1) {
      const answer = await this.#page({ ...query, page, perPage });
      if ("because" in answer) return answer;
      const { entries, limit, received: length } = answer;
      received += length;
      readable += entries.length;
      total = Math.max(total, answer.total ?? 0);
      for (const entry of entries) {
        isAscending &&= entry.at >= last;
        last = entry.at;
        found.set(entry.logId, entry);
      }
      // The answer's own page size counts; later pages must be of the same size.
      if (page === 0) perPage = Math.min(PAGE_ENTRIES, Math.max(1, limit ?? (length === 50 ? length : PAGE_ENTRIES)));
      isCut = length >= perPage && (page + 2) * perPage > SEARCH_RESULTS;
      isLast = isCut || length < perPage;
    }
    const [first, end] = [timestamp(startMs), timestamp(endMs)];
    const isWithin = ({ at }: LogEntry) => at >= first && at <= end;
    return {
      entries: [...found.values()].filter(isWithin).sort(byDate),
      isCut,
      isAscending,
      isUnreadable: readable < received,
      // A total says nothing when it is lower: the search may count the results of one page alone.
      isShort: found.size < readable || (!isCut && received < Math.min(total, SEARCH_RESULTS)),
    };
  }

  /** A page; one that is malformed is read in smaller ones, so that a single hostile entry hides no other. */
  async #page(query: LogQuery): Promise<LogsPage | Unread> {
    const reading = await this.#api.logs(query);
    if (reading.kind === "page") {
      if (reading.page.entries.length > 0) this.#failedRequests = 0;
      return reading.page;
    }
    if (reading.kind === "not_granted" || reading.failure.code !== "malformed_response") return unread(reading);
    if (query.perPage === 1) this.#failedRequests += reading.failure.attempts;
    if (this.#failedRequests > MOST_FAILED_REQUESTS) return { because: "logs_incomplete" };
    if (query.perPage === 1) return { entries: [], received: 1, limit: 1, total: null };
    const perPage = query.perPage > 10 && query.perPage % 10 === 0 ? 10 : 1;
    const entries: LogEntry[] = [];
    let received = 0;
    const parts = query.perPage / perPage;
    for (let part = 0; part < parts; part += 1) {
      const page = await this.#page({ ...query, page: query.page * parts + part, perPage });
      if ("because" in page) return page;
      entries.push(...page.entries);
      received += page.received;
      if (page.received < perPage) break;
    }
    return { entries, received, limit: query.perPage, total: null };
  }
}

interface Unread {
  readonly because: LogsGap;
}

function unread({ kind }: Exclude<LogsReading, { kind: "page" }>): Unread {
  return { because: kind === "not_granted" ? "logs_not_granted" : "logs_incomplete" };
}

function byDate(left: Pick<LogEntry, "at" | "logId">, right: Pick<LogEntry, "at" | "logId">): number {
  return compareText(left.at, right.at) || compareText(left.logId, right.logId);
}
