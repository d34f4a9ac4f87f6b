/** Names that the functions and the stack share, so that they cannot drift apart. Imports nothing. */

export const PRODUCT = "auth0-organization-auditor";

/** Environment variables of the scheduled function. */
export const ENVIRONMENT = {
  /** The tenant's domain, `acme.eu.auth0.com`. */
  domain: "AUTH0_DOMAIN",
  /** `all`, or the path of a file in the function's bundle with one Organization ID a line (`@organizations.txt`). */
  organizations: "AUTH0_ORGANIZATIONS",
  /** The secret that holds the Management API token: a bare token or `{ "token": "..." }`. */
  tokenSecretArn: "AUTH0_TOKEN_SECRET_ARN",
  evidenceBucket: "EVIDENCE_BUCKET",
  /** The path of the owner's policy in the function's bundle; absent: the built-in rules judge. */
  policyFile: "POLICY_FILE",
  /** The share of the rate limit that is left to others: a number in the bounds of `RESERVE`. */
  reserve: "RATE_LIMIT_RESERVE",
  /** Milliseconds between two scheduled runs; a run that takes longer warns. */
  scheduleIntervalMs: "SCHEDULE_INTERVAL_MS",
  /** What is kept of the tenant's logs: one of `ATTRIBUTIONS`. */
  attribution: "ATTRIBUTION",
  /** The secret with the key of the pseudonyms; absent without pseudonyms. */
  pseudonymKeySecretArn: "PSEUDONYM_KEY_SECRET_ARN",
  /** `on`: updates run between the sweeps, so a sweep may find one at work. */
  updates: "UPDATES",
  eventBusName: "EVENT_BUS_NAME",
  /** An asymmetric KMS key (ECC_NIST_P256, SIGN_VERIFY) that signs manifests; absent: they are not signed. */
  manifestSigningKeyArn: "MANIFEST_SIGNING_KEY_ARN",
} as const;

/** Environment variables of the rotation function. */
export const ROTATION_ENVIRONMENT = {
  domain: ENVIRONMENT.domain,
  /** The secret that holds the application's credentials: `{ "client_id", "client_secret" (, "audience") }`. */
  credentialsSecretArn: "AUTH0_CREDENTIALS_SECRET_ARN",
  /** The scopes that the token must have, separated by a space. */
  requiredScopes: "AUTH0_REQUIRED_SCOPES",
} as const;

/** What is kept of the tenant's logs: who made an operation, a pseudonym of who, or nothing. */
export const ATTRIBUTIONS = ["full", "pseudonyms", "off"] as const;

/** The share of the rate limit that is left to others. */
export const RESERVE = { default: 0.25, lowest: 0, highest: 0.9 } as const;

/** The value of the token's secret until the first rotation. */
export const TOKEN_BEFORE_FIRST_ROTATION = '{"token":""}';

/** Object key prefixes of the evidence store. Evidence is create-only; reports and state may be replaced. */
export const KEY_PREFIX = {
  snapshots: "v1/snapshots/",
  changes: "v1/changes/",
  findings: "v1/findings/",
  operations: "v1/operations/",
  policies: "v1/policies/",
  manifests: "v1/manifests/",
  signatures: "v1/signatures/",
  reports: "v1/reports/",
  state: "v1/state/",
} as const;

/** Scopes of the Management API token. `read:organizations` is needed to discover the Organizations. */
export const SCOPE = {
  connections: "read:organization_connections",
  organizations: "read:organizations",
  /** Optional: who made a change, and what came and went. */
  logs: "read:logs",
  /** Optional: which Organizations something happened to, without delay. */
  events: "read:events",
} as const;

/**
 * CloudWatch metrics, in the namespace that bears the product's name, with the dimension `tenant`. Runs, coverage, open
 * findings, duration and age are those of sweeps; changes, new findings, failed runs and requests are those of updates, too.
 */
export const METRIC_NAMESPACE = "Auth0OrganizationAuditor";
export const METRIC_DIMENSION = "tenant";
export const METRIC = {
  completedRuns: "CompletedRuns",
  partialRuns: "PartialRuns",
  failedRuns: "FailedRuns",
  skipped: "StoodBackRuns",
  /** Updates that ended well: recorded, with nothing to record, or left to another run in progress. */
  updates: "Updates",
  organizationsObserved: "OrganizationsObserved",
  organizationsFailed: "OrganizationsFailed",
  changesHigh: "ChangesHigh",
  changesMedium: "ChangesMedium",
  changesLow: "ChangesLow",
  changesInfo: "ChangesInfo",
  /** Open findings of the run, by severity. */
  findingsOpenHigh: "FindingsOpenHigh",
  findingsOpenMedium: "FindingsOpenMedium",
  findingsOpenLow: "FindingsOpenLow",
  /** Open findings that the run is the first to have. */
  findingsNew: "FindingsNew",
  findingsWaived: "FindingsWaived",
  /** Operations whose effect was undone before the run, and changes whose author is certain or likely. */
  operationsUndone: "OperationsUndone",
  changesAttributed: "ChangesAttributed",
  /** Changes that a sweep found and no hint named: how far hints can be trusted. Only where updates are in use. */
  changesMissedByHints: "ChangesMissedByHints",
  requests: "Requests",
  rateLimited: "RateLimitedAnswers",
  duration: "Duration",
  /** Seconds since the last complete run, told at the end of every run. */
  lastCompleteAge: "LastCompleteRunAge",
} as const;

/**
 * How Node.js runs the audit: by default V8's young generation grows with the machine's memory, not with what is needed,
 * and a function of 256 MB would spend its time collecting it.
 */
export const NODE_OPTIONS = "--max-semi-space-size=8";

/**
 * How many arenas the C library keeps memory in (mallopt(3)). With the default, eight for each processor, compressing and
 * hashing on Node.js's threads leaves some 10 MB more unused in them.
 */
export const MALLOC_ARENA_MAX = "2";

/** The alias that the schedule invokes: a durable function is invoked through a version or an alias. */
export const LIVE_ALIAS = "live";

/** What EventBridge Scheduler hands to the function. `scheduledTime` is the schedule's own time, ISO 8601. */
export interface ScheduledAuditEvent {
  readonly scheduledTime?: string;
  /** True: an update, which re-reads the Organizations that hints name. Default: a sweep. */
  readonly update?: boolean;
}

/** EventBridge events of a run. */
export const EVENT_SOURCE = "auth0-organization-auditor";
export const EVENT_DETAIL_TYPE = {
  complete: "Organization Connections Audit Completed",
  partial: "Organization Connections Audit Partial",
  failed: "Organization Connections Audit Failed",
} as const;
