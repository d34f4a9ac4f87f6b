export type RunStatus = "complete" | "partial" | "failed";

export type ScopeKind = "all" | "list";

/** A sweep reads every Organization in scope; an update re-reads those that hints name. */
export const RUN_KINDS = ["sweep", "update"] as const;

export type RunKind = (typeof RUN_KINDS)[number];

/**
 * Why a whole run could not audit. `interrupted`: a step was killed each time that it was started. `superseded`: another
 * run took over and is recorded instead.
 */
const RUN_ERROR_CODES = [
  "token_unavailable",
  "token_expired",
  "token_refused",
  "insufficient_scope",
  "organizations_unreadable",
  "evidence_unreadable",
  "too_many_organizations",
  "interrupted",
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
  /** The size of the bucket in requests, from the last answer that has it; null when none has. */
  readonly limit: number | null;
  /** The lowest `X-RateLimit-Remaining` of all answers. */
  readonly lowestRemaining: number | null;
  readonly durationMs: number;
}
