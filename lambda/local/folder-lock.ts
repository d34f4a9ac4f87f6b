import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { EvidenceStoreError } from "../core/errors.ts";

/** A swap takes milliseconds; whoever holds the lock longer is stopped, or the disk hangs. */
const LONGEST_WAIT_MS = 30_000;
const POLL_MS = 5;
/** SQLite's result code for a lock that somebody else holds (https://www.sqlite.org/rescode.html#busy). */
const SQLITE_BUSY = 5;

/**
 * One at a time for a file, over processes too. The lock is one of the operating system's, taken through an empty SQLite
 * database at `lockPath`: it ends with the process that holds it, however that ends, and never before. Throws
 * `EvidenceStoreError` (`unreachable`) when it stays taken.
 */
export async function exclusively<Result>(lockPath: string, work: () => Promise<Result>): Promise<Result> {
  const database = new DatabaseSync(lockPath, { timeout: 0 });
  try {
    await lock(database, lockPath);
    return await work();
  } finally {
    database.close();
  }
}

async function lock(database: DatabaseSync, lockPath: string): Promise<void> {
  const givenUpAtMs = performance.now() + LONGEST_WAIT_MS;
  while (true) {
    try {
      database.exec("BEGIN EXCLUSIVE");
      return;
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() > givenUpAtMs)
        throw new EvidenceStoreError(
          "unreachable",
          `${lockPath} is held by another process for ${LONGEST_WAIT_MS / 1000} s; end that process and try again.`,
        );
    }
    await setTimeout(POLL_MS);
  }
}

function isBusy(error: unknown): boolean {
  return typeof error === "object" && error !== null && "errcode" in error && error.errcode === SQLITE_BUSY;
}
