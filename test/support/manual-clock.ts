import type { Clock } from "../../lambda/domain/clock.ts";

/** A clock that stands still until somebody sleeps: then it is later, and the sleeper wakes. Nobody really waits. */
export interface ManualClock extends Clock {
  /** What was slept, in milliseconds, in the order of the calls. */
  readonly sleeps: readonly number[];
  advance(milliseconds: number): void;
}

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

/** Starts at `startMs`; sleepers wake one after the other, the earliest first, each in a turn of its own. */
export function manualClock(startMs = Date.UTC(2026, 2, 3, 6)): ManualClock {
  let nowMs = startMs;
  const sleeps: number[] = [];
  const sleepers = new Set<Sleeper>();
  const wakeEarliest = () => {
    const [first, ...others] = sleepers;
    if (first === undefined) return;
    const earliest = others.reduce((best, one) => (one.atMs < best.atMs ? one : best), first);
    sleepers.delete(earliest);
    nowMs = Math.max(nowMs, earliest.atMs);
    earliest.wake();
  };
  return {
    sleeps,
    now: () => nowMs,
    advance: (milliseconds) => {
      nowMs += milliseconds;
    },
    sleep: (milliseconds, signal) => {
      const { promise, reject, resolve } = Promise.withResolvers<void>();
      if (signal?.aborted) {
        reject(signal.reason);
        return promise;
      }
      sleeps.push(milliseconds);
      const sleeper: Sleeper = {
        atMs: nowMs + milliseconds,
        wake: () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        },
      };
      const abort = () => {
        sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      sleepers.add(sleeper);
      signal?.addEventListener("abort", abort, { once: true });
      setImmediate(wakeEarliest);
      return promise;
    },
  };
}
