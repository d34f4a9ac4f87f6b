/** A rate-limit bucket as Auth0's open-source limiter keeps it: dripping, or refilled at a window's edge. */
export interface BucketOptions {
  readonly kind: "drip" | "window";
  /** Its size, in requests. */
  readonly limit: number;
  /** What drips in, or how long it takes to refill the whole at an edge: requests a second. */
  readonly perSecond: number;
}

/** What the three headers say after a request. */
export interface BucketState {
  readonly isAllowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Unix seconds, rounded up: when it is full again, or the window's edge. */
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

  /** Another size or refill from now on, as when a plan changes. */
  change(options: BucketOptions, nowMs: number): void {
    this.#refill(nowMs);
    this.#options = options;
    this.#content = Math.min(this.#content, options.limit);
  }

  /** One request takes one; refused, it takes nothing. */
  take(nowMs: number): BucketState {
    this.#refill(nowMs);
    const isAllowed = this.#content >= 1;
    if (isAllowed) this.#content -= 1;
    const { kind, limit, perSecond } = this.#options;
    const fullMs = kind === "drip" ? nowMs + ((limit - this.#content) / perSecond) * 1000 : this.#atMs + this.#windowMs;
    return { isAllowed, limit, remaining: Math.floor(this.#content), resetSeconds: Math.ceil(fullMs / 1000) };
  }

  get #windowMs(): number {
    return (this.#options.limit / this.#options.perSecond) * 1000;
  }

  #refill(nowMs: number): void {
    const { kind, limit, perSecond } = this.#options;
    if (kind === "drip") {
      this.#content = Math.min(limit, this.#content + ((nowMs - this.#atMs) / 1000) * perSecond);
      this.#atMs = nowMs;
      return;
    }
    const windows = Math.floor((nowMs - this.#atMs) / this.#windowMs);
    if (windows <= 0) return;
    this.#atMs += windows * this.#windowMs;
    this.#content = limit;
  }
}
