declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** An Organization's ID: `org_` and 16 characters, at most 50 (Auth0 Management API, path parameter `id`). */
export type OrganizationId = Branded<string, "OrganizationId">;

/** A connection's ID: `con_` and 16 characters. */
export type ConnectionId = Branded<string, "ConnectionId">;

/** The tenant's domain: host in lower case, optionally `:port`. */
export type Domain = Branded<string, "Domain">;

/** The tenant as object keys name it: its domain with a port's colon written `_`. */
export type Tenant = Branded<string, "Tenant">;

/** A run's ID: its scheduled time (else its start) as `YYYYMMDDTHHMMSSZ`. */
export type RunId = Branded<string, "RunId">;

/** UTC, ISO 8601 with milliseconds and `Z`: `2026-03-03T06:00:00.000Z`. Sorts as text. */
export type Timestamp = Branded<string, "Timestamp">;

/** The key of an object in the evidence store; only `A-Za-z0-9=._/-`. */
export type ObjectKey = Branded<string, "ObjectKey">;

/** SHA-256 in lower-case hex, 64 characters. */
export type Sha256 = Branded<string, "Sha256">;
