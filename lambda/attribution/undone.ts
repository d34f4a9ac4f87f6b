import {
  type Assessment,
  assessDisabled,
  assessEnabled,
  assessOrganization,
  assessUpdated,
  type Connections,
} from "../changes/severity.ts";
import type { Change, ChangeKind, PropertyChange } from "../domain/change.ts";
import type { EnabledConnection } from "../domain/organization.ts";
import { connectionsOf, type DescribeConnection, type Facet, facetKey } from "./model.ts";
import { type EffectsInput, type ObservedState, type Step, valueIn } from "./steps.ts";

/** Something that came and went between two observations. */
export interface Undone {
  /** The operation that did it. */
  readonly logId: string;
  /** The operation that undid it; null: the logs have none. */
  readonly undoneBy: string | null;
  /** What it briefly was, with its severity; `between` is from the operation to its end, or to the observation without it. */
  readonly change: Change;
}

/** One record for each connection and end, and for the Organization itself. */
export function undoneOf(
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
