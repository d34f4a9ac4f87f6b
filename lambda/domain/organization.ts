import type { ConnectionId, OrganizationId } from "./identifiers.ts";
import type { JsonObject } from "./json.ts";

/** An Organization as the tenant's list names it. Names are null when they are unknown, as in a given list of IDs. */
export interface Organization {
  readonly organizationId: OrganizationId;
  readonly name: string | null;
  readonly displayName: string | null;
}

/**
 * A connection that an Organization has enabled. The flags are the effective ones: Auth0's defaults replace what the
 * answer left out (`false`, `true`, `false`). `wire` is the answer itself, which is what evidence stores.
 */
export interface EnabledConnection {
  readonly connectionId: ConnectionId;
  readonly assignMembershipOnLogin: boolean;
  readonly showAsButton: boolean;
  readonly isSignupEnabled: boolean;
  readonly name: string | null;
  readonly strategy: string | null;
  readonly wire: JsonObject;
}

export const FAILURE_CODES = [
  "organization_not_found",
  "invalid_request",
  "forbidden",
  "rate_limited",
  "unavailable",
  "network",
  "timeout",
  "malformed_response",
] as const;

export type FailureCode = (typeof FAILURE_CODES)[number];

/** Why one Organization could not be read. It is a value: the run goes on. */
export interface Failure {
  readonly code: FailureCode;
  /** The status of the last answer; null without an answer. */
  readonly httpStatus: number | null;
  /** What went wrong, in words; never contains a token or a response header. */
  readonly message: string;
  /** Requests that were made for it, at least 1. */
  readonly attempts: number;
}
