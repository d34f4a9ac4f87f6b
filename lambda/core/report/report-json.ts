import { encodeChange } from "../evidence.ts";
import { encodeManifest } from "../manifest.ts";
import type { EnabledConnection, Json } from "../model.ts";
import type { ReportModel } from "./report-model.ts";
import { bucketUsed, requestsPerMinute, verdict } from "./wording.ts";

/** The version of report.json: `major.minor`, minor for additions. */
const REPORT_VERSION = "1.0";

/** The report for programs; its schema is docs/report.schema.json. */
export function renderJson(model: ReportModel): string {
  const { manifest, changes, unread, strategies, open, openTotal } = model;
  const stored: Record<string, Json> = JSON.parse(encodeManifest(manifest));
  const report = {
    report_version: REPORT_VERSION,
    run_id: stored.run_id,
    tenant: stored.tenant,
    domain: stored.domain,
    status: stored.status,
    verdict: verdict(manifest),
    warnings: stored.warnings,
    error: stored.error,
    scheduled_at: stored.scheduled_at,
    started_at: stored.started_at,
    completed_at: stored.completed_at,
    scope: stored.scope,
    compared_with: stored.baseline,
    summary: stored.summary,
    unread: unread.map(({ organizationId, organizationName, failure, lastObserved }) => ({
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
    })),
    changes: changes.map((change): Json => JSON.parse(encodeChange(change))),
    sign_in: {
      strategies,
      open_organizations: open.map(({ organizationId, organizationName, membership, signup }) => ({
        organization_id: organizationId,
        organization_name: organizationName,
        assign_membership_on_login: membership.map(connectionOf),
        is_signup_enabled: signup.map(connectionOf),
      })),
      open_organizations_total: openTotal,
    },
    cost: {
      ...Object(stored.usage),
      share_of_bucket_used: bucketUsed(manifest.usage),
      requests_per_minute: requestsPerMinute(manifest.usage),
    },
    evidence: { manifest: manifest.key, files: manifest.files.length },
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function connectionOf({ connectionId, name, strategy }: EnabledConnection): object {
  return { connection_id: connectionId, name, strategy };
}
