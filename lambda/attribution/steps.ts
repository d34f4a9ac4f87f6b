import type { ConnectionId, OrganizationId, RunId, Timestamp } from "../domain/identifiers.ts";
import type { Operation } from "../domain/operation.ts";
import { actionOf, isSuccessful } from "./action.ts";
import {
  applied,
  type DescribeConnection,
  differingFacets,
  type Facet,
  facetKey,
  type Model,
  modelOf,
  type OrganizationState,
  type View,
  viewOf,
} from "./model.ts";

/** A state and when it was observed. */
export interface ObservedState extends OrganizationState {
  readonly at: Timestamp;
}

/** One Organization between two observations. */
export interface EffectsInput {
  readonly runId: RunId;
  readonly organizationId: OrganizationId;
  readonly organizationName: string | null;
  /** Null: it was never observed. One that did not exist has `exists: false`. */
  readonly before: ObservedState | null;
  /** Null: it was not read. */
  readonly now: ObservedState | null;
  /** Sorted by `at`, then `logId`: those of the Organization, and those on connections of the whole tenant. */
  readonly operations: readonly Operation[];
  readonly isShared: (connectionId: ConnectionId) => boolean;
  /** What other Organizations tell of a connection that neither observation has; null: nothing. */
  readonly describe: DescribeConnection;
}

interface Seen {
  readonly model: Model;
  readonly view: View;
}

/** An operation in the model: what it changed there. */
export interface Step {
  readonly operation: Operation;
  readonly before: Seen;
  readonly after: Seen;
  readonly facets: readonly Facet[];
  /** By facet: the operation that changed it next. */
  readonly next: Map<string, Operation>;
}

/** Applies the successful operations between the two observations to the older one. */
export function simulate(before: ObservedState, now: ObservedState, operations: readonly Operation[]): readonly Step[] {
  const lastChange = new Map<string, Step>();
  const steps: Step[] = [];
  let seen = seenOf(modelOf(before));
  for (const operation of operations) {
    const action = actionOf(operation);
    if (!isSuccessful(operation) || operation.at <= before.at || operation.at > now.at) continue;
    if (action.kind === "hint" || action.kind === "connection_change") continue;
    const after = seenOf(applied(seen.model, action));
    const facets = differingFacets(seen.view, after.view);
    const step: Step = { operation, before: seen, after, facets, next: new Map() };
    for (const key of step.facets.map(facetKey)) {
      lastChange.get(key)?.next.set(key, operation);
      lastChange.set(key, step);
    }
    steps.push(step);
    seen = after;
  }
  return steps;
}

function seenOf(model: Model): Seen {
  return { model, view: viewOf(model) };
}

/** What a view has of a facet; undefined: nothing. */
export function valueIn(view: View, facet: Facet): boolean | string | null | undefined {
  return view.get(facetKey(facet))?.value;
}

/** Whether the step let people in that were not let in before. */
export function isOpening({ after, before }: Step, facet: Facet): boolean {
  const opens =
    facet.name === "enabled" || facet.name === "assign_membership_on_login" || facet.name === "is_signup_enabled";
  return opens && valueIn(after.view, facet) === true && valueIn(before.view, facet) !== true;
}
