import { rateLimitedMs } from "./backoff.ts";
import type { RateLimit } from "./headers.ts";

/**
 * The one pause that all requests of a client share after a 429, which does not say whether the bucket or a limit above
 * it is used up. When the pause is over, one request is the probe; the others follow once it is answered.
 */
export class CircuitBreaker {
  readonly #budgetMs: number;
  readonly #random: () => number;
  #state: "closed" | "open" | "probing" = "closed";
  #untilMs = 0;
  #failures = 0;
  #limitedSinceMs = Number.POSITIVE_INFINITY;

  /** `budgetMs`: for how long a tenant that answers nothing but 429 is retried; `random`: 0 to 1, for jitter. */
  constructor(budgetMs: number, random: () => number) {
    [this.#budgetMs, this.#random] = [budgetMs, random];
  }

  /** How long no request may go, in milliseconds; infinite while the probe is under way. */
  waitMs(nowMs: number): number {
    return this.#state === "probing" ? Number.POSITIVE_INFINITY : Math.max(0, this.#untilMs - nowMs);
  }

  /** A request goes. Returns whether it is the probe. */
  send(): boolean {
    if (this.#state === "open") this.#state = "probing";
    return this.#state === "probing";
  }

  /** A request ended without a 429. What was sent before the pause does not end it. */
  over(isProbe: boolean, isAnswered: boolean): void {
    if (isProbe) this.#state = isAnswered ? "closed" : "open";
    if (isAnswered) this.#limitedSinceMs = Number.POSITIVE_INFINITY;
    if (this.#state === "closed") this.#failures = 0;
  }

  /** A 429 came. Returns whether it begins a pause: requests that are limited together share one. */
  limited(isProbe: boolean, nowMs: number, rateLimit: RateLimit): boolean {
    this.#limitedSinceMs = Math.min(this.#limitedSinceMs, nowMs);
    if (!isProbe && this.#state !== "closed") return false;
    this.#state = "open";
    this.#failures += 1;
    const waitMs = rateLimitedMs(rateLimit, nowMs, this.#failures, this.#random());
    this.#untilMs = nowMs + (this.isExhausted(nowMs) ? Math.min(waitMs, 1000) : waitMs);
    return true;
  }

  /** Whether the tenant has answered nothing but 429 for longer than the budget: then, a probe goes every second. */
  isExhausted(nowMs: number): boolean {
    return nowMs - this.#limitedSinceMs > this.#budgetMs;
  }
}
