import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { NODE_OPTIONS } from "../../lambda/contract.ts";
import type { LogsResult } from "./logs-run.ts";
import { table } from "./table.ts";

/** The last: all operations are on one Organization. */
const CASES = [
  { entries: 100_000, organizations: 1_000 },
  { entries: 1_000_000, organizations: 10_000 },
  { entries: 1_000_000, organizations: 1 },
] as const;
const PAGE_ENTRIES = 100;
/** Requests for each page that the entries fill. */
const MOST_REQUESTS = 1.01;
/** A function has 256. */
const MOST_MEGABYTES = 220;
const MOST_MS = 0.2;

/** Sweeps over a day of logs: what they ask the tenant for, and what they take. */
export async function bench(arguments_: readonly string[]): Promise<boolean> {
  const most = Number(arguments_[0] ?? Number.POSITIVE_INFINITY);
  const rows: string[][] = [
    ["entries", "Organizations", "pages", "requests", "operations", "undone", "ms/entry", "peak MB", ""],
  ];
  let met = true;
  for (const one of CASES.filter(({ entries }) => entries <= most)) {
    const script = join(import.meta.dirname, "logs-run.ts");
    // The memory that a function of 256 MB has for its heap.
    const { stdout } = await promisify(execFile)(process.execPath, [
      NODE_OPTIONS,
      "--max-old-space-size=120",
      script,
      JSON.stringify(one),
    ]);
    const { entries, msPerEntry, operations, peakMegabytes, requests, undone }: LogsResult = JSON.parse(stdout);
    const pages = entries / PAGE_ENTRIES;
    // Half of them hide a button, which the next one shows again; on one Organization there are too many to tell.
    const isTold = undone === (one.organizations > 1 ? operations / 2 : 0);
    const isMet =
      requests <= pages * MOST_REQUESTS && peakMegabytes <= MOST_MEGABYTES && msPerEntry <= MOST_MS && isTold;
    met &&= isMet;
    rows.push([
      String(entries),
      String(one.organizations),
      String(pages),
      String(requests),
      String(operations),
      String(undone),
      msPerEntry.toFixed(4),
      peakMegabytes.toFixed(0),
      isMet ? "met" : "MISSED",
    ]);
  }
  process.stdout.write(`${table(rows)}\n`);
  process.stdout.write(`Targets: ${MOST_REQUESTS} requests a page, ${MOST_MEGABYTES} MB, ${MOST_MS} ms an entry.\n`);
  return met;
}
