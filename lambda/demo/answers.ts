import type { ServerResponse } from "node:http";
import * as v from "valibot";
import type { DemoOrganization, DemoOrganizations } from "./organizations.ts";

/** The limit of offset paging (Auth0 documentation, "Get organizations"). */
const OFFSET_PAGING_REACH = 1000;
const LONGEST_ID_CHARACTERS = 50;

/** A status, and a value to send as JSON. */
export interface Answer {
  readonly status: number;
  readonly json: unknown;
}

export function ok(json: unknown): Answer {
  return { status: 200, json };
}

/** An error in the format of the Management API: `{ statusCode, error, message, errorCode? }`. */
export function refusal(status: number, error: string, message: string, errorCode?: string): Answer {
  return {
    status,
    json: { statusCode: status, error, message, ...(errorCode === undefined ? {} : { errorCode }) },
  };
}

export function send(response: ServerResponse, { status, json }: Answer): void {
  response.writeHead(status, { "Content-Type": "application/json; charset=utf-8" });
  response.end(JSON.stringify(json));
}

const wholeNumber = (least: number, most: number) =>
  v.pipe(v.string(), v.regex(/^\d{1,9}$/), v.transform(Number), v.minValue(least), v.maxValue(most));
const page = v.optional(wholeNumber(0, 999_999_999), "0");
const perPage = v.optional(wholeNumber(1, 100), "50");
const includeTotals = v.optional(v.picklist(["true", "false"]), "false");
const checkpointSchema = v.strictObject({
  take: v.optional(wholeNumber(1, 100), "50"),
  from: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]+$/))),
});
const offsetSchema = v.strictObject({ page, per_page: perPage, include_totals: includeTotals });

function invalidQuery(query: URLSearchParams): Answer {
  return refusal(400, "Bad Request", `Query validation error: '${query}'`, "invalid_query_string");
}

function read<Schema extends v.GenericSchema>(schema: Schema, query: URLSearchParams): v.InferOutput<Schema> | null {
  const { output, success } = v.safeParse(schema, Object.fromEntries(query));
  return success ? output : null;
}

/** `GET /api/v2/organizations`: by checkpoint when the query has `take` or `from`, otherwise by offset. */
export function organizationsAnswer(organizations: DemoOrganizations, query: URLSearchParams): Answer {
  if (query.has("take") || query.has("from")) {
    const asked = read(checkpointSchema, query);
    const from = asked?.from === undefined ? 0 : Number(Buffer.from(asked.from, "base64url").toString());
    if (asked === null || !Number.isSafeInteger(from)) return invalidQuery(query);
    const found = organizations.page(from, asked.take);
    const next = found.next === null ? {} : { next: Buffer.from(String(found.next)).toString("base64url") };
    return ok({ organizations: found.organizations.map(described), ...next });
  }
  const asked = read(offsetSchema, query);
  if (asked === null) return invalidQuery(query);
  const start = asked.page * asked.per_page;
  if (start + asked.per_page > OFFSET_PAGING_REACH)
    return refusal(400, "Bad Request", "You can only page through the first 1000 records.", "invalid_paging");
  const all = organizations.inOrder();
  const found = all.slice(start, start + asked.per_page).map(described);
  if (asked.include_totals === "false") return ok(found);
  return ok({ start, limit: asked.per_page, total: all.length, organizations: found });
}

export interface ConnectionListing {
  /** The most connections on a page, even when more are requested. */
  readonly mostPerPage: number;
  /** Whether lists have totals when they are requested. */
  readonly withTotals: boolean;
}

/** `GET /api/v2/organizations/{id}/enabled_connections`. */
export function connectionsAnswer(
  connections: DemoOrganization["connections"],
  query: URLSearchParams,
  { mostPerPage, withTotals }: ConnectionListing,
): Answer {
  const asked = read(offsetSchema, query);
  if (asked === null) return invalidQuery(query);
  const limit = Math.min(mostPerPage, asked.per_page);
  const start = asked.page * limit;
  const found = connections.slice(start, start + limit);
  if (!withTotals || asked.include_totals === "false") return ok(found);
  return ok({ start, limit, total: connections.length, enabled_connections: found });
}

export function described({ id, name, displayName }: DemoOrganization): unknown {
  return { id, name, display_name: displayName };
}

/** Null for an ID that the API accepts. */
export function invalidId(id: string): Answer | null {
  if (id.length <= LONGEST_ID_CHARACTERS && id !== "") return null;
  return refusal(400, "Bad Request", "Path validation error: 'String is too long'", "invalid_uri");
}
