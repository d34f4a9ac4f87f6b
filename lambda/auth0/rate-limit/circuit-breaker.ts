import { limitedWaitMs } from "./backoff.ts";
import type { RateLimit } from "./headers.ts";

/** Between two requests to a tenant that has answered nothing but 429 for longer than the budget. */
const EXHAUSTED_WAIT_MS = 1000;

/**
 * The pause that all requests of one client share after a 429: the limit may be the bucket's or the one above all
 * buckets, and a 429 does not say which. When it is over, one request goes ahead and asks; the others follow once it was
 * answered. Pure: time comes as an argument, in milliseconds since the epoch.
 */
export class RateLimitPause {
  readonly #budgetMs: number;
  #isPaused = false;
  #untilMs = 0;
  #pauses = 0;
  #isAsking = false;
  #limitedSinceMs: number | null = null;

  /** `budgetMs`: how long the tenant may answer nothing but 429 before nobody waits for it any more. */
  constructor(budgetMs: number) {
    this.#budgetMs = budgetMs;
  }

  /** How long nothing may go, in milliseconds; infinite while one request is asking. */
  waitMs(nowMs: number): number {
    if (!this.#isPaused) return 0;
    if (nowMs < this.#untilMs) return this.#untilMs - nowMs;
    return this.#isAsking ? Number.POSITIVE_INFINITY : 0;
  }

  /** How much is left of the pause, in milliseconds. */
  leftMs(nowMs: number): number {
    return this.#isPaused ? Math.max(0, this.#untilMs - nowMs) : 0;
  }

  /** A request goes. Answers whether it is the one that asks, which its outcome must be told with. */
  sent(): boolean {
    if (!this.#isPaused) return false;
    this.#isAsking = true;
    return true;
  }

  /** A request came to its end. What was sent before a pause ends no pause, and lengthens it only once. */
  ended(isAsking: boolean, outcome: "answered" | "lost"): void {
    if (isAsking) this.#isAsking = false;
    if (outcome === "lost") return;
    this.#limitedSinceMs = null;
    if (isAsking || !this.#isPaused) {
      this.#isPaused = false;
      this.#pauses = 0;
    }
  }

  /** A request was answered 429; `random`: 0 to 1, for jitter. Answers whether that starts a pause. */
  limited(isAsking: boolean, nowMs: number, rateLimit: RateLimit, random: number): boolean {
    if (isAsking) this.#isAsking = false;
    this.#limitedSinceMs ??= nowMs;
    // Requests that were under way together are limited together: that is one pause.
    if (this.#isPaused && !isAsking) return false;
    this.#isPaused = true;
    this.#pauses += 1;
    const waitMs = limitedWaitMs(rateLimit, nowMs, this.#pauses, random);
    this.#untilMs = nowMs + (this.isExhausted(nowMs) ? Math.min(waitMs, EXHAUSTED_WAIT_MS) : waitMs);
    return true;
  }

  /** Whether the tenant has answered nothing but 429 for longer than the budget: then a read is tried once. */
  isExhausted(nowMs: number): boolean {
    return this.#limitedSinceMs !== null && nowMs - this.#limitedSinceMs > this.#budgetMs;
  }
}
