import type { Clock } from "../../domain/clock.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";
import type { RateLimit } from "./headers.ts";
import type { Pacer } from "./pacer.ts";

/** Reports how a request ended: its answer's status and headers, or null if none came. Only the first call counts. */
export type Report = (answer: { readonly status: number; readonly rateLimit: RateLimit } | null) => void;

const ignoreAbort = () => {};
/** Lets requests go as the pacer of their bucket and the circuit breaker allow; in each bucket, first come, first served. */
export class Gate {
  readonly #clock: Clock;
  readonly #breaker: CircuitBreaker;
  readonly #waiting = new Set<{ readonly pacer: Pacer; readonly go: (report: Report) => void }>();
  #alarm = new AbortController();

  constructor(clock: Clock, breaker: CircuitBreaker) {
    [this.#clock, this.#breaker] = [clock, breaker];
  }

  /** Resolves when the request may go, with how to report its end; rejects with the signal's reason when it aborts. */
  async enter(pacer: Pacer, signal: AbortSignal): Promise<Report> {
    signal.throwIfAborted();
    const { promise, resolve: go, reject } = Promise.withResolvers<Report>();
    const waiting = { pacer, go };
    const abort = () => this.#waiting.delete(waiting) && reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    this.#waiting.add(waiting);
    this.#letGo();
    return promise.finally(() => signal.removeEventListener("abort", abort));
  }

  /** How long the bucket's next request waits, in milliseconds; infinite until a request under way is over. */
  waitMs(pacer: Pacer): number {
    return Math.max(this.#breaker.waitMs(this.#clock.now()), pacer.waitMs(this.#clock.now()));
  }

  #letGo(): void {
    const waits = new Map<Pacer, number>();
    for (const waiting of this.#waiting) {
      const waitMs = waits.get(waiting.pacer) ?? this.waitMs(waiting.pacer);
      if (waitMs > 0) waits.set(waiting.pacer, waitMs);
      else if (this.#waiting.delete(waiting)) waiting.go(this.#send(waiting.pacer));
    }
    const wakeMs = Math.min(...waits.values());
    this.#alarm.abort();
    if (wakeMs === Number.POSITIVE_INFINITY) return;
    this.#alarm = new AbortController();
    this.#clock.sleep(Math.ceil(wakeMs), this.#alarm.signal).then(() => this.#letGo(), ignoreAbort);
  }

  #send(pacer: Pacer): Report {
    const [ticket, isProbe] = [pacer.send(this.#clock.now()), this.#breaker.send()];
    let isOver = false;
    return (answer) => {
      if (isOver) return;
      isOver = true;
      const nowMs = this.#clock.now();
      const isLimited = answer?.status === 429;
      if (!isLimited) this.#breaker.over(isProbe, answer !== null);
      // Whatever answers 5xx in place of a server that is down may have asked no bucket.
      if (answer === null || (answer.status >= 500 && answer.rateLimit.remaining === null)) pacer.lost();
      else if (!isLimited) pacer.answered(ticket, nowMs, answer.rateLimit);
      else pacer.limited(answer.rateLimit, this.#breaker.limited(isProbe, nowMs, answer.rateLimit));
      this.#letGo();
    };
  }
}
