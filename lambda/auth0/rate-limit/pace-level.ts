interface Answer {
  /** How many requests were over before this one. */
  readonly ordinal: number;
  /** Null where the answer did not tell. */
  readonly remaining: number | null;
  readonly limit: number | null;
  readonly atMs: number;
}

/**
 * The answers to requests that were under way together: any of them may have been served last. Whichever it was, at least
 * as much was left after it as the lowest of them shows.
 */
export class ConcurrentAnswers {
  #answers: Answer[] = [];

  add(answer: Answer): void {
    this.#answers.push(answer);
  }

  /** Forgets what was over when a request went that has been answered since: it was served before. */
  forget(over: number): void {
    this.#answers = this.#answers.filter(({ ordinal }) => ordinal >= over);
  }

  /** What is left of a bucket of `limit` at least, were nothing under way: what dripped in since each answer counts. */
  leastLeft(limit: number, perMs: number, nowMs: number): number {
    let least = Number.POSITIVE_INFINITY;
    let untold = 0;
    for (const { atMs, limit: of, remaining } of this.#answers) {
      if (remaining === null || of !== limit) untold += 1;
      else least = Math.min(least, remaining + perMs * (nowMs - atMs));
    }
    return least - untold;
  }
}
