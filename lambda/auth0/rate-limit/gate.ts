import type { Clock } from "../../domain/clock.ts";
import type { RateLimitPause } from "./circuit-breaker.ts";
import type { RateLimit } from "./headers.ts";
import type { Pacer, Ticket } from "./pacer.ts";

/** A request that was let go; its end must be told, once. */
export interface Pass {
  /** An answer came; `status` is its HTTP status. */
  answered(status: number, rateLimit: RateLimit): void;
  /** None came. Does nothing after `answered`. */
  lost(): void;
}

interface Waiting {
  readonly go: (pass: Pass) => void;
}

export interface GateOptions {
  readonly clock: Clock;
  /** For jitter: 0 to 1. */
  readonly random: () => number;
  /** What all gates of one client share. */
  readonly pause: RateLimitPause;
}

/** Lets requests to one bucket go when its pacer and the shared pause admit them, first come, first served. */
export class RequestGate {
  readonly pacer: Pacer;
  readonly #options: GateOptions;
  readonly #waiting: Waiting[] = [];
  #alarm: { readonly atMs: number; readonly cancel: AbortController } | null = null;

  constructor(pacer: Pacer, options: GateOptions) {
    this.pacer = pacer;
    this.#options = options;
  }

  /** How long the limits forbid the next request, in milliseconds; 0 when one may go soon. */
  pauseMs(): number {
    const nowMs = this.#options.clock.now();
    return Math.max(this.#options.pause.leftMs(nowMs), this.pacer.pauseMs(nowMs));
  }

  /** Resolves when the request may go; rejects with the signal's reason when it aborts. */
  async enter(signal: AbortSignal): Promise<Pass> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Pass>();
    const waiting = { go: resolve };
    const abort = () => {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      this.pump();
      reject(signal.reason);
    };
    this.#waiting.push(waiting);
    signal.addEventListener("abort", abort, { once: true });
    this.pump();
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** To be called whenever something was learned: what may go, goes. */
  pump(): void {
    while (this.#waiting.length > 0) {
      const nowMs = this.#options.clock.now();
      const waitMs = Math.max(this.#options.pause.waitMs(nowMs), this.pacer.waitMs(nowMs));
      if (waitMs > 0) {
        this.#wakeIn(waitMs);
        return;
      }
      this.#waiting.shift()?.go(this.#pass());
    }
    this.#alarm?.cancel.abort();
    this.#alarm = null;
  }

  #pass(): Pass {
    const { clock, pause, random } = this.#options;
    const ticket: Ticket = this.pacer.send(clock.now());
    const isAsking = pause.sent();
    let isOpen = true;
    return {
      answered: (status, rateLimit) => {
        isOpen = false;
        const nowMs = clock.now();
        if (status === 429) {
          this.pacer.limited(rateLimit, pause.limited(isAsking, nowMs, rateLimit, random()));
        } else {
          pause.ended(isAsking, "answered");
          // Who answers for a server that is in trouble may have asked no bucket.
          if (status >= 500 && rateLimit.remaining === null) this.pacer.lost();
          else this.pacer.answered(ticket, nowMs, rateLimit);
        }
      },
      lost: () => {
        if (!isOpen) return;
        isOpen = false;
        pause.ended(isAsking, "lost");
        this.pacer.lost();
      },
    };
  }

  /** While another gate's request asks after a pause, the wait has no end of its own: its answer pumps all gates. */
  #wakeIn(waitMs: number): void {
    const { clock } = this.#options;
    const atMs = clock.now() + waitMs;
    if (this.#alarm !== null && this.#alarm.atMs <= atMs) return;
    this.#alarm?.cancel.abort();
    this.#alarm = null;
    if (waitMs === Number.POSITIVE_INFINITY) return;
    const cancel = new AbortController();
    const alarm = { atMs, cancel };
    this.#alarm = alarm;
    // The pacer counts in fractions of milliseconds, timers in whole ones.
    clock.sleep(Math.ceil(waitMs), cancel.signal).then(
      () => {
        if (this.#alarm !== alarm) return;
        this.#alarm = null;
        this.pump();
      },
      () => {},
    );
  }
}
