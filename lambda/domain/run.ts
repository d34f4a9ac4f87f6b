export type RunStatus = "complete" | "partial" | "failed";

export type ScopeKind = "all" | "list";

/** Why a whole run could not audit. `superseded`: another run took the sweep over; that one is recorded, not this. */
export const RUN_ERROR_CODES = [
  "token_unavailable",
  "token_expired",
  "token_refused",
  "insufficient_scope",
  "organizations_unreadable",
  "evidence_unreadable",
  "too_many_organizations",
  "superseded",
] as const;

export type RunErrorCode = (typeof RUN_ERROR_CODES)[number];

export interface RunError {
  readonly code: RunErrorCode;
  readonly message: string;
}

/** What the audit cost the tenant. */
export interface Usage {
  readonly requests: number;
  /** Answers with status 429. */
  readonly rateLimited: number;
  readonly retries: number;
  /** The bucket's size as the last answer told it, in requests; null when none did. */
  readonly limit: number | null;
  /** The lowest `X-RateLimit-Remaining` that was seen. */
  readonly lowestRemaining: number | null;
  readonly durationMs: number;
}
