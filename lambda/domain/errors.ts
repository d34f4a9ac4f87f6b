import type { RunErrorCode } from "./run.ts";

/** The whole run cannot audit: a refused token, a missing scope, a list that cannot be read. It is recorded as `failed`. */
export class RunFailure extends Error {
  override readonly name = "RunFailure";
  readonly code: RunErrorCode;
  constructor(code: RunErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type EvidenceStoreErrorCode = "unreachable" | "forbidden" | "not_found" | "invalid_location";

/** The evidence store failed. The message names the key or the location, and what to do. */
export class EvidenceStoreError extends Error {
  override readonly name = "EvidenceStoreError";
  readonly code: EvidenceStoreErrorCode;
  constructor(code: EvidenceStoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type EvidenceErrorCode = "altered" | "missing" | "truncated" | "malformed" | "newer_format";

/** Stored evidence differs from its manifest or from the format. */
export class EvidenceError extends Error {
  override readonly name = "EvidenceError";
  readonly code: EvidenceErrorCode;
  constructor(code: EvidenceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** `unreachable`: the service that has the token is away. `unavailable`: it is there, and gives no token. */
export type TokenErrorCode = "unreachable" | "unavailable" | "malformed" | "expired" | "refused";

/** No usable Management API token. The message never holds any part of it. */
export class TokenError extends Error {
  override readonly name = "TokenError";
  readonly code: TokenErrorCode;
  constructor(code: TokenErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type EventBusErrorCode = "unreachable" | "refused";

/** The event bus did not accept a run's event. The message names the bus. */
export class EventBusError extends Error {
  override readonly name = "EventBusError";
  readonly code: EventBusErrorCode;
  constructor(code: EventBusErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Wrong input: an option, a context value, a list of IDs. The message is one line that names what to change. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}
