import { connectionKind } from "../domain/connection-kind.ts";
import type { Finding, Judgement } from "../domain/finding.ts";
import type { EnabledConnection } from "../domain/organization.ts";
import { lastObservation, type OrganizationSnapshot } from "../domain/snapshot.ts";
import { compareJudgements, judged } from "./judgement.ts";
import type { Policy } from "./policy.ts";
import { type BuiltInRuleId, RULES } from "./rules.ts";

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
