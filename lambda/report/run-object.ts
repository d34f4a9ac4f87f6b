import type { RunEntry } from "../evidence/query/run-entries.ts";
import { bucketUsed } from "./text/usage.ts";

/** A run as one flat object: the columns of the CSV, and the keys of the JSON. */
export function runObject({ gap, manifest, sha256 }: RunEntry) {
  const {
    completedAt,
    error,
    key,
    kind,
    runId,
    scheduledAt,
    scheduledTimeGiven,
    scope,
    startedAt,
    status,
    summary,
    tenant,
    usage,
  } = manifest;
  const { deleted, failed, observed, requested } = summary.organizations;
  return {
    tenant,
    run_id: runId,
    kind,
    scope,
    status,
    error_code: error?.code ?? null,
    scheduled_at: scheduledAt,
    scheduled_time_given: scheduledTimeGiven,
    started_at: startedAt,
    completed_at: completedAt,
    organizations_requested: requested,
    organizations_observed: observed,
    organizations_unread: failed,
    organizations_deleted: deleted,
    coverage: requested === 0 ? null : observed / requested,
    changes_high: summary.severity.high,
    changes_medium: summary.severity.medium,
    changes_low: summary.severity.low,
    changes_info: summary.severity.info,
    gap_from: gap?.from ?? null,
    gap_until: gap?.until ?? null,
    requests: usage.requests,
    rate_limited: usage.rateLimited,
    retries: usage.retries,
    share_of_limit: bucketUsed(usage),
    duration_ms: usage.durationMs,
    manifest: key,
    manifest_sha256: sha256,
  };
}
