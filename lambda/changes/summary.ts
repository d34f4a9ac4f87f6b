import { CHANGE_KINDS, type Change, type ChangeKind, SEVERITIES, type Severity } from "../domain/change.ts";
import { hasUnknownProperties } from "../domain/enabled-connection.ts";
import type { OrganizationSnapshot } from "../domain/snapshot.ts";

export interface Summary {
  readonly organizations: {
    readonly requested: number;
    readonly observed: number;
    readonly failed: number;
    readonly deleted: number;
  };
  /** Enabled connections of the observed Organizations, in all. */
  readonly connections: number;
  readonly changes: Readonly<Record<ChangeKind, number>>;
  readonly severity: Readonly<Record<Severity, number>>;
  /** Connections that carry properties this version does not know; they are stored, not compared. */
  readonly unknownProperties: number;
}

function zeros<Key extends string>(keys: readonly Key[]): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>;
}

/** The summary of nothing. */
export const EMPTY_SUMMARY: Summary = {
  organizations: { requested: 0, observed: 0, failed: 0, deleted: 0 },
  connections: 0,
  changes: zeros(CHANGE_KINDS),
  severity: zeros(SEVERITIES),
  unknownProperties: 0,
};

/** Two summaries of different Organizations as one. */
export function addSummaries(left: Summary, right: Summary): Summary {
  return {
    organizations: addCounts(left.organizations, right.organizations),
    connections: left.connections + right.connections,
    changes: addCounts(left.changes, right.changes),
    severity: addCounts(left.severity, right.severity),
    unknownProperties: left.unknownProperties + right.unknownProperties,
  };
}

function addCounts<Key extends string>(
  left: Readonly<Record<Key, number>>,
  right: Readonly<Record<Key, number>>,
): Record<Key, number> {
  const sum: Record<Key, number> = { ...left };
  for (const key of Object.keys(right) as Key[]) sum[key] = left[key] + right[key];
  return sum;
}

/** What one Organization's line and its changes add to the summary. `snapshot` is null for one that left the scope. */
export function summarize(snapshot: OrganizationSnapshot | null, changes: readonly Change[]): Summary {
  const connections = snapshot?.status === "observed" ? snapshot.enabledConnections : [];
  const kinds = zeros(CHANGE_KINDS);
  const severity = zeros(SEVERITIES);
  for (const change of changes) {
    kinds[change.change] += 1;
    severity[change.severity] += 1;
  }
  const is = (status: OrganizationSnapshot["status"]) => (snapshot?.status === status ? 1 : 0);
  return {
    organizations: {
      requested: snapshot === null ? 0 : 1,
      observed: is("observed"),
      failed: is("failed"),
      deleted: is("deleted"),
    },
    connections: connections.length,
    changes: kinds,
    severity,
    unknownProperties: connections.filter(({ wire }) => hasUnknownProperties(wire)).length,
  };
}
