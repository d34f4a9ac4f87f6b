import { connectionKind } from "../domain/connection-kind.ts";
import type { RunId, Timestamp } from "../domain/identifiers.ts";
import type { JsonObject } from "../domain/json.ts";
import type { EnabledConnection } from "../domain/organization.ts";
import { lastObservation, type OrganizationSnapshot } from "../domain/snapshot.ts";
import { CsvTable } from "./csv.ts";

/** An Organization and one of its enabled connections; `connection` is null when it has none, or was never read. */
export interface StateRow
  extends Pick<OrganizationSnapshot, "organizationId" | "organizationName" | "organizationDisplayName"> {
  readonly connection: EnabledConnection | null;
  /** Whether the newest run that should have read the Organization did. */
  readonly status: "read" | "unread";
  /** The observation that the row rests on; null when the Organization was never read. */
  readonly observedAt: Timestamp | null;
  readonly runId: RunId | null;
}

/** The rows of an Organization by its newest line; none when it was deleted. */
export function stateRows(line: OrganizationSnapshot): readonly StateRow[] {
  if (line.status === "deleted") return [];
  const { organizationDisplayName, organizationId, organizationName } = line;
  const seen = lastObservation(line);
  const connections = seen?.enabledConnections ?? [];
  return (connections.length === 0 ? [null] : connections).map((connection) => ({
    organizationId,
    organizationName,
    organizationDisplayName,
    connection,
    status: line.status === "observed" ? "read" : "unread",
    observedAt: seen?.observedAt ?? null,
    runId: seen?.runId ?? null,
  }));
}

/** A row with the column names of state.csv as keys. */
export function stateObject(row: StateRow): JsonObject {
  const { connection } = row;
  return {
    organization_id: row.organizationId,
    organization_name: row.organizationName,
    organization_display_name: row.organizationDisplayName,
    connection_id: connection?.connectionId ?? null,
    connection_name: connection?.name ?? null,
    strategy: connection?.strategy ?? null,
    kind: connection === null ? null : connectionKind(connection.strategy),
    assign_membership_on_login: connection?.assignMembershipOnLogin ?? null,
    show_as_button: connection?.showAsButton ?? null,
    is_signup_enabled: connection?.isSignupEnabled ?? null,
    status: row.status,
    observed_at: row.observedAt,
    run_id: row.runId,
  };
}

const COLUMNS = [
  "organization_id",
  "organization_name",
  "organization_display_name",
  "connection_id",
  "connection_name",
  "strategy",
  "kind",
  "assign_membership_on_login",
  "show_as_button",
  "is_signup_enabled",
  "status",
  "observed_at",
  "run_id",
] as const;

/** state.csv: who could sign in where, as it was last observed. */
export const STATE_CSV = new CsvTable<JsonObject>(
  COLUMNS.map((name) => [name, (row) => (row[name] == null ? null : String(row[name]))]),
);
