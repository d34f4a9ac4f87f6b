import type { FindingCounts } from "../../changes/summary.ts";
import { SEVERITIES, type Severity } from "../../domain/change.ts";
import type { Finding, Waiver } from "../../domain/finding.ts";
import { counted, grouped } from "../../domain/text.ts";
import type { PolicyWaiver } from "../../findings/waivers.ts";
import type { DescribedRule, FindingsModel, RuleFindings } from "../findings-model.ts";
import type { ReportModel } from "../model.ts";

/** Whether the finding's run is the first to have it. */
export function isNew({ firstSeen, runId }: Finding): boolean {
  return firstSeen.runId === runId;
}

/** `sso-bypass@1`: the version is a part of what a rule means. */
export function ruleLabel({ rule, description }: DescribedRule): string {
  return `${rule}@${description.version}`;
}

/** The rules with open or waived findings, worst first. What could not be evaluated is a list of its own. */
export function listedRules({ rules }: FindingsModel): readonly RuleFindings[] {
  return rules.filter(({ shown, waived }) => shown.length > 0 || waived > 0);
}

/** How many of a rule's findings are open. */
export function openTotal({ open }: Pick<RuleFindings, "open">): number {
  return SEVERITIES.reduce((sum, severity) => sum + open[severity], 0);
}

/** `161 Organizations have open findings, 12 of them high.` */
export function openText({ organizations: { open, high } }: FindingsModel): string {
  if (open === 0) return "No open findings.";
  const worst = high === 0 ? "" : `, ${grouped(high)} of them high`;
  return `${counted(open, "Organization")} ${open === 1 ? "has" : "have"} open findings${worst}.`;
}

/** `Open findings: 2 high, 1 low. New: 1 high. 3 resolved, 2 waived, 1 not evaluated.` */
export function findingsText({ newBySeverity }: FindingsModel, counts: FindingCounts): string {
  const { open, resolved, waived, notEvaluated } = counts;
  const [all, fresh] = [bySeverity(open), bySeverity(newBySeverity)];
  const others = `${grouped(resolved)} resolved, ${grouped(waived)} waived, ${grouped(notEvaluated)} not evaluated`;
  return `Open findings: ${all === "" ? "none" : all}.${fresh === "" ? "" : ` New: ${fresh}.`} ${others}.`;
}

/** `2 high, 1 medium`; empty when all are zero. */
export function bySeverity(
  counts: Readonly<Record<Severity, number>>,
  severities: readonly Severity[] = SEVERITIES,
): string {
  return severities
    .filter((severity) => counts[severity] > 0)
    .map((severity) => `${grouped(counts[severity])} ${severity}`)
    .join(", ");
}

/** `12 open in 11 Organizations, 3 new, 2 waived, 1 not evaluated`. */
export function ruleCounts(found: RuleFindings, marksNew: boolean): string {
  const open = openTotal(found);
  return [
    open === 0 ? "none open" : `${grouped(open)} open in ${counted(found.organizations, "Organization")}`,
    ...(marksNew && found.new > 0 ? [`${grouped(found.new)} new`] : []),
    ...(found.waived > 0 ? [`${grouped(found.waived)} waived`] : []),
    ...(found.notEvaluated > 0 ? [`${grouped(found.notEvaluated)} not evaluated`] : []),
  ].join(", ");
}

/** Whether new findings are marked: in a tenant's first run, every finding is new. */
export function marksNew({ manifest }: Pick<ReportModel, "manifest">): boolean {
  return manifest.baseline !== null;
}

/** The connection of a finding, `google (google-oauth2)`; null when it is about the Organization. */
export function findingConnection({ connectionId, connectionName, strategy }: Finding): string | null {
  const name = connectionName ?? connectionId;
  if (name === null) return null;
  return strategy === null ? name : `${name} (${strategy})`;
}

/** `until 2027-03-31`, or `without an end`. */
export function untilText({ expires }: Waiver): string {
  return expires === null ? "without an end" : `until ${expires}`;
}

/** A waiver as the policy file has it: `sso-bypass, acme-*, support-google`. */
export function waiverLabel({ rule, organization, connection }: PolicyWaiver): string {
  return [rule, organization, ...(connection === null ? [] : [connection])].join(", ");
}

/** What an owner should do about the waivers of the policy, one list for each reason; lists are not empty. */
export function waiverNotices({
  waivers: { expired, expiring, unmatched },
}: FindingsModel): readonly { readonly text: string; readonly waivers: readonly PolicyWaiver[] }[] {
  return [
    { text: "Expired in the last 14 days: they waive nothing. Renew or remove them.", waivers: expired },
    { text: "Expire within 14 days.", waivers: expiring },
    { text: "Match no finding. Correct or remove them.", waivers: unmatched },
  ].filter(({ waivers }) => waivers.length > 0);
}

/** Why an update has no findings of the rules that compare Organizations. */
export const POSTPONED =
  "This run read only some Organizations. Rules that compare Organizations (shared-enterprise-connection, and open-membership on database connections) keep their earlier findings and are judged again at the next sweep.";

/** Why a run has no findings at all. */
export function notJudged({ manifest }: Pick<ReportModel, "manifest">): string {
  return manifest.status === "failed"
    ? "The run failed, so nothing was judged."
    : "This run was recorded without findings. Run an audit with this version to get them.";
}
