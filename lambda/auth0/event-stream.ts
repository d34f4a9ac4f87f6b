import { connectionProblem } from "./connection-error.ts";
import { readBody } from "./http.ts";
import { type RateLimit, readRateLimit } from "./rate-limit/headers.ts";

export interface EventStreamOptions {
  readonly fetch: typeof globalThis.fetch;
  /** Ends everything: the call rejects with its reason. */
  readonly signal: AbortSignal;
  /** Ends this stream alone, as if the server had closed it. */
  readonly stop: AbortSignal;
  /** The stream is open: its first bytes may come. */
  readonly onOpen: (rateLimit: RateLimit) => void;
  /** Text of the stream, cut anywhere. */
  readonly onText: (text: string) => void;
}

/** How a stream ended. `refused`: it was answered another status than 200. `closed`: by the server, or by `stop`. */
export type StreamEnd =
  | { readonly kind: "closed" }
  | { readonly kind: "broken"; readonly message: string }
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly body: Uint8Array;
      readonly rateLimit: RateLimit;
    };

/**
 * Opens a stream of server-sent events and reads it to its end. It has no time limit of its own: that is `stop`. Throws the
 * signal's reason, and nothing else: what `fetch` throws may hold what was sent.
 */
export async function readEventStream(
  url: string,
  headers: Headers,
  { fetch, onOpen, onText, signal, stop }: EventStreamOptions,
): Promise<StreamEnd> {
  signal.throwIfAborted();
  const end = new AbortController();
  let isOwnError = false;
  const handle = (text: string) => {
    try {
      onText(text);
    } catch (error) {
      isOwnError = true;
      throw error;
    }
  };
  try {
    // Redirects are not followed: the token must not go to another host.
    const response = await fetch(url, {
      headers,
      redirect: "manual",
      signal: AbortSignal.any([signal, stop, end.signal]),
    });
    const rateLimit = readRateLimit((name) => response.headers.get(name));
    const { status } = response;
    if (status !== 200) return { kind: "refused", status, body: (await readBody(response)).body, rateLimit };
    if (!/^text\/event-stream\b/i.test(response.headers.get("content-type") ?? ""))
      return { kind: "broken", message: "The answer is not a stream of events." };
    onOpen(rateLimit);
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) handle(decoder.decode(chunk, { stream: true }));
    return { kind: "closed" };
  } catch (error) {
    if (isOwnError) throw error;
    signal.throwIfAborted();
    if (stop.aborted) return { kind: "closed" };
    return { kind: "broken", message: `The connection failed: ${connectionProblem(error).text}.` };
  } finally {
    // An answer that was not read to its end would keep its connection.
    end.abort();
  }
}
