/** How long answers take, and how much that varies: both smoothed as TCP does it (RFC 6298, section 2). Milliseconds. */
export class Latency {
  #isKnown = false;
  #meanMs = 0;
  #spreadMs = 0;

  observe(latencyMs: number): void {
    if (!this.#isKnown) {
      this.#isKnown = true;
      this.#meanMs = latencyMs;
      this.#spreadMs = latencyMs / 2;
      return;
    }
    this.#spreadMs += (Math.abs(latencyMs - this.#meanMs) - this.#spreadMs) / 8;
    this.#meanMs += (latencyMs - this.#meanMs) / 8;
  }

  get meanMs(): number {
    return this.#meanMs;
  }

  /** What hardly any answer exceeds. */
  get highMs(): number {
    return this.#meanMs + 2 * this.#spreadMs;
  }
}
