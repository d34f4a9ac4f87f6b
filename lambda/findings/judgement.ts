import type { Severity } from "../domain/change.ts";
import type { Judgement } from "../domain/finding.ts";
import { compareText } from "../domain/order.ts";
import type { EnabledConnection } from "../domain/organization.ts";
import type { Offense } from "./offenses.ts";
import { describeRule, type Policy } from "./policy.ts";
import { RULES } from "./rules.ts";
import type { Subject } from "./waiver-index.ts";
import { waiverOf } from "./waivers.ts";

/** The order of the findings of one Organization: by rule, then by connection ID, null first. */
export function compareJudgements(left: Identity, right: Identity): number {
  return compareText(left.rule, right.rule) || compareText(left.connectionId ?? "", right.connectionId ?? "");
}

type Identity = Pick<Judgement, "rule" | "connectionId">;

/** What a rule found: the connection (null: the Organization itself), how bad it is, and what is wrong. */
type Found = Pick<Offense, "connection" | "severity" | "message">;

/** The judgement of a built-in rule: open, or waived by the policy, with the owner's severity if there is one. */
export function judged({ rule, ...found }: Offense, subject: Subject, policy: Policy, day: string): Judgement {
  const severity = policy.builtIn.get(rule) ?? found.severity;
  return decided(rule, RULES[rule].version, { ...found, severity }, subject, policy, day);
}

/** A judgement that is open, or waived by the policy. */
export function decided(
  rule: string,
  ruleVersion: number,
  { connection, severity, message }: Found,
  subject: Subject,
  { waivers }: Policy,
  day: string,
): Judgement {
  const about = { ...aboutRule(rule, ruleVersion, severity, connection), message };
  const waiver = waiverOf(waivers, about, subject, day);
  return { ...about, status: waiver === null ? "open" : "waived", waiver };
}

/** A judgement of a rule that could not be decided for an Organization. */
export function notEvaluated(policy: Policy, rule: string, message: string): Judgement {
  const { version, severity } = describeRule(policy, rule);
  return { ...aboutRule(rule, version, severity, null), message, status: "not_evaluated", waiver: null };
}

function aboutRule(rule: string, ruleVersion: number, severity: Severity, connection: EnabledConnection | null) {
  return {
    rule,
    ruleVersion,
    severity,
    connectionId: connection?.connectionId ?? null,
    connectionName: connection?.name ?? null,
    strategy: connection?.strategy ?? null,
  };
}
