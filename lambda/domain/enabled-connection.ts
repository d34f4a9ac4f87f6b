import * as v from "valibot";
import type { ConnectionId } from "./identifiers.ts";
import { isObject, type JsonObject } from "./json.ts";
import { compareText } from "./order.ts";
import type { EnabledConnection } from "./organization.ts";

const KNOWN_PROPERTIES = [
  "connection_id",
  "assign_membership_on_login",
  "show_as_button",
  "is_signup_enabled",
  "connection",
] as const;
const KNOWN_CONNECTION_PROPERTIES = ["name", "strategy"] as const;

// `object`, not `looseObject`: in a copy of unknown keys, one named `__proto__` could supply absent ones.
const answeredSchema = v.object({
  connection_id: v.pipe(v.string(), v.minLength(1)),
  assign_membership_on_login: v.optional(v.boolean()),
  show_as_button: v.optional(v.boolean()),
  is_signup_enabled: v.optional(v.boolean()),
  connection: v.optional(v.object({ name: v.optional(v.string()), strategy: v.optional(v.string()) })),
});

/** One enabled connection as Auth0 answers it, and as evidence stores it. */
export const enabledConnectionSchema = v.pipe(
  v.custom<JsonObject>(isObject, "Expected an object"),
  v.rawTransform(({ dataset, addIssue, NEVER }): EnabledConnection => {
    const { issues, output, success } = v.safeParse(answeredSchema, dataset.value);
    if (!success) {
      const [{ message, path }] = issues;
      addIssue({ message, path });
      return NEVER;
    }
    return {
      connectionId: output.connection_id as ConnectionId,
      assignMembershipOnLogin: output.assign_membership_on_login ?? false,
      showAsButton: output.show_as_button ?? true,
      isSignupEnabled: output.is_signup_enabled ?? false,
      name: output.connection?.name ?? null,
      strategy: output.connection?.strategy ?? null,
      wire: inOrder(dataset.value),
    };
  }),
);

/** Throws `ValiError` when `wire` is no enabled connection. */
export function enabledConnection(wire: unknown): EnabledConnection {
  return v.parse(enabledConnectionSchema, wire);
}

/** Known keys first, in the order of the format, then unknown ones by name: Auth0 does not promise an order. */
function inOrder(wire: JsonObject): JsonObject {
  const { connection } = wire;
  const ordered = orderKeys(wire, KNOWN_PROPERTIES);
  if (!isObject(connection)) return ordered;
  return Object.fromEntries(
    Object.entries(ordered).map(([key, value]) => [
      key,
      key === "connection" ? orderKeys(connection, KNOWN_CONNECTION_PROPERTIES) : value,
    ]),
  );
}

function orderKeys(object: JsonObject, known: readonly string[]): JsonObject {
  const rank = (key: string) => {
    const index = known.indexOf(key);
    return index < 0 ? known.length : index;
  };
  // From entries: an assignment to `__proto__` would change the object instead of adding the key.
  return Object.fromEntries(
    Object.entries(object).sort(([left], [right]) => rank(left) - rank(right) || compareText(left, right)),
  );
}

/** Whether a stored connection has properties that this version does not know and therefore does not compare. */
export function hasUnknownProperties({ connection, ...wire }: JsonObject): boolean {
  const isUnknown = (known: readonly string[]) => (key: string) => !known.includes(key);
  return (
    Object.keys(wire).some(isUnknown(KNOWN_PROPERTIES)) ||
    (isObject(connection) && Object.keys(connection).some(isUnknown(KNOWN_CONNECTION_PROPERTIES)))
  );
}
