import type { FailureCode } from "../domain/organization.ts";
import { connectionProblem } from "./connection-error.ts";
import { type RateLimit, readRateLimit } from "./rate-limit/headers.ts";

const LONGEST_BODY_BYTES = 10 * 1024 * 1024;

export interface HttpOptions {
  /** How HTTP is done: the built-in `fetch`, or a test's. */
  readonly fetch: typeof globalThis.fetch;
  /** For one request, its body included. */
  readonly timeoutMs: number;
  /** Ends it at once. */
  readonly signal: AbortSignal;
}

/** What came of one HTTP request. */
export type HttpOutcome =
  | { readonly kind: "answer"; readonly status: number; readonly body: Uint8Array }
  | { readonly kind: "broken"; readonly code: FailureCode; readonly status: number | null; readonly message: string };

/**
 * Sends one GET. `onHead` is called as soon as the status and the headers are there. The body of a 200 is whole or the
 * outcome is broken; the body of any other status is as much as came. Throws the signal's reason, and nothing else: what `fetch` throws may hold
 * what was sent.
 */
export async function httpGet(
  url: string,
  headers: Headers,
  { fetch, signal, timeoutMs }: HttpOptions,
  onHead: (status: number, rateLimit: RateLimit) => void,
): Promise<HttpOutcome> {
  signal.throwIfAborted();
  const attempt = new AbortController();
  let isTimedOut = false;
  const timer = setTimeout(() => {
    isTimedOut = true;
    attempt.abort();
  }, timeoutMs);
  const stop = () => attempt.abort();
  signal.addEventListener("abort", stop, { once: true });
  let status: number | null = null;
  try {
    // Redirects are not followed: the token must not go to another host.
    const response = await fetch(url, { headers, redirect: "manual", signal: attempt.signal });
    status = response.status;
    onHead(
      status,
      readRateLimit((name) => response.headers.get(name)),
    );
    const { body, problem } = await readBody(response);
    if (status !== 200) return { kind: "answer", status, body };
    if (problem === "long")
      return { kind: "broken", code: "malformed_response", status, message: "$: the answer is longer than 10 MB." };
    if (problem === null) return { kind: "answer", status, body };
    throw problem.error;
  } catch (error) {
    signal.throwIfAborted();
    if (isTimedOut)
      return { kind: "broken", code: "timeout", status, message: `No whole answer within ${timeoutMs / 1000} s.` };
    return {
      kind: "broken",
      code: "network",
      status,
      message: `The connection failed: ${connectionProblem(error).text}.`,
    };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

interface ReadBody {
  readonly body: Uint8Array;
  readonly problem: null | "long" | { readonly error: unknown };
}

/** Reads a body of up to 10 MB; `problem` says why it is not whole. */
export async function readBody(response: Response): Promise<ReadBody> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      // Leaving the loop cancels the rest.
      if (bytes > LONGEST_BODY_BYTES) return { body: Buffer.concat(chunks), problem: "long" };
      chunks.push(chunk);
    }
  } catch (error) {
    return { body: Buffer.concat(chunks), problem: { error } };
  }
  return { body: Buffer.concat(chunks), problem: null };
}
