import type { Json } from "../domain/json.ts";
import type { EnabledConnection } from "../domain/organization.ts";
import { encodeChange } from "../evidence/format/lines.ts";
import { encodeManifest } from "../evidence/format/manifest.ts";
import type { BrokenLink, HistoryEntry } from "./history.ts";
import type { OpenOrganization, ReportModel, UnreadOrganization } from "./model.ts";
import { fitting } from "./text.ts";
import { bucketUsed, requestsPerMinute, verdict } from "./wording.ts";

/** The version of report.json: `major.minor`, minor for additions. */
const REPORT_VERSION = "1.0";
const INDENT = 2;
/** UTF-8 bytes that each list may take: a report stays under 1 MB. */
const LIST_BYTES = { warnings: 20_000, unread: 280_000, changes: 330_000, strategies: 50_000, open: 200_000 } as const;

/** The report for programs; its schema is docs/report.schema.json. */
export function renderJson(model: ReportModel): string {
  const { manifest, changes, unread, strategies, open, openTotal, history } = model;
  const stored: Record<string, Json> = JSON.parse(encodeManifest(manifest));
  const report = {
    report_version: REPORT_VERSION,
    run_id: stored.run_id,
    tenant: stored.tenant,
    domain: stored.domain,
    status: stored.status,
    verdict: verdict(manifest),
    warnings: first(LIST_BYTES.warnings, manifest.warnings),
    error: stored.error,
    scheduled_at: stored.scheduled_at,
    started_at: stored.started_at,
    completed_at: stored.completed_at,
    scope: stored.scope,
    compared_with: stored.baseline,
    summary: stored.summary,
    unread: first(LIST_BYTES.unread, unread.map(unreadOf)),
    changes: first(
      LIST_BYTES.changes,
      changes.map((change): Json => JSON.parse(encodeChange(change))),
    ),
    sign_in: {
      strategies: first(LIST_BYTES.strategies, strategies),
      open_organizations: first(LIST_BYTES.open, open.map(openOf)),
      open_organizations_total: openTotal,
    },
    cost: {
      ...Object(stored.usage),
      share_of_bucket_used: bucketUsed(manifest.usage),
      requests_per_minute: requestsPerMinute(manifest.usage),
    },
    history: history.runs.map(historyOf),
    evidence: {
      manifest: manifest.key,
      files: manifest.files.length,
      chain: { links_verified: history.runs.length - 1, broken: brokenOf(history.broken) },
    },
  };
  return `${JSON.stringify(report, null, INDENT)}\n`;
}

/** What fits into `bytes` of the report, as it will be indented there; the counts of the summary tell how many more. */
function first<Item extends object | Json>(bytes: number, items: readonly Item[]): readonly Item[] {
  return fitting(bytes, items, (item) => JSON.stringify([[item]], null, INDENT)).map(({ item }) => item);
}

function unreadOf({ organizationId, organizationName, failure, lastObserved }: UnreadOrganization): object {
  return {
    organization_id: organizationId,
    organization_name: organizationName,
    failure: {
      code: failure.code,
      http_status: failure.httpStatus,
      message: failure.message,
      attempts: failure.attempts,
    },
    last_observed:
      lastObserved === null
        ? null
        : {
            run_id: lastObserved.runId,
            observed_at: lastObserved.observedAt,
            enabled_connections: lastObserved.enabledConnections.map(({ wire }) => wire),
          },
  };
}

function openOf({ organizationId, organizationName, membership, signup }: OpenOrganization): object {
  return {
    organization_id: organizationId,
    organization_name: organizationName,
    assign_membership_on_login: membership.map(connectionOf),
    is_signup_enabled: signup.map(connectionOf),
  };
}

function historyOf({ runId, status, startedAt, organizations, severity }: HistoryEntry): object {
  return { run_id: runId, status, started_at: startedAt, organizations, severity };
}

function brokenOf(broken: BrokenLink | null): object | null {
  return broken === null ? null : { run_id: broken.reference.runId, problem: broken.problem };
}

function connectionOf({ connectionId, name, strategy }: EnabledConnection): object {
  return { connection_id: connectionId, name, strategy };
}
