import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { EvidenceStoreError } from "../../domain/errors.ts";

/** The lock is held for milliseconds; a process that holds it longer is suspended, or the disk hangs. */
const LONGEST_WAIT_MS = 30_000;
const POLL_MS = 5;
/** SQLite's result code for a lock of another process (https://www.sqlite.org/rescode.html#busy). */
const SQLITE_BUSY = 5;

/**
 * Runs one piece of work at a time, across processes. It is a lock of the operating system on an empty SQLite database: it
 * ends when the process that holds it ends, in any way, and not before.
 */
export class FolderLock {
  readonly #path: string;
  /** The last work of this process. Each waits for the one before it, so that only one asks the operating system. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /** Throws `EvidenceStoreError` (`unreachable`) when another process does not release the lock. */
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
