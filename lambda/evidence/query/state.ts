import type { RunId, Timestamp } from "../../domain/identifiers.ts";
import type { EnabledConnection, Failure } from "../../domain/organization.ts";
import { lastObservation, type OrganizationSnapshot } from "../../domain/snapshot.ts";
import type { Manifest } from "../format/manifest.ts";
import { sameConnections } from "./history.ts";

/** Which connections an Organization had enabled at a run, and how certain that is. */
export interface OrganizationState {
  readonly manifest: Manifest;
  readonly organizationName: string | null;
  readonly organizationDisplayName: string | null;
  /** Null when it was never read, was deleted, or is not in the state. */
  readonly enabledConnections: readonly EnabledConnection[] | null;
  readonly certainty: Certainty;
  /** The next observation; null when there is none yet. */
  readonly next: NextObservation | null;
}

export type Certainty =
  /** It was read in this run. */
  | { readonly kind: "observed"; readonly observedAt: Timestamp; readonly runId: RunId }
  /** This run could not read it: the connections are from an earlier observation and may have changed since. */
  | { readonly kind: "carried"; readonly observedAt: Timestamp; readonly runId: RunId; readonly failure: Failure }
  | { readonly kind: "never_read"; readonly failure: Failure }
  | { readonly kind: "deleted"; readonly observedAt: Timestamp; readonly runId: RunId }
  /** No run of the state has a line for it. `isWholeTenantKnown`: so it is not in the tenant. */
  | { readonly kind: "absent"; readonly isWholeTenantKnown: boolean };

export interface NextObservation {
  readonly runId: RunId;
  readonly observedAt: Timestamp;
  /** Whether it shows the same connections; null when there is nothing to compare with. */
  readonly isSame: boolean | null;
}

/** The newest line of an Organization in a state, and the run that wrote it. */
export type StateLine =
  | {
      readonly run: Manifest;
      readonly snapshot: OrganizationSnapshot;
      readonly organizationName: string | null;
      readonly organizationDisplayName: string | null;
    }
  | { readonly run: null; readonly isWholeTenantKnown: boolean };

/** The state of an Organization at a run, with the next observation `later`. */
export function organizationState(
  manifest: Manifest,
  line: StateLine,
  later: Extract<OrganizationSnapshot, { status: "observed" | "deleted" }> | null,
): OrganizationState {
  const known = line.run === null ? null : lastObservation(line.snapshot);
  const seen = later === null ? null : lastObservation(later);
  return {
    manifest,
    organizationName: line.run === null ? null : line.organizationName,
    organizationDisplayName: line.run === null ? null : line.organizationDisplayName,
    enabledConnections: known?.enabledConnections ?? null,
    certainty:
      line.run === null ? { kind: "absent", isWholeTenantKnown: line.isWholeTenantKnown } : certaintyOf(line.snapshot),
    next: later && {
      runId: later.runId,
      observedAt: later.observedAt,
      isSame: known === null ? null : seen !== null && sameConnections(known, seen),
    },
  };
}

function certaintyOf(snapshot: OrganizationSnapshot): Certainty {
  switch (snapshot.status) {
    case "observed":
    case "deleted": {
      const { observedAt, runId, status } = snapshot;
      return { kind: status, observedAt, runId };
    }
    case "failed": {
      const { failure, lastObserved } = snapshot;
      if (lastObserved === null) return { kind: "never_read", failure };
      return { kind: "carried", observedAt: lastObserved.observedAt, runId: lastObserved.runId, failure };
    }
  }
}
