import type { Judgement } from "../domain/finding.ts";
import {
  type FailedOrganization,
  type LastObserved,
  lastObservation,
  type OrganizationSnapshot,
} from "../domain/snapshot.ts";
import { counted, plain } from "../domain/text.ts";
import { celOrganization } from "./cel-organization.ts";
import { compareJudgements, decided, judged, notEvaluated } from "./judgement.ts";
import { connectionOffenses, type Offense, offense, type TenantFacts } from "./offenses.ts";
import type { Policy } from "./policy.ts";

export { carriedJudgements } from "./carried.ts";
export { compareJudgements } from "./judgement.ts";
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

const DAY_MS = 86_400_000;

function isUnreadTooLong(line: FailedOrganization, lastReadAt: string, days: number): boolean {
  return Date.parse(line.observedAt) - Date.parse(lastReadAt) > days * DAY_MS;
}

function unreadTooLong(lastReadAt: string, days: number): Offense {
  const message = `The Organization could not be read for more than ${counted(days, "day")}: it was last read on ${lastReadAt.slice(0, 10)}.`;
  return { ...offense("unread-too-long", null), message };
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
  const organizationName = observation.organizationName ?? line.organizationName;
  const organization = celOrganization(line.organizationId, { ...observation, organizationName });
  return policy.custom.flatMap(({ id, version, severity, message, evaluate }): readonly Judgement[] => {
    const answer = evaluate(organization);
    if (typeof answer === "string")
      return [notEvaluated(policy, id, plain(`The rule could not be evaluated: ${answer}.`))];
    return answer ? [decided(id, version, { connection: null, severity, message }, line, policy, day)] : [];
  });
}
