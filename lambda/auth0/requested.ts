import { isObject, type Json } from "../domain/json.ts";
import { REQUESTED_KEYS, type Requested, type RequestedKey } from "../domain/operation.ts";

const LONGEST_TEXT_CHARACTERS = 300;
const LONGEST_ID_CHARACTERS = 100;
const MOST_CONNECTIONS = 100;

/** The settings of one Organization's connection. */
const CONNECTION_KEYS = ["assign_membership_on_login", "show_as_button", "is_signup_enabled"] as const;

const flag = (value: Json) => (typeof value === "boolean" ? value : undefined);
const text = (value: Json) =>
  value === null ? null : typeof value === "string" ? bounded(value, LONGEST_TEXT_CHARACTERS) : undefined;

/** What is kept of each key's value; undefined: nothing, it is not of the type that the API takes. */
const KEPT: Readonly<Record<RequestedKey, (value: Json) => Json | undefined>> = {
  assign_membership_on_login: flag,
  show_as_button: flag,
  is_signup_enabled: flag,
  is_enabled: flag,
  organization_access_level: text,
  name: text,
  display_name: text,
  enabled_connections: connections,
};

/** Reduces the body of a request to the keys that an operation keeps. */
export function requestedOf(body: Json): Requested {
  return keptOf(body, REQUESTED_KEYS);
}

function keptOf(body: Json, keys: readonly RequestedKey[]): Requested {
  if (!isObject(body)) return {};
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = Object.hasOwn(body, key) ? KEPT[key](body[key] ?? null) : undefined;
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

function connections(value: Json): Json | undefined {
  if (!Array.isArray(value)) return undefined;
  const list: readonly Json[] = value;
  return list.slice(0, MOST_CONNECTIONS).flatMap((one) => {
    if (!isObject(one) || typeof one.connection_id !== "string") return [];
    return [{ connection_id: bounded(one.connection_id, LONGEST_ID_CHARACTERS), ...keptOf(one, CONNECTION_KEYS) }];
  });
}

function bounded(value: string, most: number): string {
  return value.slice(0, most).toWellFormed();
}
