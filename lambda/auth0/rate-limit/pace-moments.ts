import type { Reading, Refill } from "./pace-refill.ts";

/** The share of what is left of a window in which its requests are spent: the rest is slack. */
export const WINDOW_SHARE = 0.6;
/** In a bucket that is not yet known, a request is risked when this many should have dripped in. */
const RISKED_REQUESTS = 1.25;
/** When no reset tells when to ask an empty bucket again: at first, doubling. */
const FIRST_ASK_MS = 1000;
/** Its multiples, cut to what is behind the point, are spread evenly. */
const GOLDEN_RATIO = 0.618034;
/** Of so many requests to a bucket that is used only when it is full, one explores how long filling takes. */
const EXPLORED_REQUEST = 4;

/** What is known when a request is to ask a bucket that has nothing to spare. */
export interface Asking {
  /** How many requests have been sent. */
  readonly sent: number;
  readonly lastSentMs: number;
  /** How often in a row a request asked and found nothing refilled. */
  readonly vainAsks: number;
  readonly dropMs: Refill["dropMs"];
}

/** Whether the bucket is used only when it is full: then it cannot be watched while it fills. */
export function isFullOnly({ limit, remaining, usable }: Reading): boolean {
  return usable === 1 && remaining === limit - 1;
}

/** When a bucket that has nothing to spare is asked again: past its reset it should be full, or in its next window. */
export function askAtMs(reading: Reading, { dropMs, lastSentMs, sent, vainAsks }: Asking): number {
  const { atMs, reset } = reading;
  let fullMs = reset?.latestMs ?? Number.POSITIVE_INFINITY;
  if (isFullOnly(reading)) {
    // Asked at ever other moments of a second, the resets tell in the end how long filling takes.
    const openMs = dropMs === null ? 1000 : sent % EXPLORED_REQUEST === 0 ? dropMs.most - dropMs.least : 0;
    if (dropMs !== null) fullMs = Math.min(fullMs, atMs + dropMs.most);
    fullMs += openMs * ((sent * GOLDEN_RATIO) % 1);
  }
  const askMs = fullMs === Number.POSITIVE_INFINITY ? atMs + FIRST_ASK_MS * 2 ** vainAsks : fullMs;
  // Who has asked and was told nothing asks again after as long.
  return lastSentMs < askMs ? askMs : lastSentMs + Math.max(FIRST_ASK_MS, askMs - atMs);
}

/**
 * When the last request to spare is risked in a bucket that is not yet known: late enough to tell whether something drips
 * in, later with each of `vainRisks` that found nothing; null when no reset tells.
 */
export function riskAtMs({ atMs, limit, remaining, reset }: Reading, vainRisks: number): number | null {
  if (reset === null) return null;
  const likelyMs = Math.max((reset.earliestMs + reset.latestMs) / 2 - atMs, (reset.latestMs - atMs) / 4);
  const riskMs = (RISKED_REQUESTS * 1.5 ** vainRisks * likelyMs) / Math.max(1, limit - remaining);
  // Should it be a window after all, it is used within that.
  const leftMs = reset.earliestMs - atMs;
  return atMs + (leftMs > 0 ? Math.min(riskMs, WINDOW_SHARE * leftMs) : riskMs);
}

/** When the next of `spare` requests goes, so that they are spread over what is left of a window. */
export function spreadAtMs({ reset }: Reading, spare: number, lastSentMs: number): number {
  if (reset === null) return lastSentMs;
  return lastSentMs + (WINDOW_SHARE * Math.max(0, reset.earliestMs - lastSentMs)) / spare;
}
