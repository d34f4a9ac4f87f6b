import type { Change } from "../../lambda/domain/change.ts";
import type { Timestamp } from "../../lambda/domain/identifiers.ts";
import type { Operation } from "../../lambda/domain/operation.ts";
import { sha256 } from "../../lambda/evidence/format/digest.ts";
import type { LogsRead } from "../../lambda/evidence/format/manifest.ts";
import { AT_2, connectionId, organizationId, RUN_2 } from "./builders.ts";
import { changed, operation } from "./operations.ts";

/** The logs of the whole time between the two runs. */
export const ALL_LOGS: LogsRead = {
  from: "2026-03-03T05:50:00.000Z" as Timestamp,
  until: "2026-03-04T06:00:10.000Z" as Timestamp,
  complete: true,
  because: null,
  entries: 40,
};

/** A time between the two runs. */
export const at = (time: string) => `2026-03-03T${time}:00.000Z` as Timestamp;

const TERRAFORM = {
  actor: { kind: "application", id: "tf-client", name: "terraform", email: null },
  clientId: "tf-client",
  clientName: "terraform",
  userAgent: "Terraform/1.14",
  ip: "198.51.100.9",
  channel: null,
} as const satisfies Partial<Operation>;

/** A request about Organization `end`; by Alice, in the Dashboard, if `other` does not say who. */
export function on(end: string, logId: string, time: string, other: Partial<Operation> = {}): Operation {
  const id = organizationId(end);
  const path = `/api/v2/organizations/${id}/enabled_connections`;
  return operation(logId, { at: at(time), method: "POST", path, organizationId: id, statusCode: 201, ...other });
}

/** Something that the operation `one` did at Organization `end` until `until`. */
export function briefly(one: Operation, end: string, until: string | null, other: Partial<Change> = {}): Operation {
  const change = changed("connection_enabled", {
    runId: RUN_2,
    organizationId: organizationId(end),
    organizationName: "acme",
    severity: "high",
    reasons: ["It lets anyone with a Google account sign in."],
    between: { after: one.at, before: until === null ? AT_2 : at(until) },
    ...other,
  });
  return { ...one, effect: "undone", undone: [{ undoneBy: until === null ? null : `${one.logId}-end`, change }] };
}

const both = { connectionId: connectionId("2") };
const TEMPORARY = on("4", "undone-1", "10:00", both);

/** Who made the changes of the situation `who`: one for each confidence and reason that complete logs can have. */
export const WHO_OPERATIONS: readonly Operation[] = [
  on("1", "certain", "09:00", { ...TERRAFORM, ...both, effect: "change" }),
  on("2", "several-1", "09:10", { ...TERRAFORM, ...both }),
  on("2", "several-2", "09:20", { ...both, effect: "change" }),
  on("5", "organization-only", "09:30", {
    type: "my_organization_api_success",
    actor: { kind: "organization_member", id: "auth0|bob", name: null, email: "bob@customer.example" },
    connectionId: null,
    channel: null,
  }),
  briefly(TEMPORARY, "4", "10:42"),
  on("4", "undone-1-end", "10:42", { ...both, ...TERRAFORM, method: "DELETE", statusCode: 204 }),
  briefly(
    on("6", "undone-2", "11:00", { ...both, actor: { kind: "unknown", id: null, name: null, email: null } }),
    "6",
    null,
    {
      organizationName: null,
      change: "connection_updated",
      properties: [{ name: "show_as_button", previousValue: true, updatedValue: false }],
      severity: "low",
      reasons: ["The button was hidden."],
    },
  ),
  operation("tenant-wide", {
    ...TERRAFORM,
    at: at("12:00"),
    method: "DELETE",
    path: `/api/v2/connections/${connectionId("3")}`,
    organizationId: null,
    connectionId: connectionId("3"),
    statusCode: 204,
  }),
];

/** Operations of one Organization each, by actors with these names. */
export function operationsBy(names: readonly string[]): readonly Operation[] {
  return names.flatMap((name, index) => {
    const actor = { kind: "user", id: name, name, email: name } as const;
    const one = on(String(index), `log-${index}`, "09:00", {
      ...both,
      actor,
      clientName: name,
      userAgent: name,
      channel: name,
    });
    return [
      { ...one, effect: "change" },
      briefly({ ...one, logId: `brief-${index}` }, String(index), "10:00", { organizationName: name }),
    ];
  });
}

/** As `pseudonyms` stores them. */
export const PSEUDONYMOUS_OPERATIONS: readonly Operation[] = WHO_OPERATIONS.map((one) => {
  const hidden = (text: string | null) => text && sha256(text);
  const { actor } = one;
  return {
    ...one,
    actor: { kind: actor.kind, id: hidden(actor.id), name: hidden(actor.name), email: hidden(actor.email) },
    ip: hidden(one.ip),
  };
});

/** Logs that have a gap, or that start too late. */
export const LATE_LOGS: LogsRead = { ...ALL_LOGS, from: at("08:00"), complete: false, because: "logs_expired" };
export const BROKEN_LOGS: LogsRead = { ...ALL_LOGS, until: at("12:00"), complete: false, because: "logs_incomplete" };
