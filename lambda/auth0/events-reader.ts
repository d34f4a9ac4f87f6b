import { SCOPE } from "../contract.ts";
import type { Clock } from "../domain/clock.ts";
import { RunFailure } from "../domain/errors.ts";
import { timestamp } from "../domain/time.ts";
import { Alarm } from "./alarm.ts";
import { readEventMessage } from "./event-message.ts";
import { type EventsProblem, lossOf, refusalOf } from "./event-refusal.ts";
import { readEventStream, type StreamEnd } from "./event-stream.ts";
import { EventsPosition } from "./events-position.ts";
import type { EventsReading, EventsStart, TenantEvent } from "./port.ts";
import { backoffMs, rateLimitedMs } from "./rate-limit/backoff.ts";
import { headersWith } from "./request.ts";
import { type ServerSentEvent, ServerSentEventsParser } from "./server-sent-events.ts";
import { scopesOf } from "./token/claims.ts";
import type { HeldToken, TokenHolder } from "./token/holder.ts";

/** EventBridge takes events of up to 256 KB; a longer one is no event of Auth0's. */
const LONGEST_EVENT_CHARACTERS = 1024 * 1024;
/** What a stream waits before it connects again, unless Auth0 asks for another time. */
const RECONNECT_MS = 1_000;
const MOST_REFUSALS = 2;

export interface EventsReaderOptions {
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly fetch: typeof globalThis.fetch;
  readonly random: () => number;
  /** Until the stream is open. */
  readonly requestTimeoutMs: number;
  readonly signal: AbortSignal;
  readonly budgetMs: number;
  readonly quietMs: number;
  readonly mostEvents: number;
}

/** What is read. */
export interface EventsRequest {
  readonly start: EventsStart;
  readonly types: readonly string[];
  readonly onEvent: (event: TenantEvent) => void;
}

/** The stream under way. */
interface Stream {
  /** Ends it alone. */
  readonly stop: AbortController;
  /** Null until it is answered. */
  openedAtMs: number | null;
  messages: number;
  /** The code of its `event: error`. */
  error: string | null;
}

function unopened(): Stream {
  return { stop: new AbortController(), openedAtMs: null, messages: 0, error: null };
}

/**
 * One reading of the tenant's events. The stream has no end, so the reading decides when it has caught up:
 * - an event is as late as the reading's own start, or
 * - a heartbeat repeats the offset of the message before it: there is nothing in between, or
 * - after the first message, no event came for a while (`quietMs`), or
 * - the stream was open to the end of the time budget, and nothing came at all.
 *
 * None of them is proof. Whatever comes later follows the offset, and the next reading gets it.
 */
export class EventsReader {
  readonly #options: EventsReaderOptions;
  readonly #tokens: TokenHolder;
  readonly #request: EventsRequest;
  readonly #position: EventsPosition;
  readonly #over = new AbortController();
  readonly #quiet: Alarm;
  readonly #deadlineMs: number;
  #stream = unopened();
  #startedAtMs: number | null = null;
  #isCaughtUp = false;
  #problem: EventsProblem | null = null;
  #reconnectMs = RECONNECT_MS;
  #events = 0;
  #requests = 0;
  #refusals = 0;
  /** Streams in a row that brought nothing. */
  #failures = 0;

  constructor(options: EventsReaderOptions, tokens: TokenHolder, request: EventsRequest) {
    [this.#options, this.#tokens, this.#request] = [options, tokens, request];
    this.#position = new EventsPosition(request.start);
    this.#quiet = new Alarm(options.clock, () => this.#end(true));
    this.#deadlineMs = options.clock.now() + options.budgetMs;
  }

  /** To be called once. Throws the signal's reason, and nothing else. */
  async read(): Promise<EventsReading> {
    const { budgetMs, clock } = this.#options;
    const deadline = new Alarm(clock, () => this.#end(this.#isSilent()));
    deadline.set(budgetMs);
    try {
      while (!this.#over.signal.aborted) {
        const held = await this.#tokens.current();
        // A request that is known to be refused is not made.
        if (scopesOf(held.token.reveal())?.includes(SCOPE.events) === false) {
          this.#problem = { reason: "not_granted", message: `The token lacks the scope ${SCOPE.events}.` };
          break;
        }
        const waitMs = this.#after(await this.#readStream(held), held);
        if (waitMs === null) break;
        await this.#wait(waitMs);
      }
    } catch (error) {
      if (!(error instanceof RunFailure)) throw error;
      this.#problem = { reason: "token_refused", message: error.message };
    } finally {
      deadline.off();
    }
    return this.#result();
  }

  #end(isCaughtUp: boolean): void {
    this.#isCaughtUp = isCaughtUp;
    this.#over.abort();
  }

  /** Whether a stream has been open for long enough, and nothing came. */
  #isSilent(): boolean {
    const { messages, openedAtMs } = this.#stream;
    return messages === 0 && openedAtMs !== null && this.#options.clock.now() - openedAtMs >= this.#options.quietMs;
  }

  async #readStream(held: HeldToken): Promise<StreamEnd> {
    const { baseUrl, clock, fetch, requestTimeoutMs, signal, userAgent } = this.#options;
    const stream = unopened();
    this.#stream = stream;
    const query = new URLSearchParams(this.#position.query);
    for (const type of this.#request.types) query.append("event_type", type);
    const parser = new ServerSentEventsParser({
      mostCharacters: LONGEST_EVENT_CHARACTERS,
      onEvent: (event) => this.#receive(event),
      onRetry: (milliseconds) => {
        this.#reconnectMs = Math.max(RECONNECT_MS, milliseconds);
      },
    });
    const timeout = new Alarm(clock, () => stream.stop.abort());
    timeout.set(requestTimeoutMs);
    this.#requests += 1;
    try {
      const headers = headersWith(held.token.reveal(), userAgent, "text/event-stream");
      return await readEventStream(`${baseUrl}/api/v2/events?${query}`, headers, {
        fetch,
        signal,
        stop: AbortSignal.any([this.#over.signal, stream.stop.signal]),
        onOpen: ({ serverTimeMs }) => {
          timeout.off();
          this.#tokens.accepted(held);
          this.#startedAtMs ??= serverTimeMs ?? clock.now();
          stream.openedAtMs = clock.now();
        },
        onText: (text) => parser.feed(text),
      });
    } finally {
      timeout.off();
      this.#quiet.off();
    }
  }

  #receive(received: ServerSentEvent): void {
    const stream = this.#stream;
    if (this.#over.signal.aborted || stream.stop.signal.aborted) return;
    const { message, offset } = readEventMessage(received, this.#request.types, (text) => this.#tokens.hide(text));
    const isRepeated = stream.messages > 0 && offset !== null && offset === this.#position.offset;
    if (offset !== null) this.#position.advance(offset);
    stream.messages += 1;
    this.#failures = 0;
    this.#problem = null;
    switch (message.kind) {
      case "heartbeat":
        if (isRepeated) this.#end(true);
        else if (stream.messages === 1) this.#quiet.set(this.#options.quietMs);
        return;
      case "event":
        this.#request.onEvent(message.event);
        this.#count(message.timeMs);
        return;
      case "unreadable":
        this.#position.lose("An event could not be read.");
        this.#count(null);
        return;
      case "error":
        stream.error = message.code;
        stream.stop.abort();
        return;
      case "other":
        return;
      default:
        message satisfies never;
    }
  }

  #count(timeMs: number | null): void {
    this.#events += 1;
    if (timeMs !== null && this.#startedAtMs !== null && timeMs >= this.#startedAtMs) this.#end(true);
    else if (this.#events >= this.#options.mostEvents) this.#end(false);
    else this.#quiet.set(this.#options.quietMs);
  }

  /** How long to wait before the next stream, in milliseconds; null when there is none. */
  #after(end: StreamEnd, held: HeldToken): number | null {
    if (this.#over.signal.aborted) return null;
    if (this.#stream.messages === 0) this.#failures += 1;
    if (end.kind === "refused") return this.#refused(end, held);
    if (end.kind === "broken") this.#problem = { reason: "unavailable", message: end.message };
    else if (this.#stream.openedAtMs === null)
      this.#problem = {
        reason: "unavailable",
        message: `No answer within ${this.#options.requestTimeoutMs / 1000} s.`,
      };
    const lost = lossOf(this.#stream.error ?? "");
    if (lost !== null) this.#position.fallBack(lost);
    return this.#waitMs();
  }

  #refused({ body, rateLimit, status }: Extract<StreamEnd, { kind: "refused" }>, held: HeldToken): number | null {
    const refusal = refusalOf(status, body, this.#position.isContinued, (text) => this.#tokens.hide(text));
    switch (refusal.kind) {
      case "lost":
        this.#position.fallBack(refusal.message);
        return 0;
      case "token":
        this.#refusals += 1;
        this.#tokens.refused(held, refusal.message, this.#refusals >= MOST_REFUSALS);
        return 0;
      case "passing":
        this.#problem = refusal.problem;
        if (status !== 429) return this.#waitMs();
        return rateLimitedMs(rateLimit, this.#options.clock.now(), this.#failures, this.#options.random());
      case "final":
        this.#problem = refusal.problem;
        return null;
      default:
        return refusal satisfies never;
    }
  }

  #waitMs(): number {
    return Math.max(this.#reconnectMs, this.#failures > 1 ? backoffMs(this.#failures, this.#options.random()) : 0);
  }

  async #wait(milliseconds: number): Promise<void> {
    const { clock, signal } = this.#options;
    if (milliseconds === 0) return;
    if (clock.now() + milliseconds >= this.#deadlineMs) return this.#end(false);
    try {
      await clock.sleep(milliseconds, AbortSignal.any([signal, this.#over.signal]));
    } catch (error) {
      signal.throwIfAborted();
      if (!this.#over.signal.aborted) throw error;
    }
  }

  #result(): EventsReading {
    const requests = this.#requests;
    const { budgetMs, mostEvents } = this.#options;
    const isFull = this.#events >= mostEvents;
    const unfinished = isFull
      ? `There are more than ${mostEvents} events.`
      : `There were more events than ${budgetMs / 1000} s are enough for.`;
    if (this.#startedAtMs === null) {
      const unanswered: EventsProblem = { reason: "unavailable", message: `No answer within ${budgetMs / 1000} s.` };
      return { ok: false, ...(this.#problem ?? unanswered), requests };
    }
    return {
      ok: true,
      offset: this.#position.offset,
      startedAt: timestamp(this.#startedAtMs),
      isCaughtUp: this.#isCaughtUp,
      gap: this.#position.gap,
      because: this.#isCaughtUp ? null : (this.#problem?.message ?? unfinished),
      requests,
    };
  }
}
