import * as v from "valibot";
import { enabledConnectionSchema } from "../../domain/enabled-connection.ts";
import type { ConnectionId, ObjectKey, OrganizationId, RunId, Sha256, Timestamp } from "../../domain/identifiers.ts";
import type { Json } from "../../domain/json.ts";
import { REQUESTED_KEYS, type Requested } from "../../domain/operation.ts";
import type { EnabledConnection } from "../../domain/organization.ts";
import { mapped, named, object, omittable, type Shape, scalar } from "./shape.ts";

/** The values that stored objects are made of. */

export const text = scalar(v.string(), "string");
export const flag = scalar(v.boolean(), "boolean");
/** A key that is written only when it is true. */
export const rareFlag: Shape<boolean> = mapped(
  omittable(flag),
  (stored) => stored ?? false,
  (value) => (value ? true : null),
);
export const number = scalar(v.number(), "bigint");
/** A whole number, at least 0. */
export const count = scalar(v.pipe(v.number(), v.integer(), v.minValue(0)), "bigint");
/** Any JSON. Athena reads text, true, false and null as strings. */
export const anyJson = scalar(
  v.custom<Json>(() => true),
  "string",
);

export const timestamp = named<Timestamp>(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
/** A day in UTC, `YYYY-MM-DD`. */
export const day = scalar(v.pipe(v.string(), v.isoDate()), "string");
export const runId = named<RunId>(/^\d{8}T\d{6}Z$/);
export const objectKey = named<ObjectKey>(/^[A-Za-z0-9=._/-]+$/);
export const digest = named<Sha256>(/^[0-9a-f]{64}$/);
export const organizationId = named<OrganizationId>();
export const connectionId = named<ConnectionId>();

/** A connection is stored as Auth0 answered it, with properties that this version does not know. */
export const enabledConnection: Shape<EnabledConnection> = {
  schema: enabledConnectionSchema,
  encode: ({ wire }) => wire,
  column: object({
    connection_id: text,
    assign_membership_on_login: flag,
    show_as_button: flag,
    is_signup_enabled: flag,
    connection: object({ name: text, strategy: text }),
  }).column,
};

const requestedSchema = v.partial(v.object(v.entriesFromList(REQUESTED_KEYS, anyJson.schema)));

/** What a request's body asked for: the listed keys that it had, and no other key. */
export const requested: Shape<Requested> = {
  schema: requestedSchema,
  encode: (value) =>
    Object.fromEntries(REQUESTED_KEYS.flatMap((key) => (value[key] === undefined ? [] : [[key, value[key]]]))),
  column: object({
    assign_membership_on_login: text,
    show_as_button: text,
    is_signup_enabled: text,
    is_enabled: text,
    organization_access_level: text,
    name: text,
    display_name: text,
    enabled_connections: text,
  }).column,
};
