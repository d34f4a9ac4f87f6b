import { stringify } from "csv-stringify/sync";
import type { EnabledConnection } from "../domain/organization.ts";
import { lastObservation, type OrganizationSnapshot } from "../domain/snapshot.ts";
import { decodeSnapshot } from "../evidence/format/lines.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import { CSV_OPTIONS } from "../report/csv.ts";
import type { Gathered } from "./gather.ts";

const HEADER = [
  "run_id",
  "run_completed_at",
  "status",
  "observed_at",
  "organization_id",
  "organization_name",
  "organization_display_name",
  "connection_id",
  "connection_name",
  "strategy",
  "assign_membership_on_login",
  "is_signup_enabled",
  "show_as_button",
];

/** What a run says of the Organization: its snapshot line; null when the run has none. */
export interface RunState {
  readonly manifest: Manifest;
  readonly snapshot: OrganizationSnapshot | null;
}

/** The Organization's line of each run, oldest first. Throws `EvidenceError`. */
export function runStates({ runs }: Gathered): readonly RunState[] {
  return runs.map(({ lines, manifest }) => {
    const line = lines.snapshot.at(-1);
    return { manifest, snapshot: line === undefined ? null : decodeSnapshot(line.text, line.key) };
  });
}

/** states.csv: one line for each run and enabled connection, for spreadsheets. */
export function statesCsv(states: readonly RunState[]): string {
  const rows = states.flatMap(({ manifest, snapshot }) => {
    if (snapshot === null) return [];
    const seen = lastObservation(snapshot);
    const { organizationDisplayName, organizationId, organizationName, status } = snapshot;
    const observedAt = seen?.observedAt ?? (status === "deleted" ? snapshot.observedAt : null);
    const run = [manifest.runId, manifest.completedAt, status, observedAt];
    const identity = [...run, organizationId, organizationName, organizationDisplayName];
    const connections = seen?.enabledConnections ?? [];
    if (connections.length === 0) return [[...identity, ...HEADER.slice(identity.length).map(() => null)]];
    return connections.map((one) => [...identity, ...cells(one)]);
  });
  const text = [HEADER, ...rows].map((row) => row.map((cell) => cell ?? ""));
  return stringify(text, { ...CSV_OPTIONS, bom: true });
}

function cells(one: EnabledConnection): readonly (string | null)[] {
  const { assignMembershipOnLogin, connectionId, isSignupEnabled, name, showAsButton, strategy } = one;
  return [connectionId, name, strategy, ...[assignMembershipOnLogin, isSignupEnabled, showAsButton].map(String)];
}
