import type { Confidence } from "../changes/summary.ts";
import type { Change } from "../domain/change.ts";
import type { Timestamp } from "../domain/identifiers.ts";
import type { Operation } from "../domain/operation.ts";
import { compareText } from "../domain/order.ts";
import { concerns, isSuccessful } from "./action.ts";
import { gapIn, type LogCoverage, type LogsGap } from "./coverage.ts";
import { type Fit, fitOf } from "./fit.ts";

/**
 * Why an attribution is as sure as it is. certain: `only_operation`. likely: `one_of_several` (several operations could
 * have made the change or made it together, or what came after the one that is named does not fit), `partly_covered` (one fits, but the logs
 * have a gap), `organization_only` (the operation names the Organization alone), `tenant_wide` (it was made to the
 * connection itself, in every Organization). none: a gap of the logs, or `no_operation`.
 */
export type AttributionReason =
  | "only_operation"
  | "one_of_several"
  | "partly_covered"
  | "organization_only"
  | "tenant_wide"
  | "no_operation"
  | LogsGap;

/** Who made a change, and how sure that is. */
export interface Attribution {
  readonly confidence: Confidence;
  readonly because: AttributionReason;
  /** The operations that are named, in the order of time; empty for none. */
  readonly logIds: readonly string[];
}

interface Candidate {
  readonly operation: Operation;
  readonly fit: Fit;
}

/**
 * Attributes a change to the operations that the logs have. A pure function of the stored change, the run's stored
 * operations and the manifest's `logs` (null: the logs were not read), so that every renderer answers the same.
 *
 * It is certain where exactly one successful operation, between the two observations, asked for exactly what is there
 * now, no later one contradicts it, none could have done the same, and the logs of that time are complete.
 */
export function attribute(change: Change, operations: readonly Operation[], coverage: LogCoverage | null): Attribution {
  const candidates = operations
    .filter((operation) => concerns(operation, change.organizationId) && isSuccessful(operation))
    .filter(({ at }) => (change.between.after === null || at > change.between.after) && at <= change.between.before)
    .map((operation): Candidate => ({ operation, fit: fitOf(change, operation) }))
    .filter(({ fit }) => fit !== "unrelated")
    .sort(
      ({ operation: left }, { operation: right }) =>
        compareText(left.at, right.at) || compareText(left.logId, right.logId),
    );
  const having = (...fits: readonly Fit[]) => candidates.filter(({ fit }) => fits.includes(fit));
  const exact = having("exact");
  const lastExact = exact.at(-1);
  if (lastExact !== undefined) {
    const since = (fit: Fit) => having(fit).filter(({ operation }) => operation.at >= lastExact.operation.at);
    // Who enabled a connection did not ask for the settings that somebody else gave it later.
    const settings = since("settings");
    const named = [lastExact, ...settings].map(({ operation }) => operation.logId);
    const isContradicted = since("contrary").length > 0 || settings.length > 0;
    const isOnly = exact.length === 1 && having("partial", "possible", "tenant_wide").length === 0 && !isContradicted;
    if (!isOnly) return { confidence: "likely", because: "one_of_several", logIds: named };
    const gap = gapIn(coverage, startOf(change, candidates), change.between.before);
    if (gap !== null) return { confidence: "likely", because: "partly_covered", logIds: named };
    return { confidence: "certain", because: "only_operation", logIds: named };
  }
  const partial = having("partial");
  if (partial.length > 0) {
    const logIds = partial.map(({ operation }) => operation.logId);
    return { confidence: "likely", because: "one_of_several", logIds };
  }
  for (const [fit, because] of [
    ["tenant_wide", "tenant_wide"],
    ["possible", "organization_only"],
  ] as const) {
    const last = having(fit).at(-1);
    if (last !== undefined) return { confidence: "likely", because, logIds: [last.operation.logId] };
  }
  const gap = gapIn(coverage, change.between.after, change.between.before);
  return { confidence: "none", because: gap ?? "no_operation", logIds: [] };
}

/** What an Organization's creation tells needs no older logs: there was no Organization before. */
function startOf({ between }: Change, candidates: readonly Candidate[]): Timestamp | null {
  const creation = candidates.find(({ operation }) => /\/organizations\/?$/.test(operation.path));
  return between.after ?? creation?.operation.at ?? null;
}
