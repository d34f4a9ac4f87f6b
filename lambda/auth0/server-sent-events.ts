/**
 * A message of a stream of server-sent events
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream).
 */
export interface ServerSentEvent {
  /** `message` when the stream does not name it. */
  readonly event: string;
  /** Null when this message has none. */
  readonly id: string | null;
  /** Its data lines, joined with line feeds; null when they are longer than the bound. */
  readonly data: string | null;
}

export interface ServerSentEventsOptions {
  /** The longest line, and the longest data of a message, in characters. */
  readonly mostCharacters: number;
  readonly onEvent: (event: ServerSentEvent) => void;
  /** How long the server asks to wait before the next connection, in milliseconds. */
  readonly onRetry: (milliseconds: number) => void;
}

/**
 * Parses a stream of server-sent events from text that is cut anywhere. Comments are ignored, and so are messages without
 * data and the message that the stream does not finish. Memory holds one message, within the bound.
 */
export class ServerSentEventsParser {
  readonly #options: ServerSentEventsOptions;
  #isAfterReturn = false;
  #line = "";
  #lineCharacters = 0;
  #event = "";
  #id: string | null = null;
  #data: string[] = [];
  #dataCharacters = 0;

  constructor(options: ServerSentEventsOptions) {
    this.#options = options;
  }

  feed(text: string): void {
    if (text === "") return;
    // The line feed of a CRLF that was cut in two ends no other line.
    const rest = this.#isAfterReturn && text.startsWith("\n") ? text.slice(1) : text;
    this.#isAfterReturn = text.endsWith("\r");
    const [first = "", ...others] = rest.split(/\r\n|\n|\r/);
    this.#add(first);
    for (const part of others) {
      this.#endLine();
      this.#add(part);
    }
  }

  #add(part: string): void {
    this.#lineCharacters += part.length;
    this.#line = this.#lineCharacters > this.#options.mostCharacters ? "" : this.#line + part;
  }

  #endLine(): void {
    const [line, characters] = [this.#line, this.#lineCharacters];
    [this.#line, this.#lineCharacters] = ["", 0];
    if (characters === 0) return this.#endMessage();
    // What the line was is unknown, and it may have been data.
    if (characters > this.#options.mostCharacters) this.#dataCharacters = Number.POSITIVE_INFINITY;
    const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === "event") this.#event = value;
    if (field === "id" && !value.includes("\0")) this.#id = value;
    if (field === "retry" && /^\d{1,9}$/.test(value)) this.#options.onRetry(Number(value));
    if (field !== "data") return;
    this.#dataCharacters += value.length + 1;
    if (this.#isTooLong) this.#data = [];
    else this.#data.push(value);
  }

  get #isTooLong(): boolean {
    return this.#dataCharacters - 1 > this.#options.mostCharacters;
  }

  #endMessage(): void {
    const { onEvent } = this.#options;
    const message = { event: this.#event || "message", id: this.#id };
    const data = this.#isTooLong ? null : this.#data.join("\n");
    const isEmpty = this.#dataCharacters === 0;
    [this.#event, this.#id, this.#data, this.#dataCharacters] = ["", null, [], 0];
    if (!isEmpty) onEvent({ ...message, data });
  }
}
