import type { Finding, FindingStatus } from "../domain/finding.ts";
import { sha256 } from "../evidence/format/digest.ts";
import type { RuleDescription } from "../findings/policy.ts";
import { named, type OcsfRun, ocsfLine, ocsfMetadata, ocsfSeverity } from "./ocsf-values.ts";
import { isNew } from "./text/finding.ts";
import { organizationLabel } from "./text/organization.ts";

/**
 * A finding as an event of the Open Cybersecurity Schema Framework 1.8.0, class Compliance Finding (2003)
 * (https://schema.ocsf.io/1.8.0/classes/compliance_finding). Times are in milliseconds since the epoch.
 */
const CATEGORY = { category_uid: 2, category_name: "Findings" };
const CLASS = { class_uid: 2003, class_name: "Compliance Finding" };
const NEW = { activity: [1, "Create"], status: { status_id: 1, status: "New" } } as const;
const KNOWN = { activity: [2, "Update"], status: { status_id: 2, status: "In Progress" } } as const;
const SUPPRESSED = { status_id: 3, status: "Suppressed" } as const;
/** A waiver changes the status of the finding, and never the result of the check. */
const CHECK: Readonly<Record<FindingStatus, object>> = {
  open: { status_id: 3, status: "Fail" },
  waived: { status_id: 3, status: "Fail" },
  not_evaluated: { status_id: 2, status: "Warning" },
};
const RULE = { type_id: 1, type: "Rule" };

/** A finding as one line of findings.ocsf.ndjson, with its line feed. `rule` describes the rule that found it. */
export function ocsfFindingRow(finding: Finding, rule: RuleDescription, run: OcsfRun): string {
  const { connectionId, firstSeen, message, organizationId, runId, stateObservedAt, status, waiver } = finding;
  const { activity, status: triage } = isNew(finding) ? NEW : KNOWN;
  const [activityId, activityName] = activity;
  const label = `${finding.rule}@${finding.ruleVersion}`;
  return ocsfLine({
    activity_id: activityId,
    activity_name: activityName,
    ...CATEGORY,
    ...CLASS,
    type_uid: CLASS.class_uid * 100 + activityId,
    type_name: `${CLASS.class_name}: ${activityName}`,
    ...ocsfSeverity(finding.severity),
    ...(status === "waived" ? SUPPRESSED : triage),
    time: Date.parse(run.completedAt),
    message: `${organizationLabel(finding)}: ${message}`,
    ...(waiver === null ? {} : { comment: waiver.reason }),
    finding_info: {
      uid: findingUid(finding, run),
      title: rule.title,
      desc: message,
      created_time: Date.parse(firstSeen.at),
      first_seen_time: Date.parse(firstSeen.at),
      ...(stateObservedAt === null ? {} : { last_seen_time: Date.parse(stateObservedAt) }),
      analytic: { ...RULE, uid: finding.rule, name: rule.title, version: String(finding.ruleVersion) },
    },
    compliance: {
      standards: [`${run.producer.name} rules`],
      control: label,
      requirements: [label],
      desc: rule.wrong,
      ...CHECK[status],
      ...(status === "not_evaluated" ? { status_details: [message] } : {}),
    },
    ...(rule.remedy === null ? {} : { remediation: remediation(rule.remedy, rule.source) }),
    resources: resources(finding),
    metadata: ocsfMetadata(run, runId, [organizationId, finding.rule, connectionId]),
    unmapped: {
      run_id: runId,
      status,
      first_seen_run_id: firstSeen.runId,
      ...(waiver === null ? {} : { waiver_expires: waiver.expires, waiver_approved_by: waiver.approvedBy }),
    },
  });
}

/** The same finding has the same ID in every run: what identifies it, hashed. */
function findingUid({ connectionId, organizationId, rule }: Finding, { tenant }: OcsfRun): string {
  return sha256(JSON.stringify([tenant, organizationId, rule, connectionId]));
}

function remediation(desc: string, source: string | null): object {
  return { desc, ...(source === null ? {} : { references: [source] }) };
}

function resources({ connectionId, connectionName, organizationId, organizationName, strategy }: Finding): object[] {
  const organization = { type: "Auth0 Organization", uid: organizationId, ...named(organizationName) };
  if (connectionId === null) return [organization];
  const connection = { type: "Auth0 Connection", uid: connectionId, ...named(connectionName), data: { strategy } };
  return [organization, connection];
}
