import type { Finding } from "../domain/finding.ts";
import type { RunId, Timestamp } from "../domain/identifiers.ts";
import { lastObservation, type OrganizationSnapshot } from "../domain/snapshot.ts";
import { carriedJudgements, compareJudgements, judgeOrganization, type TenantFacts } from "./judge.ts";
import type { Policy } from "./policy.ts";

/** What a run's lines are judged by. */
export interface Judging {
  readonly run: { readonly runId: RunId; readonly startedAt: Timestamp };
  readonly policy: Policy;
  /** Null for an update run: what compares Organizations is carried from before, until the next sweep. */
  readonly facts: TenantFacts | null;
}

/** What the state before holds of an Organization. */
export interface Before {
  readonly organizationName: string | null;
  readonly findings: readonly Finding[];
}

/**
 * The findings of one Organization, in the order of the evidence. A run over a list of IDs knows no names: the state before
 * does, and waivers and custom rules ask for them. The same finding (rule and connection) was first seen when it was before.
 */
export function findingsOfLine(
  line: OrganizationSnapshot,
  before: Before | null,
  judging: Judging,
): readonly Finding[] {
  const { policy, facts, run } = judging;
  const { runId, startedAt } = run;
  const named = { ...line, organizationName: line.organizationName ?? before?.organizationName ?? null };
  const { organizationId, organizationName } = named;
  const stateObservedAt = lastObservation(line)?.observedAt ?? null;
  const day = startedAt.slice(0, 10);
  const judged = judgeOrganization(named, policy, facts, day);
  const carried = facts === null ? carriedJudgements(before?.findings ?? [], named, policy, day) : [];
  return [...judged, ...carried].sort(compareJudgements).map((judgement) => ({
    ...judgement,
    runId,
    organizationId,
    organizationName,
    stateObservedAt,
    firstSeen: firstSeenOf(judgement, before) ?? { runId, at: startedAt },
  }));
}

function firstSeenOf({ rule, connectionId }: Pick<Finding, "rule" | "connectionId">, before: Before | null) {
  const isSame = (one: Finding) => one.rule === rule && one.connectionId === connectionId;
  return before?.findings.find(isSame)?.firstSeen ?? null;
}
