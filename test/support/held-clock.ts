import type { Clock } from "../../lambda/domain/clock.ts";

/** A clock that moves only when the test moves it; sleepers that are due wake then. */
export interface HeldClock extends Clock {
  /** The times that are slept now, in milliseconds, ascending. */
  readonly sleeping: readonly number[];
  advance(milliseconds: number): void;
}

interface Sleeper {
  readonly milliseconds: number;
  readonly atMs: number;
  readonly wake: () => void;
}

export function heldClock(startMs = Date.UTC(2026, 2, 3, 6)): HeldClock {
  let nowMs = startMs;
  const sleepers = new Set<Sleeper>();
  return {
    get sleeping() {
      return [...sleepers].map(({ milliseconds }) => milliseconds).sort((one, other) => one - other);
    },
    now: () => nowMs,
    advance: (milliseconds) => {
      nowMs += milliseconds;
      for (const sleeper of sleepers)
        if (sleeper.atMs <= nowMs) {
          sleepers.delete(sleeper);
          sleeper.wake();
        }
    },
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = { milliseconds, atMs: nowMs + milliseconds, wake: resolve };
        sleepers.add(sleeper);
        const abort = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        signal?.addEventListener("abort", abort, { once: true });
      }),
  };
}

const LONGEST_WAIT_MS = 5_000;

/** Waits until something holds that other callbacks of this process bring about. Throws when it never does. */
export async function until(holds: () => boolean): Promise<void> {
  const endMs = performance.now() + LONGEST_WAIT_MS;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`It never held: ${holds}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
