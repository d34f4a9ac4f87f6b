import * as v from "valibot";
import type { Json } from "../domain/json.ts";
import { readJson } from "./answer-json.ts";
import { parseAnswer } from "./answers.ts";
import type { TenantEvent } from "./port.ts";
import type { ServerSentEvent } from "./server-sent-events.ts";

/** An offset is opaque; a longer one could be in no URL. */
const LONGEST_OFFSET_CHARACTERS = 4_096;

/** What a message of `GET /api/v2/events` says. `unreadable`: an event of a type that was asked for, in no shape that is known. */
export type EventMessage =
  | { readonly kind: "event"; readonly event: TenantEvent; readonly timeMs: number | null }
  | { readonly kind: "heartbeat" | "unreadable" | "other" }
  | { readonly kind: "error"; readonly code: string };

const offsetSchema = v.object({ offset: v.string() });
const eventSchema = v.object({
  event: v.object({
    time: v.optional(v.string()),
    data: v.object({ object: v.custom<Json>((value) => value !== undefined) }),
  }),
});
const errorSchema = v.object({ error: v.object({ code: v.pipe(v.string(), v.regex(/^[a-z_]{1,50}$/)) }) });

/**
 * Reads a message; `types` are the types of events that were asked for, and `hide` removes secrets from strings. The
 * offset is the message's ID, or the one in its data; null when it has none.
 */
export function readEventMessage(
  { data, event: name, id }: ServerSentEvent,
  types: readonly string[],
  hide: (text: string) => string,
): { readonly message: EventMessage; readonly offset: string | null } {
  const read = data === null ? null : readJson(Buffer.from(data), hide);
  const json = read?.kind === "json" ? read.json : null;
  const inData = parseAnswer(offsetSchema, json);
  const offset = id !== null ? hide(id) : inData.ok ? inData.value.offset : "";
  const isOffset = offset !== "" && offset.length <= LONGEST_OFFSET_CHARACTERS && offset.isWellFormed();
  return { message: messageOf(name, json, types), offset: isOffset ? offset : null };
}

function messageOf(name: string, json: Json, types: readonly string[]): EventMessage {
  if (name === "offset-only") return { kind: "heartbeat" };
  if (name === "error") {
    const error = parseAnswer(errorSchema, json);
    return { kind: "error", code: error.ok ? error.value.error.code : "unknown" };
  }
  if (!types.includes(name)) return { kind: "other" };
  const parsed = parseAnswer(eventSchema, json);
  if (!parsed.ok) return { kind: "unreadable" };
  const { data, time = "" } = parsed.value.event;
  const timeMs = Date.parse(time);
  return { kind: "event", event: { type: name, object: data.object }, timeMs: Number.isNaN(timeMs) ? null : timeMs };
}
