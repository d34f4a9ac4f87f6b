import type { OrganizationId } from "../domain/identifiers.ts";
import type { EnabledConnection } from "../domain/organization.ts";
import { moment, plain } from "../domain/text.ts";
import type { Certainty, OrganizationState } from "../evidence/query/state.ts";
import { columns } from "./columns.ts";

/** Who could sign in then, for a terminal, line by line. */
export function standingLines(organizationId: OrganizationId, standing: OrganizationState): readonly string[] {
  const { enabledConnections, manifest, organizationName } = standing;
  const name = organizationName === null ? organizationId : `${organizationName} (${organizationId})`;
  return [
    plain(`${name} as of run ${manifest.runId}, ${moment(manifest.startedAt)}`),
    plain(certaintyText(standing.certainty, standing)),
    ...(enabledConnections === null ? [] : connectionLines(enabledConnections)),
    nextText(standing),
  ];
}

function certaintyText(certainty: Certainty, { manifest }: OrganizationState): string {
  switch (certainty.kind) {
    case "observed":
      return `Observed at ${moment(certainty.observedAt)}.`;
    case "carried":
      return `Carried from ${moment(certainty.observedAt)}, run ${certainty.runId}: this run could not read it (${certainty.failure.code}, ${certainty.failure.message}). It may have changed in between.`;
    case "never_read":
      return `Not known: it was never read until then (${certainty.failure.code}, ${certainty.failure.message}).`;
    case "deleted":
      return `Nobody: it was found deleted at ${moment(certainty.observedAt)}.`;
    case "absent":
      return manifest.scope === "all"
        ? "Nobody: the tenant's list does not have it."
        : "Not known: it is not in the list of Organizations that was audited.";
  }
}

function connectionLines(connections: readonly EnabledConnection[]): readonly string[] {
  if (connections.length === 0) return ["No connection is enabled: nobody can sign in."];
  const word = (flag: boolean) => (flag ? "yes" : "no");
  return columns([
    ["connection", "strategy", "membership on login", "sign-up", "button", "ID"],
    ...connections.map((connection) => [
      plain(connection.name ?? "not told"),
      plain(connection.strategy ?? "not told"),
      word(connection.assignMembershipOnLogin),
      word(connection.isSignupEnabled),
      word(connection.showAsButton),
      plain(connection.connectionId),
    ]),
  ]).map((line) => `  ${line}`);
}

function nextText({ next }: OrganizationState): string {
  if (next === null) return "No later run of this evidence reads it.";
  const seen = `The next observation, at ${moment(next.observedAt)} in run ${next.runId},`;
  if (next.isSame === null) return `${seen} has nothing to be compared with.`;
  return next.isSame ? `${seen} shows the same.` : `${seen} shows something else: it changed in between.`;
}

/** The same for programs. */
export function standingJson(organizationId: OrganizationId, standing: OrganizationState): string {
  const { certainty, enabledConnections, manifest, next, organizationName } = standing;
  const answer = {
    organization_id: organizationId,
    organization_name: organizationName,
    run_id: manifest.runId,
    scope: { kind: manifest.scope },
    certainty: certainty.kind,
    observed_at: "observedAt" in certainty ? certainty.observedAt : null,
    observed_in_run_id: certainty.kind === "carried" ? certainty.runId : null,
    failure:
      "failure" in certainty
        ? {
            code: certainty.failure.code,
            http_status: certainty.failure.httpStatus,
            message: certainty.failure.message,
            attempts: certainty.failure.attempts,
          }
        : null,
    enabled_connections: enabledConnections?.map(({ wire }) => wire) ?? null,
    next_observation: next && { run_id: next.runId, observed_at: next.observedAt, is_same: next.isSame },
  };
  return `${JSON.stringify(answer, null, 2)}\n`;
}
