import type { OrganizationId, RunId, Timestamp } from "./identifiers.ts";
import type { EnabledConnection, Failure } from "./organization.ts";

/** The last observation of an Organization, carried forward while it cannot be read. */
export interface LastObserved {
  readonly runId: RunId;
  readonly observedAt: Timestamp;
  readonly organizationName: string | null;
  readonly organizationDisplayName: string | null;
  readonly enabledConnections: readonly EnabledConnection[];
}

/**
 * What the first observation of an Organization will mean: it existed before the first run (`sets_baseline`, no changes),
 * or it was created since (`enables_connections`).
 */
export type FirstReading = "sets_baseline" | "enables_connections";

interface SnapshotIdentity {
  readonly runId: RunId;
  readonly organizationId: OrganizationId;
  readonly organizationName: string | null;
  readonly organizationDisplayName: string | null;
  /** The moment of the answer (observed, deleted) or of the last attempt (failed). */
  readonly observedAt: Timestamp;
}

export interface ObservedOrganization extends SnapshotIdentity {
  readonly status: "observed";
  /** Sorted by connection ID. */
  readonly enabledConnections: readonly EnabledConnection[];
}

export interface FailedOrganization extends SnapshotIdentity {
  readonly status: "failed";
  readonly failure: Failure;
  readonly lastObserved: LastObserved | null;
  /** Null when it was observed before: then `lastObserved` has that. */
  readonly firstReading: FirstReading | null;
}

export interface DeletedOrganization extends SnapshotIdentity {
  readonly status: "deleted";
}

/** One Organization in one run's snapshot. */
export type OrganizationSnapshot = ObservedOrganization | FailedOrganization | DeletedOrganization;

/** What is known of an Organization before a run: its newest line, with names where an older run knew them. */
export type KnownOrganization = OrganizationSnapshot & {
  /** When the names were observed; absent: with the line itself. */
  readonly namedAt?: Timestamp;
};

/** A moment at which an Organization was read, and what was enabled then. */
export type Observation = Omit<LastObserved, "runId">;

/** The newest observation that a line holds: its own, or the one carried in it while the Organization cannot be read. */
export function lastObservation(line: OrganizationSnapshot): LastObserved | null {
  switch (line.status) {
    case "observed": {
      const { runId, observedAt, organizationName, organizationDisplayName, enabledConnections } = line;
      return { runId, observedAt, organizationName, organizationDisplayName, enabledConnections };
    }
    case "failed":
      return line.lastObserved;
    case "deleted":
      return null;
  }
}
