import type { Clock } from "../domain/clock.ts";

const ignoreAbort = () => {};

/** Calls `ring` after some time, unless it is set again or turned off before. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #waiting = new AbortController();

  constructor(clock: Clock, ring: () => void) {
    [this.#clock, this.#ring] = [clock, ring];
  }

  set(milliseconds: number): void {
    this.off();
    const waiting = new AbortController();
    this.#waiting = waiting;
    this.#clock.sleep(milliseconds, waiting.signal).then(() => {
      if (!waiting.signal.aborted) this.#ring();
    }, ignoreAbort);
  }

  off(): void {
    this.#waiting.abort();
  }
}
