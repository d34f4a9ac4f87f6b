import type { ConnectionId, OrganizationId } from "../domain/identifiers.ts";
import type { Json } from "../domain/json.ts";
import type { EnabledConnection } from "../domain/organization.ts";
import { counted, moment, plain } from "../domain/text.ts";
import { encodeChange } from "../evidence/format/lines.ts";
import type { HistoryEntry } from "../evidence/query/history.ts";
import { changeTitle, intervalText, propertyText } from "./wording.ts";

/** An Organization's history, as it is rendered. */
export interface HistoryText {
  readonly organizationId: OrganizationId;
  readonly organizationName: string | null;
  /** The one connection that the history is of; null: all of them. */
  readonly connectionId: ConnectionId | null;
  readonly runs: number;
  readonly entries: readonly HistoryEntry[];
}

/** A history for a terminal, line by line. */
export function historyLines({
  organizationId,
  organizationName,
  connectionId,
  runs,
  entries,
}: HistoryText): readonly string[] {
  const name = organizationName === null ? organizationId : `${organizationName} (${organizationId})`;
  const what = connectionId === null ? name : `${connectionId} in ${name}`;
  const nothing = connectionId === null ? "no connection enabled" : "not enabled";
  return [`${what}, ${counted(runs, "run")}`, ...entries.map((entry) => entryLine(entry, nothing))].map(plain);
}

function entryLine(entry: HistoryEntry, nothing: string): string {
  switch (entry.kind) {
    case "change": {
      const { change } = entry;
      const properties = change.properties.map((property) => `, ${propertyText(property)}`).join("");
      return `  ${change.severity.padEnd(8)} ${intervalText(change.between)}: ${changeTitle(change)}${properties}`;
    }
    case "observed":
      return `  read     ${span(entry.firstObservedAt, entry.lastObservedAt)} in ${counted(entry.runs, "run")}: ${connectionsText(entry.enabledConnections, nothing)}`;
    case "not_read":
      return `  not read ${runsText(entry)}: ${entry.failure.code}, ${entry.failure.message}`;
    case "run_failed":
      return `  not read run ${entry.runId}, which failed: ${entry.message}`;
    case "deleted":
      return `  deleted  found so at ${moment(entry.observedAt)}`;
    case "absent":
      return `  absent   ${runsText(entry)}: it is not in the ${entry.scope === "all" ? "tenant's list" : "given list"}`;
  }
}

function span(first: string, last: string): string {
  return first === last ? moment(first) : `${moment(first)} to ${moment(last)}`;
}

function runsText({ firstRunId, lastRunId, runs }: Extract<HistoryEntry, { kind: "not_read" | "absent" }>): string {
  return runs === 1 ? `run ${firstRunId}` : `${counted(runs, "run")}, ${firstRunId} to ${lastRunId}`;
}

function connectionsText(connections: readonly EnabledConnection[], nothing: string): string {
  return connections.length === 0 ? nothing : connections.map(connectionText).join(", ");
}

function connectionText(connection: EnabledConnection): string {
  const { connectionId, name, strategy } = connection;
  const flags = [
    ...(connection.assignMembershipOnLogin ? ["membership on login"] : []),
    ...(connection.isSignupEnabled ? ["sign-up"] : []),
    ...(connection.showAsButton ? [] : ["no button"]),
  ];
  return `${name ?? connectionId} (${[strategy ?? "strategy not told", ...flags].join(", ")})`;
}

/** The same for programs. */
export function historyJson({ organizationId, organizationName, connectionId, runs, entries }: HistoryText): string {
  const history = {
    organization_id: organizationId,
    organization_name: organizationName,
    connection_id: connectionId,
    runs,
    history: entries.map(entryJson),
  };
  return `${JSON.stringify(history, null, 2)}\n`;
}

function entryJson(entry: HistoryEntry): Json {
  switch (entry.kind) {
    case "change":
      return { kind: "change", ...JSON.parse(encodeChange(entry.change)) };
    case "observed":
      return {
        kind: "observed",
        first_run_id: entry.firstRunId,
        last_run_id: entry.lastRunId,
        runs: entry.runs,
        first_observed_at: entry.firstObservedAt,
        last_observed_at: entry.lastObservedAt,
        organization_name: entry.organizationName,
        enabled_connections: entry.enabledConnections.map(({ wire }) => wire),
      };
    case "not_read":
      return {
        kind: "not_read",
        run_ids: entry.runIds,
        failure: { code: entry.failure.code, http_status: entry.failure.httpStatus, message: entry.failure.message },
      };
    case "run_failed":
      return { kind: "run_failed", run_id: entry.runId, message: entry.message };
    case "deleted":
      return { kind: "deleted", run_id: entry.runId, observed_at: entry.observedAt };
    case "absent":
      return {
        kind: "absent",
        first_run_id: entry.firstRunId,
        last_run_id: entry.lastRunId,
        runs: entry.runs,
        scope: { kind: entry.scope },
      };
  }
}
