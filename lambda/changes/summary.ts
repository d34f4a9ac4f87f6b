import { CHANGE_KINDS, type Change, type ChangeKind, SEVERITIES, type Severity } from "../domain/change.ts";
import { hasUnknownProperties } from "../domain/enabled-connection.ts";
import type { Finding } from "../domain/finding.ts";
import type { RunId } from "../domain/identifiers.ts";
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
  readonly findings: FindingCounts;
  /** How sure the run is of who made its changes. */
  readonly attribution: Readonly<Record<Confidence, number>>;
  /** How many operations came and went between two observations. */
  readonly undone: number;
  /** Connections that carry properties this version does not know; they are stored, not compared. */
  readonly unknownProperties: number;
  /** For a sweep: how many of its changes no hint named since the last update; null where hints are not in use. */
  readonly missedByHints: number | null;
}

/** The findings of a run. */
export interface FindingCounts {
  readonly open: Readonly<Record<Severity, number>>;
  readonly waived: number;
  readonly notEvaluated: number;
  /** Open findings that this run is the first to have. */
  readonly new: number;
  /** Open findings of the state before that are gone. */
  readonly resolved: number;
}

/** How sure it is who made a change. */
export const CONFIDENCES = ["certain", "likely", "none"] as const;

export type Confidence = (typeof CONFIDENCES)[number];

function zeros<Key extends string>(keys: readonly Key[]): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>;
}

/** The summary of nothing. */
export const EMPTY_SUMMARY: Summary = {
  organizations: { requested: 0, observed: 0, failed: 0, deleted: 0 },
  connections: 0,
  changes: zeros(CHANGE_KINDS),
  severity: zeros(SEVERITIES),
  findings: { open: zeros(SEVERITIES), waived: 0, notEvaluated: 0, new: 0, resolved: 0 },
  attribution: zeros(CONFIDENCES),
  undone: 0,
  unknownProperties: 0,
  missedByHints: null,
};

/** Two summaries of different Organizations as one. */
export function addSummaries(left: Summary, right: Summary): Summary {
  return {
    organizations: addCounts(left.organizations, right.organizations),
    connections: left.connections + right.connections,
    changes: addCounts(left.changes, right.changes),
    severity: addCounts(left.severity, right.severity),
    findings: addFindings(left.findings, right.findings),
    attribution: addCounts(left.attribution, right.attribution),
    undone: left.undone + right.undone,
    unknownProperties: left.unknownProperties + right.unknownProperties,
    missedByHints: left.missedByHints === null ? right.missedByHints : left.missedByHints + (right.missedByHints ?? 0),
  };
}

/** Two counts of different Organizations' findings as one. */
export function addFindings(
  { open, ...left }: FindingCounts,
  { open: others, ...right }: FindingCounts,
): FindingCounts {
  return { open: addCounts(open, others), ...addCounts(left, right) };
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
    findings: EMPTY_SUMMARY.findings,
    attribution: EMPTY_SUMMARY.attribution,
    undone: 0,
    unknownProperties: connections.filter(({ wire }) => hasUnknownProperties(wire)).length,
    missedByHints: null,
  };
}

/** The findings of one Organization in a run, counted; `before` are those of its newest line in the state before. */
export function countFindings(
  runId: RunId,
  findings: readonly Finding[],
  before: readonly Pick<Finding, "rule" | "connectionId" | "status">[],
): FindingCounts {
  const open = zeros(SEVERITIES);
  const counts = { waived: 0, notEvaluated: 0, new: 0 };
  for (const { firstSeen, severity, status } of findings)
    switch (status) {
      case "open":
        open[severity] += 1;
        if (firstSeen.runId === runId) counts.new += 1;
        break;
      case "waived":
        counts.waived += 1;
        break;
      case "not_evaluated":
        counts.notEvaluated += 1;
        break;
    }
  const isGone = (earlier: (typeof before)[number]) =>
    !findings.some(({ rule, connectionId }) => rule === earlier.rule && connectionId === earlier.connectionId);
  const resolved = before.filter((earlier) => earlier.status === "open" && isGone(earlier)).length;
  return { open, ...counts, resolved };
}
