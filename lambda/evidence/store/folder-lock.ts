import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { EvidenceStoreError } from "../../domain/errors.ts";

/** A swap takes milliseconds; whoever holds the lock longer is stopped, or the disk hangs. */
const LONGEST_WAIT_MS = 30_000;
const POLL_MS = 5;
/** SQLite's result code for a lock that somebody else holds (https://www.sqlite.org/rescode.html#busy). */
const SQLITE_BUSY = 5;

/**
 * One at a time, over processes too. The lock is one of the operating system's, taken through an empty SQLite database
 * at its path: it ends with the process that holds it, however that ends, and never before.
 */
export class FolderLock {
  readonly #path: string;
  /** The last of this process that waits: they queue here, so that one at most has to ask the system. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /** Throws `EvidenceStoreError` (`unreachable`) when another process does not let go of the lock. */
  async exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(() => this.#locked(work));
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #locked<Result>(work: () => Promise<Result>): Promise<Result> {
    const database = new DatabaseSync(this.#path, { timeout: 0 });
    try {
      await this.#acquire(database);
      return await work();
    } finally {
      database.close();
    }
  }

  async #acquire(database: DatabaseSync): Promise<void> {
    const givenUpAtMs = performance.now() + LONGEST_WAIT_MS;
    while (!isTaken(database)) {
      if (performance.now() > givenUpAtMs)
        throw new EvidenceStoreError(
          "unreachable",
          `${this.#path} has been held by another process for ${LONGEST_WAIT_MS / 1000} s; end that process and try again.`,
        );
      await setTimeout(POLL_MS);
    }
  }
}

function isTaken(database: DatabaseSync): boolean {
  try {
    database.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if (typeof error === "object" && error !== null && "errcode" in error && error.errcode === SQLITE_BUSY)
      return false;
    throw error;
  }
}
