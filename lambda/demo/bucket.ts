/** A rate-limit bucket as in Auth0's open-source limiter: refilled continuously, or at the end of each window. */
export interface BucketOptions {
  readonly kind: "drip" | "window";
  /** Its size, in requests. */
  readonly limit: number;
  /** The rate of the refill, in requests a second; a window lasts as long as a full refill at this rate. */
  readonly perSecond: number;
  /** The reset header of a continuous refill: when it is `full` again (default), or when the `next` request is added. */
  readonly reset?: "full" | "next";
}

/** The three headers after a request. */
export interface BucketState {
  readonly isAllowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Unix seconds, rounded up. */
  readonly resetSeconds: number;
}

export class DemoBucket {
  #options: BucketOptions;
  #content: number;
  #atMs: number;

  constructor(options: BucketOptions, nowMs: number) {
    this.#options = options;
    this.#content = options.limit;
    this.#atMs = nowMs;
  }

  /** Changes the size or the refill from now on, as a change of plan does. */
  change(options: BucketOptions, nowMs: number): void {
    this.#refill(nowMs);
    this.#options = options;
    this.#content = Math.min(this.#content, options.limit);
  }

  /** Takes one request; a refused request takes nothing. */
  take(nowMs: number): BucketState {
    this.#refill(nowMs);
    const isAllowed = this.#content >= 1;
    if (isAllowed) this.#content -= 1;
    const { limit } = this.#options;
    const remaining = Math.floor(this.#content);
    return { isAllowed, limit, remaining, resetSeconds: Math.ceil(this.#resetMs(nowMs) / 1000) };
  }

  #resetMs(nowMs: number): number {
    const { kind, limit, perSecond, reset } = this.#options;
    if (kind === "window") return this.#atMs + this.#windowMs;
    const awaited = reset === "next" ? Math.min(limit, Math.floor(this.#content) + 1) : limit;
    return nowMs + ((awaited - this.#content) / perSecond) * 1000;
  }

  get #windowMs(): number {
    return (this.#options.limit / this.#options.perSecond) * 1000;
  }

  #refill(nowMs: number): void {
    const { kind, limit, perSecond } = this.#options;
    if (kind === "drip") {
      const dripped = (Math.max(0, nowMs - this.#atMs) / 1000) * perSecond;
      this.#content = Math.min(limit, this.#content + dripped);
      this.#atMs = nowMs;
      return;
    }
    const windows = Math.floor((nowMs - this.#atMs) / this.#windowMs);
    if (windows <= 0) return;
    this.#atMs += windows * this.#windowMs;
    this.#content = limit;
  }
}
