import * as v from "valibot";
import { enabledConnectionSchema } from "../domain/enabled-connection.ts";
import type { OrganizationId } from "../domain/identifiers.ts";
import type { Json } from "../domain/json.ts";
import type { EnabledConnection, Organization } from "../domain/organization.ts";

/**
 * The answers of the Auth0 Management API, parsed. Names and shapes are those of its reference
 * (https://auth0.com/docs/api/management/v2/organizations). Everything but an ID is optional there; what is present must
 * have its type. Properties that Auth0 adds later are kept.
 */

/** A list of enabled connections, with what the answer says of its place in the whole; null where it says nothing. */
export interface ConnectionsPage {
  readonly enabledConnections: readonly EnabledConnection[];
  readonly position: { readonly start: number | null; readonly limit: number; readonly total: number } | null;
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Both shapes of `GET /api/v2/organizations/{id}/enabled_connections`: with totals, and the bare list. */
export const connectionsPageSchema = v.union([
  v.pipe(
    v.array(enabledConnectionSchema),
    v.transform((enabledConnections): ConnectionsPage => ({ enabledConnections, position: null })),
  ),
  v.pipe(
    v.object({
      start: v.optional(count),
      limit: v.optional(count),
      total: v.optional(count),
      enabled_connections: v.array(enabledConnectionSchema),
    }),
    v.transform(
      ({ enabled_connections: enabledConnections, start = null, limit, total }): ConnectionsPage => ({
        enabledConnections,
        position: limit === undefined || total === undefined ? null : { start, limit, total },
      }),
    ),
  ),
]);

/** An Organization; its names are optional in the reference. */
export const organizationSchema = v.pipe(
  v.object({
    id: v.pipe(v.string(), v.minLength(1), v.maxLength(50)),
    name: v.optional(v.nullable(v.string()), null),
    display_name: v.optional(v.nullable(v.string()), null),
  }),
  v.transform(
    ({ id, name, display_name: displayName }): Organization => ({
      organizationId: id as OrganizationId,
      name,
      displayName,
    }),
  ),
);

/** A list of Organizations; `rest` is what the answer says of those that it leaves out: null where it says nothing. */
export interface OrganizationsAnswer {
  readonly organizations: readonly Organization[];
  readonly next: string | null;
  readonly rest: number | null;
}

/** Both shapes of `GET /api/v2/organizations`: a checkpoint page, and the bare list. */
export const organizationsPageSchema = v.union([
  v.pipe(
    v.array(organizationSchema),
    v.transform((organizations): OrganizationsAnswer => ({ organizations, next: null, rest: null })),
  ),
  v.pipe(
    v.object({
      start: v.optional(count),
      total: v.optional(count),
      organizations: v.array(organizationSchema),
      next: v.optional(v.nullable(v.string()), null),
    }),
    v.transform(({ organizations, next, start, total }): OrganizationsAnswer => {
      // A checkpoint page tells no place; only an offset page that stops short of its total is cut off.
      const rest = total === undefined || start === undefined ? 0 : Math.max(0, total - start - organizations.length);
      return { organizations, next: next === "" ? null : next, rest };
    }),
  ),
]);

/** `{ statusCode, error, message, errorCode? }`, as far as it is used; the wording is never relied on. */
export const errorBodySchema = v.object({
  statusCode: v.optional(v.number()),
  errorCode: v.optional(v.string()),
  message: v.optional(v.string()),
});

/** A parsed value, or the JSON path of what is not as promised. */
export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly path: string; readonly message: string };

/** Holds an answer against a schema. */
export function parseAnswer<Schema extends v.GenericSchema>(
  schema: Schema,
  answer: Json,
): Parsed<v.InferOutput<Schema>> {
  const { issues, output, success } = v.safeParse(schema, answer);
  if (success) return { ok: true, value: output };
  const issue = deepest(issues[0]);
  // What was received is left out: it is the tenant's, of any length, and may be a secret.
  return { ok: false, path: jsonPath(issue.path), message: issue.message.replace(/ but received .*$/s, "") };
}

type Issue = Pick<v.BaseIssue<unknown>, "message" | "path" | "issues">;

/** A union's own issue says only that nothing fits; the shape that the answer came nearest to says where. */
function deepest(issue: Issue): Issue {
  const nested = (issue.issues ?? []).map(deepest);
  return [issue, ...nested].reduce((best, one) => ((one.path?.length ?? 0) > (best.path?.length ?? 0) ? one : best));
}

function jsonPath(path: Issue["path"]): string {
  return (path ?? []).reduce((text, { key }) => text + (typeof key === "number" ? `[${key}]` : `.${String(key)}`), "$");
}
