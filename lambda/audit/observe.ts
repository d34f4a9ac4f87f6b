import type { ManagementApi, Reading } from "../auth0/port.ts";
import type { OrganizationId, Timestamp } from "../domain/identifiers.ts";
import type { EnabledConnection, Failure, Organization } from "../domain/organization.ts";
import { lastObservation, type OrganizationSnapshot } from "../domain/snapshot.ts";
import type { Run } from "./run.ts";

/** One Organization to read: as this run's list names it, and what the state holds of it. */
export interface Subject {
  readonly organizationId: OrganizationId;
  /** Null: it is asked for by its ID first. */
  readonly listed: Organization | null;
  readonly previous: OrganizationSnapshot | null;
}

/**
 * Reads one Organization. A failure is a value; only what ends the whole run is thrown (`RunFailure`). Null: it does not
 * exist, and the state knows nothing of it.
 *
 * Auth0 does not document whether a deleted Organization answers 404 or an empty list. Anything that looks like a deletion
 * or a lock-out is therefore confirmed by reading the Organization itself.
 */
export async function observe(
  { listed, organizationId, previous }: Subject,
  run: Run,
  managementApi: ManagementApi,
): Promise<OrganizationSnapshot | null> {
  if (listed !== null) {
    const line = await observeConnections(listed, previous, run, managementApi);
    // No list of an update's names it: it may have been deleted since the state knew it.
    const isGone = line.status === "failed" && line.failure.code === "organization_not_found";
    if (run.kind === "sweep" || !isGone) return line;
  }
  const known = previous === null ? { organizationId, name: null, displayName: null } : named(previous);
  const asked = await managementApi.organization(organizationId);
  if (!asked.ok) return failed(known, previous, run, asked.failure, asked.at);
  if (asked.value === null) return previous === null ? null : { ...identity(known, run, asked.at), status: "deleted" };
  // The list left it out, but it exists: the direct answer counts.
  return observeConnections(asked.value, previous, run, managementApi);
}

async function observeConnections(
  organization: Organization,
  previous: OrganizationSnapshot | null,
  run: Run,
  managementApi: ManagementApi,
): Promise<OrganizationSnapshot> {
  const reading = await managementApi.enabledConnections(organization.organizationId);
  const doubt = reading.ok ? await doubtEmptiness(reading.value, organization, previous, managementApi) : reading;
  if (doubt !== null) return failed(organization, previous, run, doubt.failure, doubt.at);
  return {
    ...identity(organization, run, reading.at),
    status: "observed",
    enabledConnections: reading.ok ? reading.value : [],
  };
}

/** Why an answer without connections is not accepted; null when it is. */
async function doubtEmptiness(
  connections: readonly EnabledConnection[],
  organization: Organization,
  previous: OrganizationSnapshot | null,
  managementApi: ManagementApi,
): Promise<Extract<Reading<never>, { ok: false }> | null> {
  const had = previous === null ? 0 : (lastObservation(previous)?.enabledConnections.length ?? 0);
  if (connections.length > 0 || had === 0) return null;
  const asked = await managementApi.organization(organization.organizationId);
  if (!asked.ok) {
    // A token for a given list of IDs may lack the scope to read Organizations: then the empty list counts.
    if (asked.failure.code === "forbidden") return null;
    return { ...asked, failure: { ...asked.failure, attempts: asked.failure.attempts + 1 } };
  }
  if (asked.value !== null) return null;
  return {
    ok: false,
    at: asked.at,
    failure: {
      code: "organization_not_found",
      httpStatus: 404,
      message: "It answered without connections, and 404 when it was asked for by its ID.",
      attempts: 2,
    },
  };
}

/** An Organization with the names of a line. */
export function named({
  organizationId,
  organizationName,
  organizationDisplayName,
}: OrganizationSnapshot): Organization {
  return { organizationId, name: organizationName, displayName: organizationDisplayName };
}

function identity({ organizationId, name, displayName }: Organization, run: Run, observedAt: Timestamp) {
  return {
    runId: run.runId,
    organizationId,
    organizationName: name,
    organizationDisplayName: displayName,
    observedAt,
  };
}

function failed(
  organization: Organization,
  previous: OrganizationSnapshot | null,
  run: Run,
  failure: Failure,
  at: Timestamp,
): OrganizationSnapshot {
  const lastObserved = previous === null ? null : lastObservation(previous);
  return {
    ...identity(organization, run, at),
    status: "failed",
    failure,
    lastObserved,
    firstReading: lastObserved === null ? firstReadingOf(previous, run) : null,
  };
}

/** If the Organization was created since the tenant's first run, its connections are enabled in the run that first reads it. */
function firstReadingOf(previous: OrganizationSnapshot | null, run: Run): "sets_baseline" | "enables_connections" {
  if (previous?.status === "failed") return previous.firstReading ?? "sets_baseline";
  return run.comparison.appeared === "organization_created" ? "enables_connections" : "sets_baseline";
}
