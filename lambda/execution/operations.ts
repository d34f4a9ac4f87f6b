import { LAST_OPERATIONS, MOST_OPERATIONS, RETRY_OPERATIONS } from "./limits.ts";

/** Counts the operations of an execution from its start; a replay counts the same ones. */
export class Operations {
  #planned = 0;
  #ofRetries = 0;

  /** A step or a wait that is not a retry. */
  countPlanned(): void {
    this.#planned += 1;
  }

  /** A retry: a wait, and the step again. */
  countRetry(): void {
    this.#ofRetries += 2;
  }

  /** How many more steps and waits are certain to fit. */
  get left(): number {
    return MOST_OPERATIONS - LAST_OPERATIONS - this.#planned - Math.max(RETRY_OPERATIONS, this.#ofRetries);
  }

  /** Whether a retry leaves enough for the end of the run. */
  get mayRetry(): boolean {
    return this.#planned + this.#ofRetries + 2 <= MOST_OPERATIONS - LAST_OPERATIONS;
  }
}
