import type { Change, ChangeKind, PropertyChange } from "../domain/change.ts";
import type { ConnectionId, RunId, Timestamp } from "../domain/identifiers.ts";
import { compareText } from "../domain/order.ts";
import type { EnabledConnection } from "../domain/organization.ts";
import {
  type KnownOrganization,
  lastObservation,
  type Observation,
  type OrganizationSnapshot,
} from "../domain/snapshot.ts";
import {
  type Assessment,
  assessDisabled,
  assessDisabledByDeletion,
  assessEnabled,
  assessOrganization,
  assessUpdated,
  type OrganizationChangeKind,
} from "./severity.ts";

/** What the differences of a run rest on. */
export interface Comparison {
  readonly runId: RunId;
  /** The start of the run: what only a list shows happened before it. */
  readonly startedAt: Timestamp;
  /** What an Organization without an earlier observation means; `baseline`: nothing, this run sets its baseline. */
  readonly appeared: "organization_created" | "scope_added" | "baseline";
  /** What an Organization without a line in this run means; `ignored`: nothing, the run is not about it. */
  readonly disappeared: "organization_deleted" | "scope_removed" | "ignored";
  /** Whether the connection is enabled in more than one Organization. */
  readonly isShared: (connectionId: ConnectionId) => boolean;
}

type Present = Exclude<OrganizationSnapshot, { status: "deleted" }>;

/**
 * What changed in one Organization, in the order of the evidence: from what is known of it to the line of this run. Null:
 * there is no such line. An Organization that could not be read has no changes.
 */
export function diffOrganization(
  known: KnownOrganization | null,
  current: OrganizationSnapshot | null,
  comparison: Comparison,
): readonly Change[] {
  // A deleted Organization is not repeated in the next snapshot: it counts as absent.
  const previous = known === null || known.status === "deleted" ? null : known;
  if (previous === null)
    return current === null || current.status === "deleted" ? [] : diffAppeared(current, comparison);
  if (current === null) return diffDisappeared(previous, comparison);
  switch (current.status) {
    case "failed":
      return [];
    case "deleted":
      return diffDeleted(previous, current, comparison.runId, current.observedAt);
    case "observed":
      return diffObserved(previous, current, comparison);
  }
}

function diffAppeared(current: Present, comparison: Comparison): readonly Change[] {
  const subject = subjectOf(comparison.runId, current, null, current.observedAt);
  switch (comparison.appeared) {
    case "baseline":
      return [];
    case "scope_added":
      return [organizationChange(subject, "scope_added")];
    case "organization_created": {
      const created = organizationChange(subject, "organization_created");
      if (current.status === "failed") return [created];
      return [created, ...diffConnections(subject, [], current.enabledConnections, comparison)];
    }
  }
}

function diffDisappeared(previous: Present, comparison: Comparison): readonly Change[] {
  const { disappeared, runId, startedAt } = comparison;
  switch (disappeared) {
    case "ignored":
      return [];
    case "organization_deleted":
      return diffDeleted(previous, previous, runId, startedAt);
    case "scope_removed": {
      const after = lastObservation(previous)?.observedAt ?? null;
      return [organizationChange(subjectOf(runId, previous, after, startedAt), "scope_removed")];
    }
  }
}

function diffDeleted(
  previous: Present,
  named: OrganizationSnapshot,
  runId: RunId,
  before: Timestamp,
): readonly Change[] {
  const baseline = lastObservation(previous);
  const subject = subjectOf(runId, named, baseline?.observedAt ?? null, before);
  const connections = baseline?.enabledConnections ?? [];
  return [
    organizationChange(subject, "organization_deleted"),
    ...connections.map((connection) =>
      connectionChange(subject, "connection_disabled", connection, assessDisabledByDeletion()),
    ),
  ];
}

function diffObserved(
  previous: Present & KnownOrganization,
  current: Extract<Present, { status: "observed" }>,
  comparison: Comparison,
): readonly Change[] {
  const baseline = lastObservation(previous);
  const subject = subjectOf(comparison.runId, current, baseline?.observedAt ?? null, current.observedAt);
  if (baseline === null)
    return previous.status === "failed" && previous.firstReading === "enables_connections"
      ? diffConnections(subject, [], current.enabledConnections, comparison)
      : [];
  const { between } = subject;
  const namedAt = previous.namedAt ?? between.after;
  return [
    ...diffNames({ ...subject, between: { ...between, after: namedAt } }, baseline, current),
    ...diffConnections(subject, baseline.enabledConnections, current.enabledConnections, comparison),
  ];
}

type Subject = Pick<Change, "runId" | "organizationId" | "organizationName" | "between">;

function subjectOf(
  runId: RunId,
  { organizationId, organizationName }: OrganizationSnapshot,
  after: Timestamp | null,
  before: Timestamp,
): Subject {
  return { runId, organizationId, organizationName, between: { after, before } };
}

function organizationChange(
  subject: Subject,
  change: OrganizationChangeKind,
  properties: readonly PropertyChange[] = [],
): Change {
  const noConnection = { connectionId: null, connectionName: null, strategy: null };
  return { ...subject, change, ...noConnection, properties, ...assessOrganization(change) };
}

function diffNames(subject: Subject, baseline: Observation, current: OrganizationSnapshot): readonly Change[] {
  // A run over a given list of IDs knows no names: an unknown name is not a different name.
  if (baseline.organizationName === null || current.organizationName === null) return [];
  const properties = changedProperties([
    ["name", baseline.organizationName, current.organizationName],
    ["display_name", baseline.organizationDisplayName, current.organizationDisplayName],
  ]);
  return properties.length === 0 ? [] : [organizationChange(subject, "organization_renamed", properties)];
}

function connectionChange(
  subject: Subject,
  change: ChangeKind,
  { connectionId, name, strategy }: EnabledConnection,
  assessed: Assessment,
  properties: readonly PropertyChange[] = [],
): Change {
  return { ...subject, change, connectionId, connectionName: name, strategy, properties, ...assessed };
}

function diffConnections(
  subject: Subject,
  previous: readonly EnabledConnection[],
  current: readonly EnabledConnection[],
  { isShared }: Pick<Comparison, "isShared">,
): readonly Change[] {
  const connections = { previous, current, isShared };
  const before = new Map(previous.map((connection) => [connection.connectionId, connection]));
  const after = new Map(current.map((connection) => [connection.connectionId, connection]));
  const disabled = byId(previous)
    .filter(({ connectionId }) => !after.has(connectionId))
    .map((one) => connectionChange(subject, "connection_disabled", one, assessDisabled(one, connections)));
  const enabled = byId(current)
    .filter(({ connectionId }) => !before.has(connectionId))
    .map((one) => connectionChange(subject, "connection_enabled", one, assessEnabled(one, connections)));
  const updated = byId(current).flatMap((one) => {
    const earlier = before.get(one.connectionId);
    const [first, ...others] = earlier === undefined ? [] : diffConnection(earlier, one);
    if (first === undefined) return [];
    const properties = [first, ...others] as const;
    return [
      connectionChange(subject, "connection_updated", one, assessUpdated(one, connections, properties), properties),
    ];
  });
  return [...disabled, ...enabled, ...updated];
}

function byId(connections: readonly EnabledConnection[]): readonly EnabledConnection[] {
  return [...connections].sort((left, right) => compareText(left.connectionId, right.connectionId));
}

function diffConnection(previous: EnabledConnection, current: EnabledConnection): readonly PropertyChange[] {
  return changedProperties([
    ["assign_membership_on_login", previous.assignMembershipOnLogin, current.assignMembershipOnLogin],
    ["show_as_button", previous.showAsButton, current.showAsButton],
    ["is_signup_enabled", previous.isSignupEnabled, current.isSignupEnabled],
    ["connection.name", previous.name, current.name],
    ["connection.strategy", previous.strategy, current.strategy],
  ]);
}

type Compared = readonly [name: string, previousValue: string | boolean | null, updatedValue: string | boolean | null];

function changedProperties(compared: readonly Compared[]): readonly PropertyChange[] {
  return compared
    .filter(([, previousValue, updatedValue]) => previousValue !== updatedValue)
    .map(([name, previousValue, updatedValue]) => ({ name, previousValue, updatedValue }));
}
