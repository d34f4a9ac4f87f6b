import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { joinCoverage } from "../../lambda/attribution/coverage.ts";
import { LATE_LOGS_MS, LogSearch, type SearchOptions } from "../../lambda/attribution/search.ts";
import type { LogEntry, LogQuery, LogsReading } from "../../lambda/auth0/port.ts";
import { DemoLogs } from "../../lambda/demo/logs.ts";
import type { Timestamp } from "../../lambda/domain/identifiers.ts";
import { timestamp } from "../../lambda/domain/time.ts";
import { ALICE, type DemoLogsApi, demoLogsApi, TERRAFORM } from "../support/demo-logs.ts";

const START = Date.UTC(2026, 10, 24, 6);
const DAY_MS = 86_400_000;
const WINDOW: SearchOptions = { from: timestamp(START), until: timestamp(START + DAY_MS) };
const PATH = "/api/v2/organizations/org_0000000000000001/enabled_connections/con_0000000000000001";

const logEntry: Omit<LogEntry, "at" | "logId"> = {
  type: "sapi",
  method: "PATCH",
  path: PATH,
  statusCode: 200,
  requested: {},
  requestedConnectionId: null,
  enabledOrganizations: [],
  createdOrganizationId: null,
  mentionedOrganizationIds: [],
  user: { id: null, name: null, email: null },
  clientId: null,
  clientName: null,
  ip: null,
  userAgent: null,
  channel: null,
};

/** The demo's logs with one entry of noise before the window, as the audit's own token leaves it. */
function demoLogs(options: { retentionMs?: number; nowMs?: number } = {}) {
  const { nowMs = START + DAY_MS, ...others } = options;
  const logs = new DemoLogs({ now: () => nowMs, ...others });
  logs.add({ type: "seccft" }, START - 60_000);
  return logs;
}

function patch(logs: DemoLogs, atMs: number, lateMs = 0): string {
  return logs.record(TERRAFORM, { method: "PATCH", path: PATH, body: { show_as_button: true }, atMs, lateMs });
}

async function search(api: DemoLogsApi, options: Partial<SearchOptions> = {}) {
  const searched = new LogSearch(api, { ...WINDOW, ...options });
  const entries: LogEntry[] = [];
  for await (const entry of searched) entries.push(entry);
  return { ids: entries.map(({ logId }) => logId), entries, coverage: searched.coverage };
}

describe("searching the logs", () => {
  it("gives the entries of the window in order, and no noise", async () => {
    const logs = demoLogs();
    logs.add({ type: "s", user_id: "auth0|someone" }, START + 1);
    const later = patch(logs, START + 5_000);
    const first = patch(logs, START);
    const last = patch(logs, START + DAY_MS);
    patch(logs, START - 1);
    patch(logs, START + DAY_MS + 1);
    const { coverage, ids } = await search(demoLogsApi(logs));
    expect(ids).toEqual([first, later, last]);
    expect(coverage).toEqual({ ...WINDOW, complete: true, because: null, entries: 3 });
  });

  it.each([
    ["100,000 entries evenly over a day", 100_000, (index: number) => index * 864],
    ["20,000 entries in half an hour, and the rest of the day is quiet", 20_000, (index: number) => index * 90],
  ])("costs at most 1 %% more requests than the pages of %s", async (_, count, offset) => {
    const logs = demoLogs();
    const expected = Array.from({ length: count }, (__, index) => patch(logs, START + offset(index)));
    const api = demoLogsApi(logs);
    const { coverage, ids } = await search(api);
    expect(coverage).toMatchObject({ complete: true, entries: count });
    expect(ids).toEqual(expected);
    expect(api.asked.length).toBeLessThanOrEqual(1.01 * (count / 100));
  });

  it("holds no more in memory for 200,000 entries", async () => {
    const spacingMs = 80;
    const base: LogEntry = { ...logEntry, logId: "", at: WINDOW.from };
    const api: DemoLogsApi = {
      asked: [],
      logs: async ({ from, page, perPage, types }) => {
        const first = Math.ceil((Date.parse(from) - START) / spacingMs) + page * perPage;
        const length = types === null ? 1 : Math.max(0, Math.min(perPage, 200_000 - first));
        const entries = Array.from({ length }, (_, index) => ({
          ...base,
          logId: String(first + index).padStart(60, "0"),
          at: timestamp(START + (first + index) * spacingMs),
          userAgent: `agent ${first + index}`.repeat(10),
        }));
        return { kind: "page", page: { entries, received: length, limit: perPage, total: null } };
      },
    };
    const before = process.memoryUsage().heapUsed;
    let [count, peak] = [0, 0];
    for await (const entry of new LogSearch(api, WINDOW)) {
      count += 1;
      if (Number(entry.logId) !== count - 1) throw new RangeError(`Entry ${entry.logId} is out of place.`);
      if (count % 10_000 === 0) peak = Math.max(peak, process.memoryUsage().heapUsed);
    }
    expect(count).toBe(200_000);
    // All of them would take more than 120 MB.
    expect(peak - before).toBeLessThan(80_000_000);
  });

  it("equals the list of all entries, whatever their times", async () => {
    const gaps = fc.array(fc.oneof(fc.constant(0), fc.nat(3), fc.nat(2_000)), { maxLength: 1_500, size: "max" });
    await fc.assert(
      fc.asyncProperty(gaps, fc.boolean(), fc.boolean(), async (between, isSeconds, isUnsorted) => {
        const logs = demoLogs();
        let atMs = START;
        const expected = between.map((gap) => {
          atMs += gap;
          return patch(logs, atMs);
        });
        // A search that knows seconds alone, and one that does not sort.
        const inApi = (query: LogQuery) =>
          isSeconds ? { ...query, from: `${query.from.slice(0, 19)}.000Z` as Timestamp } : query;
        const api = demoLogsApi(logs, { inApi });
        const shuffled: DemoLogsApi = { asked: api.asked, logs: async (query) => unsorted(await api.logs(query)) };
        const { coverage, ids } = await search(isUnsorted ? shuffled : api);
        if (coverage.complete) expect(ids).toEqual(expected);
        expect(ids).toEqual([...new Set(ids)].sort());
        const perMillisecond = Math.max(0, ...countEach(expected.map((id) => id.slice(0, 20))));
        if (!isSeconds && !isUnsorted && perMillisecond < 900) expect(coverage.complete).toBe(true);
      }),
      { numRuns: 8 },
    );
  });

  it("reads on after a second that is too full, and says so", async () => {
    const logs = demoLogs();
    for (let index = 0; index < 2_500; index += 1) patch(logs, START + 5_000);
    const later = patch(logs, START + 7_000);
    const { coverage, ids } = await search(demoLogsApi(logs));
    expect(ids).toHaveLength(1_001);
    expect(ids.at(-1)).toBe(later);
    expect(coverage).toMatchObject({ complete: false, because: "logs_incomplete", entries: 1_001 });
  });

  it("continues after the last entry of an interrupted search", async () => {
    const logs = demoLogs();
    const all = Array.from({ length: 30 }, (_, index) => patch(logs, START + Math.floor(index / 3)));
    const { entries } = await search(demoLogsApi(logs));
    const after = entries[16];
    if (after === undefined) throw new RangeError("There are too few entries.");
    const rest = await search(demoLogsApi(logs), { after });
    expect(rest.ids).toEqual(all.slice(17));
    const earlier = { ...rest.coverage, entries: 17 };
    expect(joinCoverage(earlier, rest.coverage)).toEqual({ ...WINDOW, complete: true, because: null, entries: 30 });
    const gap = { ...earlier, complete: false, because: "logs_incomplete" };
    expect(joinCoverage(gap, { ...rest.coverage, complete: false, because: "logs_expired" })).toMatchObject({
      complete: false,
      because: "logs_incomplete",
    });
  });

  it("finds late entries when it starts earlier than the search before it ended", async () => {
    let nowMs = START + DAY_MS;
    const logs = new DemoLogs({ now: () => nowMs });
    logs.add({ type: "seccft" }, START - DAY_MS);
    const late = patch(logs, nowMs - 60_000, 5 * 60_000);
    expect((await search(demoLogsApi(logs))).ids).toEqual([]);
    nowMs += DAY_MS;
    const from = timestamp(Date.parse(WINDOW.until) - LATE_LOGS_MS);
    expect((await search(demoLogsApi(logs), { from, until: timestamp(nowMs) })).ids).toEqual([late]);
  });
});

describe("logs that cannot be read completely", () => {
  const failure = { code: "unavailable", httpStatus: 500, message: "Auth0 answered 500.", attempts: 5 } as const;

  it("are not granted", async () => {
    const { coverage, ids } = await search(demoLogsApi(demoLogs(), { alter: () => ({ kind: "not_granted" }) }));
    expect(ids).toEqual([]);
    expect(coverage).toEqual({
      from: WINDOW.from,
      until: WINDOW.from,
      complete: false,
      because: "logs_not_granted",
      entries: 0,
    });
  });

  it("end where the reading broke off", async () => {
    const logs = demoLogs();
    for (let index = 0; index < 1_500; index += 1) patch(logs, START + index * 1_000);
    const alter = (_: LogQuery, count: number): LogsReading | null => (count > 12 ? { kind: "failed", failure } : null);
    const { coverage, ids } = await search(demoLogsApi(logs, { alter }));
    expect(ids).toHaveLength(999);
    expect(coverage).toMatchObject({ until: timestamp(START + 999_000), complete: false, because: "logs_incomplete" });
  });

  const threeDays = { from: timestamp(START), until: timestamp(START + 3 * DAY_MS) };

  it("start at the oldest log that the tenant still has", async () => {
    const endMs = START + 3 * DAY_MS;
    const logs = demoLogs({ retentionMs: 1.5 * DAY_MS, nowMs: endMs });
    patch(logs, START + 1_000);
    logs.add({ type: "s" }, endMs - 1.25 * DAY_MS);
    const kept = patch(logs, endMs - 1_000);
    const { coverage, ids } = await search(demoLogsApi(logs), threeDays);
    expect(ids).toEqual([kept]);
    expect(coverage).toMatchObject({
      from: timestamp(endMs - 1.25 * DAY_MS),
      complete: false,
      because: "logs_expired",
    });
  });

  it("start a day before the end for a tenant without any log: every plan keeps them for that long", async () => {
    const logs = new DemoLogs({ now: () => START + 3 * DAY_MS });
    const { coverage } = await search(demoLogsApi(logs), threeDays);
    expect(coverage).toMatchObject({ from: timestamp(START + 2 * DAY_MS), because: "logs_expired", entries: 0 });
  });

  it("of less than a day are complete, even without any log", async () => {
    const { coverage } = await search(demoLogsApi(new DemoLogs({ now: () => START + DAY_MS })));
    expect(coverage).toMatchObject({ from: WINDOW.from, until: WINDOW.until, complete: true, because: null });
  });

  it("are read again when the pages shift, and are incomplete when they never add up", async () => {
    const logs = demoLogs();
    const expected = Array.from({ length: 150 }, (_, index) => patch(logs, START + index));
    const short = (reading: LogsReading): LogsReading =>
      reading.kind === "page" ? { kind: "page", page: { ...reading.page, total: 151 } } : reading;
    for (const [times, complete] of [
      [1, true],
      [99, false],
    ] as const) {
      const api = demoLogsApi(logs);
      const shifting: DemoLogsApi = {
        asked: api.asked,
        logs: async (query) => {
          const reading = await api.logs(query);
          return api.asked.length <= times * 2 && query.types !== null ? short(reading) : reading;
        },
      };
      const { coverage, ids } = await search(shifting);
      expect(ids).toEqual(expected);
      expect(coverage.complete).toBe(complete);
    }
  });

  it("hide no other entry behind a malformed one", async () => {
    const logs = demoLogs();
    const all = Array.from({ length: 230 }, (_, index) => patch(logs, START + index));
    const hostile = 137;
    const alter = ({ page, perPage, types }: LogQuery): LogsReading | null =>
      types !== null && page * perPage <= hostile && (page + 1) * perPage > hostile
        ? { kind: "failed", failure: { ...failure, code: "malformed_response" } }
        : null;
    const { coverage, ids } = await search(demoLogsApi(logs, { alter }));
    expect(ids).toEqual(all.filter((_, index) => index !== hostile));
    expect(coverage).toMatchObject({ complete: false, because: "logs_incomplete", entries: 229 });
  });

  it("tolerate an entry that has no date, and say so", async () => {
    const logs = demoLogs();
    logs.add({ type: "sapi", date: null }, START + 1);
    const known = logs.record(ALICE, { method: "DELETE", path: PATH, atMs: START + 2 });
    const { coverage, ids } = await search(demoLogsApi(logs));
    expect(ids).toEqual([known]);
    expect(coverage).toMatchObject({ complete: false, because: "logs_incomplete" });
  });

  it("may have pages of 50, with and without totals", async () => {
    const logs = demoLogs();
    const all = Array.from({ length: 1_234 }, (_, index) => patch(logs, START + index * 10));
    for (const limit of [50, null]) {
      const api = demoLogsApi(logs, { inApi: (query) => ({ ...query, perPage: Math.min(50, query.perPage) }) });
      const clamped: DemoLogsApi = {
        asked: api.asked,
        logs: async (query) => {
          const reading = await api.logs(query);
          return reading.kind === "page" ? { kind: "page", page: { ...reading.page, limit, total: null } } : reading;
        },
      };
      expect(await search(clamped)).toMatchObject({ ids: all, coverage: { complete: true } });
    }
  });
});

function unsorted(reading: LogsReading): LogsReading {
  return reading.kind === "page"
    ? { kind: "page", page: { ...reading.page, entries: reading.page.entries.toReversed() } }
    : reading;
}

function countEach(values: readonly string[]): readonly number[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()];
}
