import { EMPTY_SUMMARY } from "../changes/summary.ts";
import type { Change } from "../domain/change.ts";
import type { Json } from "../domain/json.ts";
import type { EnabledConnection } from "../domain/organization.ts";
import { encodeChange, encodeFinding } from "../evidence/format/lines.ts";
import { encodeManifest, type Manifest } from "../evidence/format/manifest.ts";
import type { PolicyWaiver } from "../findings/waivers.ts";
import type { DescribedRule, FindingsModel, RuleFindings, Undecided } from "./findings-model.ts";
import { fitting } from "./limits.ts";
import type { OpenOrganization, ReportModel, UnreadOrganization } from "./model.ts";
import { failureObject, wires } from "./objects.ts";
import type { RunSummary } from "./recent-runs.ts";
import { notices } from "./text/notices.ts";
import { bucketUsed, requestsPerMinute } from "./text/usage.ts";
import { verdict } from "./text/verdict.ts";
import { logsText } from "./text/who.ts";
import { actorObject, attributionObject, undoneObject } from "./who-objects.ts";

/** The version of report.json: `major.minor`, minor for additions. */
const REPORT_VERSION = "1.3";
const INDENT = 2;
/** UTF-8 bytes for each list. They keep the report under 1 MB. */
const LIST_BYTES = {
  warnings: 20_000,
  undone: 40_000,
  actors: 15_000,
  rules: 110_000,
  found: 150_000,
  undecided: 30_000,
  waivers: 20_000,
  unread: 200_000,
  changes: 230_000,
  strategies: 40_000,
  open: 80_000,
} as const;

/** Renders report.json. Its schema is docs/report.schema.json. */
export function renderJson(model: ReportModel): string {
  const { actors, manifest, manifestSha256, changes, undone, findings, unread, strategies, open, openTotal, recent } =
    model;
  const stored: Record<string, Json> = JSON.parse(encodeManifest(manifest));
  const { broken } = recent;
  const report = {
    report_version: REPORT_VERSION,
    run_id: stored.run_id,
    tenant: stored.tenant,
    domain: stored.domain,
    status: stored.status,
    verdict: verdict(model),
    warnings: first(LIST_BYTES.warnings, notices(manifest)),
    error: stored.error,
    scheduled_at: stored.scheduled_at,
    started_at: stored.started_at,
    completed_at: stored.completed_at,
    scope: stored.scope,
    compared_with: stored.baseline,
    summary: stored.summary,
    undone: {
      total: undone.total,
      by_severity: undone.bySeverity,
      worst: first(LIST_BYTES.undone, undone.shown.map(undoneObject)),
    },
    findings: findings && findingsObject(findings, manifest),
    unread: first(LIST_BYTES.unread, unread.map(unreadObject)),
    changes: first(
      LIST_BYTES.changes,
      changes.map((change) => changeObject(change, model)),
    ),
    who: {
      logs: stored.logs ?? null,
      text: logsText(manifest),
      actors: first(LIST_BYTES.actors, actors.shown.map(actorObject)),
      changes_of_others: actors.others,
      changes_without_author: actors.unattributed,
    },
    sign_in: {
      strategies: first(LIST_BYTES.strategies, strategies),
      open_organizations: first(LIST_BYTES.open, open.map(openObject)),
      open_organizations_total: openTotal,
    },
    cost: {
      ...Object(stored.usage),
      share_of_bucket_used: bucketUsed(manifest.usage),
      requests_per_minute: requestsPerMinute(manifest.usage),
    },
    history: recent.runs.map(runObject),
    evidence: {
      manifest: manifest.key,
      files: manifest.files.length,
      chain: {
        links_verified: recent.runs.length - 1,
        broken: broken && { run_id: broken.reference.runId, problem: broken.problem },
      },
      manifest_sha256: manifestSha256,
    },
  };
  return `${JSON.stringify(report, null, INDENT)}\n`;
}

/** A change line, and who made the change. */
function changeObject(change: Change, { attributions }: ReportModel): Json {
  const line: Record<string, Json> = JSON.parse(encodeChange(change));
  return { ...line, attribution: attributionObject(attributions.get(change) ?? null) };
}

function findingsObject(findings: FindingsModel, { policy }: Manifest): object {
  const { newBySeverity, off, organizations, quiet, rules, undecided, undecidedTotal, waivers } = findings;
  return {
    policy,
    organizations,
    new_by_severity: newBySeverity,
    rules: first(LIST_BYTES.rules, [...rules.map(foundObject), ...quiet.map(quietObject)]),
    rules_off: off.map(({ rule }) => rule),
    compares_organizations: !findings.isPostponed,
    open: first(
      LIST_BYTES.found,
      rules.flatMap(({ shown }) => shown).map((finding): Json => JSON.parse(encodeFinding(finding))),
    ),
    not_evaluated: first(LIST_BYTES.undecided, undecided.map(undecidedObject)),
    not_evaluated_total: undecidedTotal,
    waivers: {
      expired: first(LIST_BYTES.waivers, waivers.expired.map(waiverObject)),
      expiring: first(LIST_BYTES.waivers, waivers.expiring.map(waiverObject)),
      unmatched: first(LIST_BYTES.waivers, waivers.unmatched.map(waiverObject)),
    },
  };
}

/** The first items that fit into `bytes` as they are indented in the report. The summary counts all items. */
function first<Item extends object | Json>(bytes: number, items: readonly Item[]): readonly Item[] {
  return fitting(bytes, items, (item) => JSON.stringify([[item]], null, INDENT)).map(({ item }) => item);
}

function unreadObject({ organizationId, organizationName, failure, lastObserved: last }: UnreadOrganization): object {
  return {
    organization_id: organizationId,
    organization_name: organizationName,
    failure: failureObject(failure),
    last_observed: last && {
      run_id: last.runId,
      observed_at: last.observedAt,
      enabled_connections: wires(last.enabledConnections),
    },
  };
}

function openObject({ organizationId, organizationName, membership, signup }: OpenOrganization): object {
  return {
    organization_id: organizationId,
    organization_name: organizationName,
    assign_membership_on_login: membership.map(connectionObject),
    is_signup_enabled: signup.map(connectionObject),
  };
}

function connectionObject({ connectionId, name, strategy }: EnabledConnection): object {
  return { connection_id: connectionId, name, strategy };
}

function runObject({ runId, status, startedAt, organizations, severity }: RunSummary): object {
  return { run_id: runId, status, started_at: startedAt, organizations, severity };
}

const NOTHING_FOUND = { open: EMPTY_SUMMARY.findings.open, organizations: 0, new: 0, waived: 0, notEvaluated: 0 };

function quietObject(described: DescribedRule): object {
  return foundObject({ ...described, ...NOTHING_FOUND });
}

function foundObject({
  rule,
  description: { version, severity, title, wrong, why, remedy, source },
  open,
  organizations,
  new: fresh,
  waived,
  notEvaluated,
}: Omit<RuleFindings, "shown" | "waivers">): object {
  const counts = { open, organizations, new: fresh, waived, not_evaluated: notEvaluated };
  return { rule, version, severity, title, wrong, why, remedy, source, ...counts };
}

function undecidedObject({ organizationId, organizationName, message, rules }: Undecided): object {
  return { organization_id: organizationId, organization_name: organizationName, message, rules };
}

function waiverObject({
  rule,
  ruleVersion,
  organization,
  connection,
  reason,
  expires,
  approvedBy,
}: PolicyWaiver): object {
  return { rule, rule_version: ruleVersion, organization, connection, reason, expires, approved_by: approvedBy };
}
