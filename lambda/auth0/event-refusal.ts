import { AttemptError, jsonOf } from "./attempt.ts";
import type { EventsReading } from "./port.ts";

/** Why a reading of events came to nothing. */
export type EventsProblem = Pick<Extract<EventsReading, { ok: false }>, "reason" | "message">;

/**
 * What another answer than a stream means. `lost`: Auth0 does not continue at that place. `token`: the token was refused.
 * `passing`: another attempt may help. `final`: none helps.
 */
export type EventsRefusal =
  | { readonly kind: "lost" | "token"; readonly message: string }
  | { readonly kind: "passing" | "final"; readonly problem: EventsProblem };

/** What is lost when Auth0 ends a stream with one of these codes. */
const LOSSES: ReadonlyMap<string, string> = new Map([
  ["cursor_expired", "Auth0 no longer keeps the events that follow the last one that was read."],
  ["invalid_cursor", "Auth0 does not accept the place in its events where the last reading ended."],
  ["payload_too_large", "An event is too large for Auth0 to send it."],
]);

/** What is lost when a stream ends with `event: error` and this code; null when the stream can go on where it ended. */
export function lossOf(code: string): string | null {
  return LOSSES.get(code) ?? null;
}

/** `isContinued`: the request named a place where to start, so 400 and 410 can be about that place. */
export function refusalOf(
  status: number,
  body: Uint8Array,
  isContinued: boolean,
  hide: (text: string) => string,
): EventsRefusal {
  const { errorCode, message, remedy } = errorOf(status, body, hide);
  const lost = status === 410 ? lossOf("cursor_expired") : status === 400 ? lossOf("invalid_cursor") : null;
  if (lost !== null && isContinued) return { kind: "lost", message: lost };
  if (remedy === "token") return { kind: "token", message };
  if (remedy === "rate_limit") return { kind: "passing", problem: { reason: "rate_limited", message } };
  if (remedy === "backoff") return { kind: "passing", problem: { reason: "unavailable", message } };
  const reason = errorCode === "insufficient_scope" ? "not_granted" : "rejected";
  return { kind: "final", problem: { reason, message } };
}

function errorOf(status: number, body: Uint8Array, hide: (text: string) => string): AttemptError {
  try {
    jsonOf({ kind: "answer", status, body }, hide);
  } catch (error) {
    if (error instanceof AttemptError) return error;
    throw error;
  }
  throw new RangeError("Status 200 is no refusal.");
}
