import type { OrganizationId } from "../../domain/identifiers.ts";
import type { EnabledConnection } from "../../domain/organization.ts";
import { moment, plain } from "../../domain/text.ts";
import type { OrganizationState } from "../../evidence/query/state.ts";
import { failureObject, wires } from "../objects.ts";
import { columns } from "./columns.ts";
import { failureText, organizationAndId, UNKNOWN } from "./organization.ts";

/** An Organization's state at a run for a terminal, line by line. */
export function stateLines(organizationId: OrganizationId, state: OrganizationState): readonly string[] {
  const { enabledConnections, manifest, organizationName } = state;
  const name = organizationAndId({ organizationId, organizationName });
  return [
    plain(`${name} as of run ${manifest.runId}, ${moment(manifest.startedAt)}`),
    plain(certaintyText(state)),
    ...(enabledConnections === null ? [] : connectionLines(enabledConnections)),
    nextText(state),
  ];
}

function certaintyText({ certainty, manifest }: OrganizationState): string {
  switch (certainty.kind) {
    case "observed":
      return `Observed at ${moment(certainty.observedAt)}.`;
    case "carried":
      return `Last observed at ${moment(certainty.observedAt)} in run ${certainty.runId}; it may have changed since. This run could not read the Organization: ${failureText(certainty.failure)}`;
    case "never_read":
      return `Unknown: the Organization had not been read before, and this run could not read it: ${failureText(certainty.failure)}`;
    case "deleted":
      return `No one: the Organization was deleted (detected ${moment(certainty.observedAt)}).`;
    case "absent":
      return manifest.scope === "all"
        ? "No one: the Organization is not in the tenant."
        : "Unknown: the Organization is not in the list that was audited.";
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

function nextText({ next }: OrganizationState): string {
  if (next === null) return "No later run has observed the Organization.";
  const observed = `Next observed at ${moment(next.observedAt)} in run ${next.runId}`;
  if (next.isSame === null) return `${observed}. There is no earlier state to compare it with.`;
  return `${observed}: ${next.isSame ? "no changes" : "changed"}.`;
}

/** An Organization's state at a run as JSON. */
export function stateJson(organizationId: OrganizationId, state: OrganizationState): string {
  const { certainty, enabledConnections, manifest, next, organizationName } = state;
  const object = {
    organization_id: organizationId,
    organization_name: organizationName,
    run_id: manifest.runId,
    scope: { kind: manifest.scope },
    certainty: certainty.kind,
    observed_at: "observedAt" in certainty ? certainty.observedAt : null,
    observed_in_run_id: certainty.kind === "carried" ? certainty.runId : null,
    failure: "failure" in certainty ? failureObject(certainty.failure) : null,
    enabled_connections: enabledConnections && wires(enabledConnections),
    next_observation: next && { run_id: next.runId, observed_at: next.observedAt, is_same: next.isSame },
  };
  return `${JSON.stringify(object, null, 2)}\n`;
}
