import type { RateLimit } from "./headers.ts";

/** A wait that the server asks for is believed up to this long; beyond, one asks again sooner. */
const LONGEST_TOLD_WAIT_MS = 90_000;
const FIRST_BACK_OFF_MS = 500;
const LONGEST_BACK_OFF_MS = 60_000;
const FIRST_LIMITED_BACK_OFF_MS = 1000;
/** Added at random to what the server told, so that not everybody comes back in the same instant. */
const JITTER_MS = 250;

function exponential(firstMs: number, failures: number, random: number): number {
  const fullMs = Math.min(LONGEST_BACK_OFF_MS, firstMs * 2 ** Math.min(failures - 1, 30));
  return fullMs * (0.5 + random / 2);
}

/** How long to wait after passing trouble, in milliseconds: `failures` from 1, `random` from 0 to 1. */
export function backOffMs(failures: number, random: number): number {
  return exponential(FIRST_BACK_OFF_MS, failures, random);
}

/**
 * How long to wait after a 429, in milliseconds, at least a little and a minute and a half at most: what the server says
 * by its own clock, where it can be believed; exponential back-off where it cannot, or where its word did not help.
 * `limited` counts the pauses since the last answer that was none, from 1.
 */
export function limitedWaitMs(rateLimit: RateLimit, nowMs: number, limited: number, random: number): number {
  const told = toldWaitMs(rateLimit, nowMs);
  if (told === null) return exponential(FIRST_LIMITED_BACK_OFF_MS, limited, random);
  const patience = limited > 1 ? exponential(FIRST_LIMITED_BACK_OFF_MS, limited - 1, random) : 0;
  return Math.max(told + random * JITTER_MS, patience, 1);
}

function toldWaitMs({ resetMs, retryAfterMs, serverTimeMs }: RateLimit, nowMs: number): number | null {
  const waits = [retryAfterMs, resetMs === null ? null : resetMs - (serverTimeMs ?? nowMs)];
  return waits.find((wait) => wait !== null && wait >= 0 && wait <= LONGEST_TOLD_WAIT_MS) ?? null;
}
