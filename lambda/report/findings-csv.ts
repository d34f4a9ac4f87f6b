import type { Finding } from "../domain/finding.ts";
import type { Tenant } from "../domain/identifiers.ts";
import type { RuleDescription } from "../findings/policy.ts";
import { CsvTable } from "./csv.ts";
import { isNew } from "./text/finding.ts";

/** A row of findings.csv. */
interface ListedFinding {
  readonly finding: Finding;
  readonly tenant: Tenant;
}

/** findings.csv: findings of every status, in the order of the evidence. */
export const FINDINGS_CSV = new CsvTable<ListedFinding>([
  ["tenant", ({ tenant }) => tenant],
  ["run_id", ({ finding }) => finding.runId],
  ["organization_id", ({ finding }) => finding.organizationId],
  ["organization_name", ({ finding }) => finding.organizationName],
  ["rule", ({ finding }) => finding.rule],
  ["rule_version", ({ finding }) => String(finding.ruleVersion)],
  ["severity", ({ finding }) => finding.severity],
  ["status", ({ finding }) => finding.status],
  ["new", ({ finding }) => String(isNew(finding))],
  ["connection_id", ({ finding }) => finding.connectionId],
  ["connection_name", ({ finding }) => finding.connectionName],
  ["strategy", ({ finding }) => finding.strategy],
  ["message", ({ finding }) => finding.message],
  ["first_seen_run_id", ({ finding }) => finding.firstSeen.runId],
  ["first_seen_at", ({ finding }) => finding.firstSeen.at],
  ["state_observed_at", ({ finding }) => finding.stateObservedAt],
  ["waiver_reason", ({ finding }) => finding.waiver?.reason ?? null],
  ["waiver_expires", ({ finding }) => finding.waiver?.expires ?? null],
  ["waiver_approved_by", ({ finding }) => finding.waiver?.approvedBy ?? null],
]);

/** A row of action-plan.csv. */
interface PlannedFinding {
  readonly finding: Finding;
  readonly rule: RuleDescription;
  /** Of the Organization; null when it is unknown. */
  readonly displayName: string | null;
}

/** action-plan.csv: what to do about open findings, with empty columns for the people who plan it. */
export const ACTION_PLAN_CSV = new CsvTable<PlannedFinding>([
  ["severity", ({ finding }) => finding.severity],
  ["rule", ({ finding }) => finding.rule],
  ["what_is_wrong", ({ finding }) => finding.message],
  ["what_to_do", ({ rule }) => rule.remedy],
  ["organization_id", ({ finding }) => finding.organizationId],
  ["organization_name", ({ finding }) => finding.organizationName],
  ["organization_display_name", ({ displayName }) => displayName],
  ["connection_id", ({ finding }) => finding.connectionId],
  ["connection_name", ({ finding }) => finding.connectionName],
  ["strategy", ({ finding }) => finding.strategy],
  ["first_seen_at", ({ finding }) => finding.firstSeen.at],
  ["owner", () => null],
  ["due_date", () => null],
]);

/** Whether a finding is in the action plan. */
export function isToPlan({ severity, status }: Finding): boolean {
  return status === "open" && (severity === "high" || severity === "medium");
}
