import type { ServerResponse } from "node:http";
import type { Json, JsonObject } from "../domain/json.ts";
import { type Answer, refusal } from "./answers.ts";

const RETRY_AFTER_SECONDS = 1;
const RECONNECT_MS = 1_000;

/** An event of the tenant. `object` is the `data.object` of its CloudEvent. */
export interface DemoEvent {
  readonly type: string;
  /** ISO 8601. */
  readonly time: string;
  readonly object: Json;
}

export interface DemoEventsOptions {
  /** What the stream delivers of an event: none loses it, two duplicate it, others put it in another order. Default: it alone. */
  readonly deliver?: (event: DemoEvent) => Iterable<DemoEvent>;
  /** Streams at the same time; by plan, Auth0 allows 1, 4 or 8. More are answered with 429. Default: 4. */
  readonly mostStreams?: number;
  /** Whether a stream that has sent what there is sends a heartbeat. Default: true. */
  readonly heartbeatAtEnd?: boolean;
  /** Closes each stream after this many milliseconds, as Auth0 does after minutes. Default: never. */
  readonly closeAfterMs?: number;
}

interface Stream {
  readonly response: ServerResponse;
  /** Null: all. */
  readonly types: ReadonlySet<string> | null;
}

/** The tenant's events, and the streams that are reading them: a model of `GET /api/v2/events`. */
export class DemoEvents {
  readonly #options: DemoEventsOptions;
  readonly #now: () => number;
  readonly #streams = new Set<Stream>();
  /** Those that can still be read; the offset of each is its number. */
  #kept: { readonly number: number; readonly event: DemoEvent }[] = [];
  #last = 0;
  #forgotten = 0;

  constructor(options: DemoEventsOptions, now: () => number) {
    [this.#options, this.#now] = [options, now];
  }

  /** The streams that are open now. */
  get streams(): number {
    return this.#streams.size;
  }

  /** Something happened in the tenant. */
  emit(type: string, object: Json, time = new Date(this.#now()).toISOString()): void {
    const event = { type, time, object };
    for (const delivered of this.#options.deliver?.(event) ?? [event]) {
      this.#last += 1;
      this.#kept.push({ number: this.#last, event: delivered });
      for (const stream of this.#streams) this.#send(stream, this.#last, delivered);
    }
  }

  /** Sends a heartbeat with the newest offset to every stream. */
  heartbeat(): void {
    for (const { response } of this.#streams) this.#sendHeartbeat(response);
  }

  /** Forgets every event so far: reading on from their offsets is answered with 410. */
  forget(): void {
    [this.#kept, this.#forgotten] = [[], this.#last];
  }

  /** Sends text to every stream as it is. */
  sendText(text: string): void {
    for (const { response } of this.#streams) response.write(text);
  }

  /** Closes every stream, after an `event: error` when a code is given. */
  close(errorCode: string | null = null): void {
    if (errorCode !== null) {
      const error = { code: errorCode, message: "The stream ends.", offset: offsetOf(this.#last) };
      this.sendText(message("error", null, { type: "error", error }));
    }
    for (const { response } of this.#streams) response.end();
  }

  /** Opens a stream, and returns null; an answer when it is refused. */
  open(query: URLSearchParams, lastEventId: string | undefined, response: ServerResponse): Answer | null {
    const from = lastEventId ?? query.get("from");
    const timestamp = query.get("from_timestamp");
    const after = from === null ? this.#before(timestamp) : numberOf(from);
    if (after === null || after > this.#last) return refusal(400, "Bad Request", "Invalid cursor", "invalid_cursor");
    if (from !== null && after < this.#forgotten)
      return refusal(410, "Gone", "The cursor has expired", "cursor_expired");
    if (this.#streams.size >= (this.#options.mostStreams ?? 4)) {
      response.setHeader("Retry-After", RETRY_AFTER_SECONDS);
      return refusal(429, "Too Many Requests", "Too many connections", "too_many_requests");
    }
    const types = query.getAll("event_type");
    this.#stream({ response, types: types.length === 0 ? null : new Set(types) }, after);
    return null;
  }

  #stream(stream: Stream, after: number): void {
    const { closeAfterMs, heartbeatAtEnd = true } = this.#options;
    const { response } = stream;
    this.#streams.add(stream);
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
    response.write(`:connected\n\nretry: ${RECONNECT_MS}\n\n`);
    for (const { event, number } of this.#kept) if (number > after) this.#send(stream, number, event);
    if (heartbeatAtEnd) this.#sendHeartbeat(response);
    const timer = closeAfterMs === undefined ? null : setTimeout(() => response.end(), closeAfterMs).unref();
    response.on("close", () => {
      this.#streams.delete(stream);
      if (timer !== null) clearTimeout(timer);
    });
  }

  /** The number before the first event at or after a time; without a time, that of the last event. Null: no such time. */
  #before(timestamp: string | null): number | null {
    if (timestamp === null) return this.#last;
    if (Number.isNaN(Date.parse(timestamp))) return null;
    const first = this.#kept.find(({ event }) => Date.parse(event.time) >= Date.parse(timestamp));
    return first === undefined ? this.#last : first.number - 1;
  }

  #send({ response, types }: Stream, number: number, { object, time, type }: DemoEvent): void {
    if (types?.has(type) === false) return;
    const event = { id: `evt_${number}`, type, time, source: "urn:auth0:demo", specversion: "1.0", data: { object } };
    response.write(message(type, number, { type, offset: offsetOf(number), event }));
  }

  #sendHeartbeat(response: ServerResponse): void {
    response.write(message("offset-only", this.#last, { type: "offset-only", offset: offsetOf(this.#last) }));
  }
}

function message(event: string, number: number | null, data: JsonObject): string {
  return `event: ${event}\n${number === null ? "" : `id: ${offsetOf(number)}\n`}data: ${JSON.stringify(data)}\n\n`;
}

function offsetOf(number: number): string {
  return Buffer.from(`event ${number}`).toString("base64url");
}

/** Null for text that is no offset. */
function numberOf(offset: string): number | null {
  const number = /^event (\d{1,15})$/.exec(Buffer.from(offset, "base64url").toString())?.[1];
  return number === undefined ? null : Number(number);
}
