import type { Timestamp } from "../domain/identifiers.ts";
import type { EventsStart } from "./port.ts";

/** Where a reading of events is, and what it may have lost on the way. */
export class EventsPosition {
  #offset: string | null;
  #timestamp: Timestamp | null;
  /** Where to start when Auth0 does not accept the offset. */
  #second: Timestamp | null;
  #gap: string | null = null;

  constructor({ offset, timestamp }: EventsStart) {
    this.#offset = offset;
    this.#timestamp = offset === null ? timestamp : null;
    this.#second = offset === null ? null : timestamp;
  }

  /** The offset that was reached; null when none is known. */
  get offset(): string | null {
    return this.#offset;
  }

  /** Why events may be lost; null when none are. */
  get gap(): string | null {
    return this.#gap;
  }

  /** The parameters that ask for what follows; none of them means from now on. */
  get query(): Readonly<Record<string, string>> {
    if (this.#offset !== null) return { from: this.#offset };
    return this.#timestamp === null ? {} : { from_timestamp: this.#timestamp };
  }

  /** Whether `query` names a place. */
  get isContinued(): boolean {
    return this.#offset !== null || this.#timestamp !== null;
  }

  advance(offset: string): void {
    this.#offset = offset;
  }

  /** Events may be lost, `because`; the first reason is kept. */
  lose(because: string): void {
    this.#gap ??= because;
  }

  /** Auth0 does not continue here: starts at the time instead, or else from now on. */
  fallBack(because: string): void {
    this.lose(because);
    [this.#offset, this.#timestamp, this.#second] = [null, this.#second, null];
  }
}
