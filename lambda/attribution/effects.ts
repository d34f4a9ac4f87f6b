import {
  type Assessment,
  assessDisabled,
  assessEnabled,
  assessOrganization,
  assessUpdated,
  type Connections,
} from "../changes/severity.ts";
import type { Change, ChangeKind, PropertyChange } from "../domain/change.ts";
import type { ConnectionId, OrganizationId, RunId, Timestamp } from "../domain/identifiers.ts";
import type { Operation, OperationEffect } from "../domain/operation.ts";
import type { EnabledConnection } from "../domain/organization.ts";
import { actionOf, isSuccessful } from "./action.ts";
import {
  applied,
  connectionsOf,
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

/** Something that came and went between two observations. */
export interface Undone {
  /** The operation that did it. */
  readonly logId: string;
  /** The operation that undid it; null: the logs have none. */
  readonly undoneBy: string | null;
  /** What it briefly was, with its severity; `between` is from the operation to its end, or to the observation without it. */
  readonly change: Change;
}

export interface Effects {
  /** The given operations with their effects, in the same order. */
  readonly operations: readonly Operation[];
  /** In the order of the operations. */
  readonly undone: readonly Undone[];
}

interface Seen {
  readonly model: Model;
  readonly view: View;
}

/** An operation in the model: what it changed there. */
interface Step {
  readonly operation: Operation;
  readonly before: Seen;
  readonly after: Seen;
  readonly facets: readonly Facet[];
  /** By facet: the operation that changed it next. */
  readonly next: Map<string, Operation>;
}

/**
 * Decides what each operation led to, by applying the successful ones to the older observation. An operation that
 * changed something has the effect `change` when the newer observation still has it, and `undone` when it is no longer
 * there; an operation that restored what was there before has none. Where one did both, `undone` wins if what went away
 * had let people in. An operation on a connection itself, or one that does not say what it did, stays `unknown`.
 */
export function effectsOf(input: EffectsInput): Effects {
  const { before, now, operations } = input;
  if (before === null || now === null)
    return { operations: operations.map((one) => having(one, isSuccessful(one) ? "unknown" : "none")), undone: [] };
  const steps = simulate(before, now, operations);
  const effects = new Map<Operation, OperationEffect>();
  const undone: Undone[] = [];
  const ends = { before: viewOf(modelOf(before)), now: viewOf(modelOf(now)) };
  for (const step of steps) {
    const gone = step.facets.filter((facet) => isGone(step, facet, ends.now));
    const facets = told(gone, step);
    const isChange = step.facets.some(
      (facet) => !gone.includes(facet) && valueIn(ends.before, facet) !== valueIn(ends.now, facet),
    );
    const opened = facets.some((facet) => isOpening(step, facet));
    const isUndone = facets.length > 0 && (opened || !isChange);
    effects.set(step.operation, isUndone ? "undone" : isChange ? "change" : "none");
    if (isUndone) undone.push(...undoneOf(step, facets, input, [before, now]));
  }
  const effectOf = (one: Operation): OperationEffect => {
    if (!isSuccessful(one) || one.at <= before.at) return "none";
    return effects.get(one) ?? "unknown";
  };
  return { operations: operations.map((one) => having(one, effectOf(one))), undone };
}

function having(operation: Operation, effect: OperationEffect): Operation {
  return { ...operation, effect };
}

function simulate(before: ObservedState, now: ObservedState, operations: readonly Operation[]): readonly Step[] {
  const nowModel = modelOf(now);
  const lastChange = new Map<string, Step>();
  const steps: Step[] = [];
  let seen = seenOf(modelOf(before));
  for (const operation of operations) {
    const action = actionOf(operation);
    if (!isSuccessful(operation) || operation.at <= before.at || operation.at > now.at) continue;
    if (action.kind === "hint" || action.kind === "connection_change") continue;
    const after = seenOf(applied(seen.model, action, nowModel));
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

function valueIn(view: View, facet: Facet): boolean | string | null | undefined {
  return view.get(facetKey(facet))?.value;
}

/** Whether what the step did to the facet is not there any more. */
function isGone(step: Step, facet: Facet, now: View): boolean {
  return step.next.has(facetKey(facet)) || valueIn(step.after.view, facet) !== valueIn(now, facet);
}

/** Of what is gone, that which is told: where a connection came or went, its settings are part of that, unless they let people in. */
function told(gone: readonly Facet[], step: Step): readonly Facet[] {
  const switched = new Set(
    step.facets.filter(({ name }) => name === "enabled").map(({ connectionId }) => connectionId),
  );
  const isWhole = ({ connectionId }: Facet) =>
    gone.some((one) => one.name === "enabled" && one.connectionId === connectionId);
  const isExistence = step.facets.some(({ name }) => name === "exists");
  return gone.filter((facet) => {
    if (facet.name === "enabled" || facet.name === "exists") return true;
    if (facet.connectionId === null) return !isExistence;
    if (!switched.has(facet.connectionId)) return true;
    return !isWhole(facet) && isOpening(step, facet);
  });
}

/** Whether the step let people in that were not let in before. */
function isOpening({ after, before }: Step, facet: Facet): boolean {
  const opens =
    facet.name === "enabled" || facet.name === "assign_membership_on_login" || facet.name === "is_signup_enabled";
  return opens && valueIn(after.view, facet) === true && valueIn(before.view, facet) !== true;
}

/** One record for each connection and end, and for the Organization itself. */
function undoneOf(
  step: Step,
  facets: readonly Facet[],
  { describe, isShared, organizationId, organizationName, runId }: EffectsInput,
  [before, now]: readonly [ObservedState, ObservedState],
): readonly Undone[] {
  const known = new Map([...before.connections, ...now.connections].map((one) => [String(one.connectionId), one]));
  const describeAny: DescribeConnection = (id) => known.get(id) ?? describe(id);
  const connections: Connections = {
    previous: connectionsOf(step.before.model, describeAny),
    current: connectionsOf(step.after.model, describeAny),
    isShared,
  };
  // What one operation did may end in parts, at different times.
  const endOf = (facet: Facet) => step.next.get(facetKey(facet)) ?? null;
  const parts = Map.groupBy(facets, (facet) => JSON.stringify([facet.connectionId, endOf(facet)?.logId ?? null]));
  return [...parts.values()].flatMap((own): readonly Undone[] => {
    const [first] = own;
    if (first === undefined) return [];
    const { connectionId } = first;
    const end = endOf(first);
    const brief =
      connectionId === null ? ofOrganization(own, step) : ofConnection(connectionId, own, step, connections);
    const change: Change = {
      runId,
      organizationId,
      organizationName,
      change: brief.kind,
      connectionId: brief.connection?.connectionId ?? null,
      connectionName: brief.connection?.name ?? null,
      strategy: brief.connection?.strategy ?? null,
      properties: brief.properties,
      severity: brief.assessment.severity,
      reasons: brief.assessment.reasons,
      between: { after: step.operation.at, before: end?.at ?? now.at },
    };
    return [{ logId: step.operation.logId, undoneBy: end?.logId ?? null, change }];
  });
}

interface Brief {
  readonly kind: ChangeKind;
  readonly connection: EnabledConnection | null;
  readonly properties: readonly PropertyChange[];
  readonly assessment: Assessment;
}

function ofConnection(id: string, facets: readonly Facet[], step: Step, connections: Connections): Brief {
  const isIt = (one: EnabledConnection) => one.connectionId === id;
  const [previous, current] = [connections.previous.find(isIt), connections.current.find(isIt)];
  const connection = current ?? previous ?? null;
  const properties = propertiesOf(facets, step);
  if (facets.some(({ name }) => name === "enabled") && connection !== null)
    return current === undefined
      ? { kind: "connection_disabled", connection, properties: [], assessment: assessDisabled(connection, connections) }
      : { kind: "connection_enabled", connection, properties: [], assessment: assessEnabled(connection, connections) };
  const [first, ...others] = properties;
  if (first === undefined || connection === null) throw new TypeError(`Nothing changed in the connection ${id}.`);
  const assessment = assessUpdated(connection, connections, [first, ...others]);
  return { kind: "connection_updated", connection, properties, assessment };
}

function ofOrganization(facets: readonly Facet[], step: Step): Brief {
  const isRenamed = !facets.some(({ name }) => name === "exists");
  const kind = isRenamed
    ? "organization_renamed"
    : step.after.model.exists
      ? "organization_created"
      : "organization_deleted";
  const properties = isRenamed ? propertiesOf(facets, step) : [];
  return { kind, connection: null, properties, assessment: assessOrganization(kind) };
}

function propertiesOf(facets: readonly Facet[], { after, before }: Step): readonly PropertyChange[] {
  return facets
    .filter(({ name }) => name !== "enabled" && name !== "exists")
    .map((facet) => {
      // A connection that was not enabled has no settings: then its defaults are what was there.
      const previousValue =
        valueIn(before.view, facet) ?? (facet.connectionId === null ? null : facet.name === "show_as_button");
      return { name: facet.name, previousValue, updatedValue: valueIn(after.view, facet) ?? null };
    });
}

/** Worst first. */
const STRONGEST: readonly OperationEffect[] = ["undone", "change", "unknown", "none"];

/** The effect of one operation on several Organizations, as that on a connection of the whole tenant has. */
export function strongestEffect(left: OperationEffect, right: OperationEffect): OperationEffect {
  return STRONGEST.indexOf(left) <= STRONGEST.indexOf(right) ? left : right;
}
