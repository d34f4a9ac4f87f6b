import type { Change, ChangeKind, PropertyChange } from "../domain/change.ts";
import type { RunId, Timestamp } from "../domain/identifiers.ts";
import { compareText } from "../domain/order.ts";
import type { EnabledConnection } from "../domain/organization.ts";
import type { ScopeKind } from "../domain/run.ts";
import type { OrganizationSnapshot } from "../domain/snapshot.ts";
import {
  type Assessment,
  assessDisabled,
  assessDisabledByDeletion,
  assessEnabled,
  assessOrganization,
  assessUpdated,
} from "./severity.ts";

/** The two runs that are compared. */
export interface Comparison {
  readonly runId: RunId;
  /** The start of the newer run: whatever is known only by a list happened before it. */
  readonly startedAt: Timestamp;
  readonly scope: ScopeKind;
  /** The older run's scope; null when there is none: the tenant's first run, which has no changes. */
  readonly previousScope: ScopeKind | null;
}

type Present = Exclude<OrganizationSnapshot, { status: "deleted" }>;
type Baseline = {
  readonly name: string | null;
  readonly displayName: string | null;
  readonly observedAt: Timestamp;
  readonly enabledConnections: readonly EnabledConnection[];
};

/**
 * What changed in one Organization between two snapshots, in the order of the evidence. Null stands for a snapshot that
 * has no line for it. What could not be read is never a change.
 */
export function diffOrganization(
  previousLine: OrganizationSnapshot | null,
  current: OrganizationSnapshot | null,
  comparison: Comparison,
): readonly Change[] {
  if (comparison.previousScope === null) return [];
  // An Organization that was found deleted is not repeated in the next snapshot, so it counts as absent.
  const previous = previousLine?.status === "deleted" ? null : previousLine;
  if (previous === null) return current === null || current.status === "deleted" ? [] : appeared(current, comparison);
  if (current === null) return disappeared(previous, comparison);
  switch (current.status) {
    case "failed":
      return [];
    case "deleted":
      return deleted(previous, current, comparison.runId, current.observedAt);
    case "observed":
      return observedAgain(previous, current, comparison.runId);
  }
}

function isWholeTenant({ scope, previousScope }: Comparison): boolean {
  return scope === "all" && previousScope === "all";
}

function appeared(current: Present, comparison: Comparison): readonly Change[] {
  const about = subject(comparison.runId, current, null, current.observedAt);
  if (!isWholeTenant(comparison)) return [organizationChange(about, "scope_added")];
  const created = organizationChange(about, "organization_created");
  return current.status === "failed" ? [created] : [created, ...allEnabled(about, current.enabledConnections)];
}

function disappeared(previous: Present, comparison: Comparison): readonly Change[] {
  if (isWholeTenant(comparison)) return deleted(previous, previous, comparison.runId, comparison.startedAt);
  const after = baselineOf(previous)?.observedAt ?? null;
  return [organizationChange(subject(comparison.runId, previous, after, comparison.startedAt), "scope_removed")];
}

function deleted(previous: Present, named: OrganizationSnapshot, runId: RunId, before: Timestamp): readonly Change[] {
  const baseline = baselineOf(previous);
  const about = subject(runId, named, baseline?.observedAt ?? null, before);
  return [
    organizationChange(about, "organization_deleted"),
    ...(baseline?.enabledConnections ?? []).map((connection) =>
      connectionChange(about, "connection_disabled", connection, assessDisabledByDeletion()),
    ),
  ];
}

function observedAgain(
  previous: Present,
  current: Extract<Present, { status: "observed" }>,
  runId: RunId,
): readonly Change[] {
  const baseline = baselineOf(previous);
  const about = subject(runId, current, baseline?.observedAt ?? null, current.observedAt);
  if (baseline === null)
    return previous.status === "failed" && previous.firstReading === "enables_connections"
      ? allEnabled(about, current.enabledConnections)
      : [];
  return [
    ...renamed(about, baseline, current),
    ...diffConnections(about, baseline.enabledConnections, current.enabledConnections),
  ];
}

/** The Organization's last observation: in the line itself, or carried there while it could not be read. */
export function baselineOf(line: OrganizationSnapshot): Baseline | null {
  switch (line.status) {
    case "observed":
      return { name: line.organizationName, displayName: line.organizationDisplayName, ...line };
    case "failed":
      return line.lastObserved === null
        ? null
        : {
            name: line.lastObserved.organizationName,
            displayName: line.lastObserved.organizationDisplayName,
            ...line.lastObserved,
          };
    case "deleted":
      return null;
  }
}

type Subject = Pick<Change, "runId" | "organizationId" | "organizationName" | "between">;

function subject(
  runId: RunId,
  { organizationId, organizationName }: OrganizationSnapshot,
  after: Timestamp | null,
  before: Timestamp,
): Subject {
  return { runId, organizationId, organizationName, between: { after, before } };
}

function organizationChange(
  about: Subject,
  change: Parameters<typeof assessOrganization>[0],
  properties: readonly PropertyChange[] = [],
): Change {
  const nothing = { connectionId: null, connectionName: null, strategy: null };
  return { ...about, change, ...nothing, properties, ...assessOrganization(change) };
}

function renamed(about: Subject, baseline: Baseline, current: OrganizationSnapshot): readonly Change[] {
  // A given list of IDs tells no names: an unknown name is no other name.
  if (baseline.name === null || current.organizationName === null) return [];
  const properties = changedProperties([
    ["name", baseline.name, current.organizationName],
    ["display_name", baseline.displayName, current.organizationDisplayName],
  ]);
  return properties.length === 0 ? [] : [organizationChange(about, "organization_renamed", properties)];
}

function connectionChange(
  about: Subject,
  change: ChangeKind,
  { connectionId, name, strategy }: EnabledConnection,
  assessed: Assessment,
  properties: readonly PropertyChange[] = [],
): Change {
  return { ...about, change, connectionId, connectionName: name, strategy, properties, ...assessed };
}

function allEnabled(about: Subject, current: readonly EnabledConnection[]): readonly Change[] {
  return diffConnections(about, [], current);
}

function diffConnections(
  about: Subject,
  previous: readonly EnabledConnection[],
  current: readonly EnabledConnection[],
): readonly Change[] {
  const connections = { previous, current };
  const before = new Map(previous.map((connection) => [connection.connectionId, connection]));
  const after = new Map(current.map((connection) => [connection.connectionId, connection]));
  const disabled = byId(previous)
    .filter(({ connectionId }) => !after.has(connectionId))
    .map((connection) => connectionChange(about, "connection_disabled", connection, assessDisabled(connections)));
  const enabled = byId(current)
    .filter(({ connectionId }) => !before.has(connectionId))
    .map((connection) =>
      connectionChange(about, "connection_enabled", connection, assessEnabled(connection, connections)),
    );
  const updated = byId(current).flatMap((connection) => {
    const was = before.get(connection.connectionId);
    const [first, ...others] = was === undefined ? [] : diffConnection(was, connection);
    return first === undefined
      ? []
      : [
          connectionChange(about, "connection_updated", connection, assessUpdated(first, ...others), [
            first,
            ...others,
          ]),
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
