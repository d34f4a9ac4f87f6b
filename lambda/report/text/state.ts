import type { OrganizationId, Timestamp } from "../../domain/identifiers.ts";
import type { EnabledConnection } from "../../domain/organization.ts";
import { moment, plain } from "../../domain/text.ts";
import type { OrganizationState } from "../../evidence/query/state.ts";
import { failureObject, wires } from "../objects.ts";
import { columns } from "./columns.ts";
import { between } from "./coverage.ts";
import { givenTimeText } from "./notices.ts";
import { failureText, organizationAndId, UNKNOWN } from "./organization.ts";

/**
 * An Organization's state at a run for a terminal, line by line. `at` is the time that was asked for; null for a run by
 * its ID.
 */
export function stateLines(
  organizationId: OrganizationId,
  state: OrganizationState,
  at: Timestamp | null,
): readonly string[] {
  const { enabledConnections, manifest, organizationName } = state;
  const name = organizationAndId({ organizationId, organizationName });
  const given = givenTimeText(manifest);
  return [
    plain(`${name} as of run ${manifest.runId}, ${moment(manifest.completedAt)}`),
    ...(given === null ? [] : [given]),
    plain(certaintyText(state, at)),
    ...(enabledConnections === null ? [] : connectionLines(enabledConnections)),
    nextText(state),
  ];
}

/** What a state rests on, and how long before the time that was asked for; null for a run by its ID. */
export function certaintyText({ certainty, manifest }: OrganizationState, at: Timestamp | null): string {
  const before = (observedAt: Timestamp) =>
    at === null ? "" : `, ${between(observedAt, at)} before the time that was asked for (${moment(at)})`;
  switch (certainty.kind) {
    case "observed": {
      const { observedAt, runId } = certainty;
      const where = runId === manifest.runId ? "" : ` in run ${runId}, the last run that includes the Organization`;
      return `Observed at ${moment(observedAt)}${where}${before(observedAt)}.`;
    }
    case "carried":
      return `Last observed at ${moment(certainty.observedAt)} in run ${certainty.runId}${before(certainty.observedAt)}; it may have changed since. A later run could not read the Organization: ${failureText(certainty.failure)}`;
    case "never_read":
      return `Unknown: no run had read the Organization by then. The last attempt failed: ${failureText(certainty.failure)}`;
    case "deleted":
      return `No one: the Organization was deleted. Detected at ${moment(certainty.observedAt)}${before(certainty.observedAt)}.`;
    case "absent":
      return certainty.isWholeTenantKnown
        ? `No one: the Organization is not in the tenant, as of ${moment(manifest.completedAt)}${before(manifest.completedAt)}.`
        : "Unknown: the Organization is in no list that was audited by then.";
  }
}

function connectionLines(connections: readonly EnabledConnection[]): readonly string[] {
  if (connections.length === 0) return ["No connections are enabled: no one can sign in."];
  const word = (flag: boolean) => (flag ? "yes" : "no");
  return columns([
    ["connection", "strategy", "membership on login", "sign-up", "button", "ID"],
    ...connections.map((connection) => [
      plain(connection.name ?? UNKNOWN),
      plain(connection.strategy ?? UNKNOWN),
      word(connection.assignMembershipOnLogin),
      word(connection.isSignupEnabled),
      word(connection.showAsButton),
      plain(connection.connectionId),
    ]),
  ]).map((line) => `  ${line}`);
}

/** Whether the next observation is the same. */
export function nextText({ next }: OrganizationState): string {
  if (next === null) return "No later run has observed the Organization.";
  const observed = `Next observed at ${moment(next.observedAt)} in run ${next.runId}`;
  if (next.isSame === null) return `${observed}. There is no earlier state to compare it with.`;
  return `${observed}: ${next.isSame ? "no changes" : "changed"}.`;
}

/** An Organization's state at a run as JSON. */
export function stateJson(organizationId: OrganizationId, state: OrganizationState, at: Timestamp | null): string {
  const { certainty, enabledConnections, manifest, next, organizationName } = state;
  const observedAt = "observedAt" in certainty ? certainty.observedAt : null;
  const object = {
    organization_id: organizationId,
    organization_name: organizationName,
    run_id: manifest.runId,
    scope: { kind: manifest.scope },
    certainty: certainty.kind,
    observed_at: observedAt,
    observed_in_run_id: "runId" in certainty ? certainty.runId : null,
    failure: "failure" in certainty ? failureObject(certainty.failure) : null,
    enabled_connections: enabledConnections && wires(enabledConnections),
    next_observation: next && { run_id: next.runId, observed_at: next.observedAt, is_same: next.isSame },
    asked_at: at,
    observed_seconds_before:
      at === null || observedAt === null ? null : Math.round((Date.parse(at) - Date.parse(observedAt)) / 1000),
    run_completed_at: manifest.completedAt,
    scheduled_time_given: manifest.scheduledTimeGiven,
  };
  return `${JSON.stringify(object, null, 2)}\n`;
}
