import type { Pacer, Ticket } from "../core/pace.ts";
import type { Clock } from "../ports.ts";

/** Lets requests to one bucket go when its pacer admits them, first come, first served. */
export class RequestGate {
  readonly pacer: Pacer;
  readonly #clock: Clock;
  readonly #waiting: ((ticket: Ticket) => void)[] = [];
  #alarm: { readonly atMs: number; readonly cancel: AbortController } | null = null;

  constructor(pacer: Pacer, clock: Clock) {
    this.pacer = pacer;
    this.#clock = clock;
  }

  /** Resolves when the request may go; rejects with the signal's reason when it aborts. */
  async enter(signal: AbortSignal): Promise<Ticket> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Ticket>();
    const abort = () => {
      const place = this.#waiting.indexOf(resolve);
      if (place >= 0) this.#waiting.splice(place, 1);
      reject(signal.reason);
    };
    this.#waiting.push(resolve);
    signal.addEventListener("abort", abort, { once: true });
    this.pump();
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** To be called whenever the pacer has learned something: what may go, goes. */
  pump(): void {
    while (this.#waiting.length > 0) {
      const nowMs = this.#clock.now();
      const admission = this.pacer.admit(nowMs);
      if (admission.kind === "wait") {
        this.#wakeAt(admission.untilMs, nowMs);
        return;
      }
      this.#waiting.shift()?.(this.pacer.send(nowMs));
    }
    this.#alarm?.cancel.abort();
    this.#alarm = null;
  }

  #wakeAt(atMs: number, nowMs: number): void {
    if (this.#alarm?.atMs === atMs) return;
    this.#alarm?.cancel.abort();
    const cancel = new AbortController();
    const alarm = { atMs, cancel };
    this.#alarm = alarm;
    this.#clock.sleep(atMs - nowMs, cancel.signal).then(
      () => {
        if (this.#alarm !== alarm) return;
        this.#alarm = null;
        this.pump();
      },
      () => {},
    );
  }
}
