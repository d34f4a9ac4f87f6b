import { closeSync, constants, ftruncateSync, lstatSync, openSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { codeOf, OWNER_ONLY } from "../../disk/files.ts";
import { EvidenceStoreError } from "../../domain/errors.ts";

/** The lock is held for milliseconds; a process that holds it longer is suspended, or the disk hangs. */
const LONGEST_WAIT_MS = 30_000;
const POLL_MS = 5;
/** SQLite's result code for a lock of another process (https://www.sqlite.org/rescode.html#busy). */
const SQLITE_BUSY = 5;
/** The code for a file that is not a database. */
const SQLITE_NOTADB = 26;
const CREATE = constants.O_WRONLY | constants.O_CREAT;
/** A symbolic link could lead to a file that must not be emptied. */
const WRITE_NO_LINK = constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0);

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

  /** Throws `EvidenceStoreError`: `unreachable` when another process keeps the lock, `forbidden` when it cannot be used. */
  async exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(() => this.#locked(work));
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #locked<Result>(work: () => Promise<Result>): Promise<Result> {
    // Reading evidence needs no lock, and so loads no SQLite.
    const sqlite = await import("node:sqlite");
    const database = this.#opened(sqlite.DatabaseSync);
    try {
      await this.#acquire(database);
      return await work();
    } finally {
      database.close();
    }
  }

  #opened(Database: typeof DatabaseSync): DatabaseSync {
    try {
      createUnlessThere(this.#path);
      return new Database(this.#path, { timeout: 0 });
    } catch (error) {
      throw this.#unusable(error);
    }
  }

  #unusable(error: unknown): EvidenceStoreError {
    const message = `${this.#path} cannot be used as the lock of the folder (${codeOf(error)}); when no audit is running, remove it, or let this user write to it.`;
    return new EvidenceStoreError("forbidden", message, { cause: error });
  }

  async #acquire(database: DatabaseSync): Promise<void> {
    const givenUpAtMs = performance.now() + LONGEST_WAIT_MS;
    while (!this.#isTaken(database)) {
      if (performance.now() > givenUpAtMs)
        throw new EvidenceStoreError(
          "unreachable",
          `${this.#path} has been held by another process for ${LONGEST_WAIT_MS / 1000} s; end that process and try again.`,
        );
      await setTimeout(POLL_MS);
    }
  }

  #isTaken(database: DatabaseSync): boolean {
    try {
      database.exec("BEGIN EXCLUSIVE");
      return true;
    } catch (error) {
      const code = typeof error === "object" && error !== null && "errcode" in error ? error.errcode : null;
      if (code !== SQLITE_BUSY && code !== SQLITE_NOTADB) throw this.#unusable(error);
      if (code === SQLITE_NOTADB) this.#empty();
      return false;
    }
  }

  /** Nothing is ever stored in the file, so what makes it unusable is not needed. */
  #empty(): void {
    try {
      const file = openSync(this.#path, WRITE_NO_LINK);
      ftruncateSync(file);
      closeSync(file);
    } catch (error) {
      throw this.#unusable(error);
    }
  }
}

/**
 * This and the emptying are synchronous: closing a file drops the locks that the process has on it, so no other lock of
 * this process may be taken in between.
 */
function createUnlessThere(path: string): void {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status === undefined) closeSync(openSync(path, CREATE, OWNER_ONLY.file));
  else if (!status.isFile()) throw Object.assign(new Error("It is not a file."), { code: "no file" });
}
