import { connectionKind } from "../domain/connection-kind.ts";
import type { Finding, Judgement } from "../domain/finding.ts";
import { compareText } from "../domain/order.ts";
import type { EnabledConnection } from "../domain/organization.ts";
import {
  type FailedOrganization,
  type LastObserved,
  lastObservation,
  type OrganizationSnapshot,
} from "../domain/snapshot.ts";
import { counted, plain } from "../domain/text.ts";
import { celOrganization } from "./cel-organization.ts";
import { connectionOffenses, type Offense, offense, type TenantFacts } from "./offenses.ts";
import { describeRule, type Policy } from "./policy.ts";
import { type BuiltInRuleId, RULES } from "./rules.ts";
import { type Subject, waiverOf } from "./waivers.ts";

export type { TenantFacts } from "./offenses.ts";

/**
 * Judges one Organization's newest observation by a policy. Sorted by rule, then by connection ID, null first. `day` is
 * the day of the run, `YYYY-MM-DD`. `facts` null: an update run, which cannot compare Organizations;
 * `carriedJudgements` has the rest. A deleted Organization has no judgements. Never throws.
 */
export function judgeOrganization(
  line: OrganizationSnapshot,
  policy: Policy,
  facts: TenantFacts | null,
  day: string,
): readonly Judgement[] {
  const observation = lastObservation(line);
  if (observation === null) return line.status === "failed" ? neverObserved(policy) : [];
  const offenses = [...connectionOffenses(observation.enabledConnections, facts)];
  if (line.status === "failed" && isUnreadTooLong(line, observation.observedAt, policy.unreadDays))
    offenses.push(unreadTooLong(observation.observedAt, policy.unreadDays));
  const judgements = offenses
    .filter(({ rule }) => policy.builtIn.has(rule))
    .map((one) => judged(one, line, policy, day));
  return [...judgements, ...customJudgements(line, observation, policy, day)].sort(compareJudgements);
}

/** The order of the findings of one Organization: by rule, then by connection ID, null first. */
export function compareJudgements(left: Judgement, right: Judgement): number {
  return compareText(left.rule, right.rule) || compareText(left.connectionId ?? "", right.connectionId ?? "");
}

const DAY_MS = 86_400_000;

function isUnreadTooLong(line: FailedOrganization, lastReadAt: string, days: number): boolean {
  return Date.parse(line.observedAt) - Date.parse(lastReadAt) > days * DAY_MS;
}

function unreadTooLong(lastReadAt: string, days: number): Offense {
  const message = `The Organization could not be read for more than ${counted(days, "day")}: it was last read on ${lastReadAt.slice(0, 10)}.`;
  return { ...offense("unread-too-long", null), message };
}

function judged(found: Offense, subject: Subject, policy: Policy, day: string): Judgement {
  const { rule, connection, severity, message } = found;
  const chosen = policy.builtIn.get(rule) ?? severity;
  return decided(
    { ...aboutRule(rule, RULES[rule].version, connection), severity: chosen, message },
    subject,
    policy,
    day,
  );
}

type Undecided = Omit<Judgement, "status" | "waiver">;

function aboutRule(rule: string, ruleVersion: number, connection: EnabledConnection | null) {
  return {
    rule,
    ruleVersion,
    connectionId: connection?.connectionId ?? null,
    connectionName: connection?.name ?? null,
    strategy: connection?.strategy ?? null,
  };
}

/** Open, or waived by the policy. */
function decided(judgement: Undecided, subject: Subject, { waivers }: Policy, day: string): Judgement {
  const waiver = waiverOf(waivers, judgement, subject, day);
  const { rule, ruleVersion, severity, connectionId, connectionName, strategy, message } = judgement;
  const status = waiver === null ? "open" : "waived";
  return { rule, ruleVersion, severity, connectionId, connectionName, strategy, status, message, waiver };
}

function notEvaluated(policy: Policy, rule: string, message: string): Judgement {
  const { version, severity } = describeRule(policy, rule);
  return { ...aboutRule(rule, version, null), severity, status: "not_evaluated", message, waiver: null };
}

function neverObserved(policy: Policy): readonly Judgement[] {
  const message = "The Organization could never be read: its connections are not known.";
  return [...policy.builtIn.keys(), ...policy.custom.map(({ id }) => id)]
    .map((rule) => notEvaluated(policy, rule, message))
    .sort(compareJudgements);
}

function customJudgements(
  line: OrganizationSnapshot,
  observation: LastObserved,
  policy: Policy,
  day: string,
): readonly Judgement[] {
  if (policy.custom.length === 0) return [];
  const organization = celOrganization(line, observation);
  return policy.custom.flatMap(({ id, version, severity, message, evaluate }): readonly Judgement[] => {
    const answer = evaluate(organization);
    if (typeof answer === "string")
      return [notEvaluated(policy, id, plain(`The rule could not be evaluated: ${answer}.`))];
    return answer ? [decided({ ...aboutRule(id, version, null), severity, message }, line, policy, day)] : [];
  });
}

/**
 * For an update run: the earlier findings by rules that compare Organizations which go on, because their connection is
 * still enabled as they require. The next sweep judges them again. Same order as `judgeOrganization`.
 */
export function carriedJudgements(
  previous: readonly Finding[],
  line: OrganizationSnapshot,
  policy: Policy,
  day: string,
): readonly Judgement[] {
  const connections = lastObservation(line)?.enabledConnections ?? [];
  return previous
    .flatMap((finding) => {
      const rule = comparingRule(finding);
      const connection = connections.find(({ connectionId }) => connectionId === finding.connectionId);
      if (rule === null || !policy.builtIn.has(rule) || connection === undefined) return [];
      const { severity, message } = finding;
      return goesOn(rule, connection) ? [judged({ rule, connection, severity, message }, line, policy, day)] : [];
    })
    .sort(compareJudgements);
}

function comparingRule({ rule, ruleVersion }: Finding): BuiltInRuleId | null {
  if (rule !== "shared-enterprise-connection" && rule !== "open-membership") return null;
  return ruleVersion === RULES[rule].version ? rule : null;
}

/** Membership on other kinds than databases is judged without comparing. */
function goesOn(rule: BuiltInRuleId, { strategy, assignMembershipOnLogin }: EnabledConnection): boolean {
  const kind = connectionKind(strategy);
  return rule === "open-membership" ? kind === "database" && assignMembershipOnLogin : kind === "enterprise";
}
