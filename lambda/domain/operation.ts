import type { Change } from "./change.ts";
import type { ConnectionId, OrganizationId, RunId, Timestamp } from "./identifiers.ts";
import type { Json } from "./json.ts";

/**
 * What an operation led to. `change`: it explains a change of the run. `undone`: what it did was no longer there when the
 * Organization was read. `none`: it failed, or set what was there. `unknown`: the Organization was not read after it, or
 * the log does not say what it did.
 */
export const OPERATION_EFFECTS = ["change", "undone", "none", "unknown"] as const;

export type OperationEffect = (typeof OPERATION_EFFECTS)[number];

export const ACTOR_KINDS = ["user", "application", "organization_member", "unknown"] as const;

export type ActorKind = (typeof ACTOR_KINDS)[number];

/** Who made an operation, as far as the log names them. */
export interface Actor {
  readonly kind: ActorKind;
  readonly id: string | null;
  readonly name: string | null;
  readonly email: string | null;
}

/** The keys of a request's body that are kept, in their order. Everything else of a log entry is dropped. */
export const REQUESTED_KEYS = [
  "assign_membership_on_login",
  "show_as_button",
  "is_signup_enabled",
  "is_enabled",
  "organization_access_level",
  "name",
  "display_name",
  "enabled_connections",
] as const;

export type RequestedKey = (typeof REQUESTED_KEYS)[number];

/** What a request asked for: only the keys that its body had. */
export type Requested = { readonly [Key in RequestedKey]?: Json };

/** Something that came and went between two observations. */
export interface Undone {
  /** The operation that undid it; null: the logs have none. */
  readonly undoneBy: string | null;
  /** What it briefly was, with its severity; `between` is from the operation to its end, or to the observation without it. */
  readonly change: Change;
}

/** One request to the tenant's Management API that can change who can sign in, as the tenant's logs have it. */
export interface Operation {
  readonly runId: RunId;
  readonly logId: string;
  readonly at: Timestamp;
  /** Auth0's log event type, `sapi`, `fapi`, `my_organization_api_...`. */
  readonly type: string;
  /** In upper case. */
  readonly method: string;
  readonly path: string;
  readonly organizationId: OrganizationId | null;
  readonly connectionId: ConnectionId | null;
  readonly statusCode: number | null;
  readonly requested: Requested;
  readonly actor: Actor;
  readonly clientId: string | null;
  readonly clientName: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly channel: string | null;
  readonly effect: OperationEffect;
  /** For the effect `undone`, what it did and what was gone again; else empty. */
  readonly undone: readonly Undone[];
}
