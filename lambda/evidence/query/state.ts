import type { RunId, Timestamp } from "../../domain/identifiers.ts";
import type { EnabledConnection, Failure } from "../../domain/organization.ts";
import { lastObservation, type OrganizationSnapshot } from "../../domain/snapshot.ts";
import type { Manifest } from "../format/manifest.ts";
import { sameConnections } from "./history.ts";

/** Which connections an Organization had enabled at an instant, and how certain that is. */
export interface OrganizationState {
  readonly manifest: Manifest;
  readonly organizationName: string | null;
  /** Null when it was never read, was deleted, or is not in the snapshot. */
  readonly enabledConnections: readonly EnabledConnection[] | null;
  readonly certainty: Certainty;
  /** The next observation; null when there is none yet. */
  readonly next: NextObservation | null;
}

export type Certainty =
  /** It was read in this run. */
  | { readonly kind: "observed"; readonly observedAt: Timestamp }
  /** This run could not read it: the connections are from an earlier observation and may have changed since. */
  | { readonly kind: "carried"; readonly observedAt: Timestamp; readonly runId: RunId; readonly failure: Failure }
  | { readonly kind: "never_read"; readonly failure: Failure }
  | { readonly kind: "deleted"; readonly observedAt: Timestamp }
  | { readonly kind: "absent" };

export interface NextObservation {
  readonly runId: RunId;
  readonly observedAt: Timestamp;
  /** Whether it shows the same connections; null when there is nothing to compare with. */
  readonly isSame: boolean | null;
}

/** The state of an Organization in one run's snapshot, with the next observation `later`. */
export function organizationState(
  manifest: Manifest,
  snapshot: OrganizationSnapshot | null,
  later: Extract<OrganizationSnapshot, { status: "observed" | "deleted" }> | null,
): OrganizationState {
  const known = snapshot === null ? null : lastObservation(snapshot);
  const seen = later === null ? null : lastObservation(later);
  return {
    manifest,
    organizationName: snapshot?.organizationName ?? null,
    enabledConnections: known?.enabledConnections ?? null,
    certainty: certaintyOf(snapshot),
    next: later && {
      runId: later.runId,
      observedAt: later.observedAt,
      isSame: known === null ? null : seen !== null && sameConnections(known, seen),
    },
  };
}

function certaintyOf(snapshot: OrganizationSnapshot | null): Certainty {
  switch (snapshot?.status) {
    case undefined:
      return { kind: "absent" };
    case "observed":
      return { kind: "observed", observedAt: snapshot.observedAt };
    case "deleted":
      return { kind: "deleted", observedAt: snapshot.observedAt };
    case "failed": {
      const { failure, lastObserved } = snapshot;
      if (lastObserved === null) return { kind: "never_read", failure };
      return { kind: "carried", observedAt: lastObserved.observedAt, runId: lastObserved.runId, failure };
    }
  }
}
