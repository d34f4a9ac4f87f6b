import * as v from "valibot";
import type { ConnectionId, OrganizationId, Timestamp } from "../domain/identifiers.ts";
import { isObject, type Json } from "../domain/json.ts";
import type { Requested } from "../domain/operation.ts";
import { parseOrganizationId } from "../domain/organization-ids.ts";
import { parseInstant, timestamp } from "../domain/time.ts";
import { organizationIdsIn } from "./mentioned-ids.ts";
import { requestedOf } from "./requested.ts";

/**
 * One entry of the tenant's logs, reduced. It holds far more than an audit may keep: bodies, headers, token IDs. What is
 * not listed here does not leave this file, and every text has a bounded length.
 */
export interface LogEntry {
  readonly logId: string;
  readonly at: Timestamp;
  readonly type: string;
  /** In upper case. */
  readonly method: string | null;
  /** Without a query; for `my_organization_api_...`, an asterisk replaces what may be a person's ID. */
  readonly path: string | null;
  readonly statusCode: number | null;
  readonly requested: Requested;
  /** `connection_id` of the request's body. */
  readonly requestedConnectionId: ConnectionId | null;
  /** `enabled_organizations` of the request's body: a self-service ticket names the Organizations that it is for. */
  readonly enabledOrganizations: readonly EnabledOrganization[];
  /** `id` of the answer's body when it is an Organization's ID: the Organization that the request created. */
  readonly createdOrganizationId: OrganizationId | null;
  /** For `my_organization_api_...` alone, whose shape is not published: Organization IDs anywhere in `details`, sorted. */
  readonly mentionedOrganizationIds: readonly OrganizationId[];
  /** Who sent the request, where it was sent for a person. */
  readonly user: { readonly id: string | null; readonly name: string | null; readonly email: string | null };
  readonly clientId: string | null;
  readonly clientName: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly channel: string | null;
}

export interface EnabledOrganization {
  readonly organizationId: OrganizationId;
  readonly requested: Requested;
}

/** The prefix of what an Organization's own administrators do through the My Organization API. */
export const MY_ORGANIZATION_TYPE = "my_organization_api_";

const LONGEST_ID_CHARACTERS = 100;
const LONGEST_TEXT_CHARACTERS = 300;
const MOST_ORGANIZATIONS = 100;

/** A text of bounded length; null when it is absent, empty or of another type. */
const words = (most = LONGEST_TEXT_CHARACTERS) =>
  v.optional(
    v.fallback(
      v.pipe(
        v.nullable(v.string()),
        v.transform((text) => (text === null || text === "" ? null : text.slice(0, most).toWellFormed())),
      ),
      null,
    ),
    null,
  );
const json = v.pipe(
  v.optional(v.unknown(), null),
  v.custom<Json>(() => true),
);
/** An object; an empty one in place of any other value. */
const anyObject = v.pipe(
  v.optional(v.unknown(), null),
  v.transform((value): unknown => (isObject(value) ? value : {})),
);

const userSchema = v.pipe(anyObject, v.object({ user_id: words(), name: words(), email: words() }));
const requestSchema = v.pipe(
  anyObject,
  v.object({
    method: words(20),
    path: words(),
    body: json,
    channel: words(),
    ip: words(LONGEST_ID_CHARACTERS),
    userAgent: words(),
    auth: v.pipe(anyObject, v.object({ user: userSchema })),
  }),
);
const status = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(999));
const responseSchema = v.pipe(
  anyObject,
  v.object({
    statusCode: v.optional(v.fallback(v.nullable(status), null), null),
    body: v.pipe(anyObject, v.object({ id: words() })),
  }),
);
const detailsSchema = v.pipe(anyObject, v.object({ request: requestSchema, response: responseSchema }));

const entrySchema = v.object({
  log_id: v.pipe(v.string(), v.minLength(1), v.maxLength(LONGEST_TEXT_CHARACTERS)),
  date: v.pipe(v.string(), v.transform(parseInstant), v.number()),
  type: v.pipe(
    v.string(),
    v.transform((type) => type.slice(0, LONGEST_ID_CHARACTERS).toWellFormed()),
  ),
  client_id: words(),
  client_name: words(),
  ip: words(LONGEST_ID_CHARACTERS),
  user_agent: words(),
  user_id: words(),
  user_name: words(),
  details: json,
});

/** Null for what has no ID or no date. */
export function logEntry(value: Json): LogEntry | null {
  const { output, success } = v.safeParse(entrySchema, value);
  if (!success) return null;
  const { request, response } = v.parse(detailsSchema, output.details);
  const { auth, body, path } = request;
  const isMyOrganization = output.type.startsWith(MY_ORGANIZATION_TYPE);
  return {
    logId: output.log_id.toWellFormed(),
    at: timestamp(output.date),
    type: output.type,
    method: request.method?.toUpperCase() ?? null,
    path: pathOf(path, isMyOrganization),
    statusCode: response.statusCode,
    requested: requestedOf(body),
    requestedConnectionId: isObject(body) ? idOf(body.connection_id) : null,
    enabledOrganizations: enabledOrganizations(body),
    createdOrganizationId: parseOrganizationId(response.body.id ?? ""),
    mentionedOrganizationIds: isMyOrganization ? organizationIdsIn(output.details) : [],
    user: {
      // Elsewhere, the entry's own user may be the one that the request is about.
      id: auth.user.user_id ?? (isMyOrganization ? output.user_id : null),
      name: auth.user.name ?? (isMyOrganization ? output.user_name : null),
      email: auth.user.email,
    },
    clientId: output.client_id,
    clientName: output.client_name,
    ip: output.ip ?? request.ip,
    userAgent: output.user_agent ?? request.userAgent,
    channel: request.channel,
  };
}

/** Segments of a path that is not published, which cannot be a person's ID or address. */
const PLAIN_SEGMENT = /^[\w-]*$/;

/** A path without its query, which may hold anything, such as a token. */
function pathOf(path: string | null, isMyOrganization: boolean): string | null {
  const withoutQuery = path?.replace(/[?#].*$/s, "") ?? null;
  if (withoutQuery === null || !isMyOrganization) return withoutQuery;
  return withoutQuery
    .split("/")
    .map((segment) => (PLAIN_SEGMENT.test(segment) ? segment : "*"))
    .join("/");
}

/** An ID of bounded length as text. */
function idOf<Id extends string>(value: Json | undefined): Id | null {
  const isId = typeof value === "string" && value !== "" && value.length <= LONGEST_ID_CHARACTERS;
  return isId && value.isWellFormed() ? (value as Id) : null;
}

function enabledOrganizations(body: Json): readonly EnabledOrganization[] {
  const list = isObject(body) ? body.enabled_organizations : null;
  if (!Array.isArray(list)) return [];
  const all: readonly Json[] = list;
  return all.slice(0, MOST_ORGANIZATIONS).flatMap((one) => {
    const organizationId = isObject(one) ? idOf<OrganizationId>(one.organization_id) : null;
    return organizationId === null ? [] : [{ organizationId, requested: requestedOf(one) }];
  });
}
