import { describe, expect, it } from "@jest/globals";
import { type Attribution, attribute } from "../../lambda/attribution/attribute.ts";
import type { LogCoverage } from "../../lambda/attribution/coverage.ts";
import type { Change } from "../../lambda/domain/change.ts";
import type { Timestamp } from "../../lambda/domain/identifiers.ts";
import type { Operation } from "../../lambda/domain/operation.ts";
import { connectionId, organizationId } from "../support/builders.ts";
import {
  AFTER,
  BEFORE,
  COVERED,
  changed,
  deletingTenantWide,
  disabling,
  enabling,
  minute,
  ORGANIZATION,
  operation,
} from "../support/operations.ts";

const ENABLED = changed("connection_enabled");
const DISABLED = changed("connection_disabled");
const MEMBERSHIP = { name: "assign_membership_on_login", previousValue: false, updatedValue: true };
const SIGNUP = { name: "is_signup_enabled", previousValue: false, updatedValue: true };
const HIDDEN = { name: "show_as_button", previousValue: true, updatedValue: false };
const UPDATED = changed("connection_updated", { properties: [MEMBERSHIP] });
const BOTH = changed("connection_updated", { properties: [MEMBERSHIP, SIGNUP] });
const PATH = `/api/v2/organizations/${ORGANIZATION}`;

const patched = (logId: string, requested: Operation["requested"], other: Partial<Operation> = {}) =>
  operation(logId, { requested, ...other });
const ticket = (logId: string) =>
  operation(logId, { method: "POST", path: "/api/v2/self-service-profiles/p/sso-ticket", connectionId: null });
const ofOrganization = (logId: string, method: string, requested: Operation["requested"] = {}) =>
  operation(logId, { method, path: PATH, connectionId: null, requested });
const created = (logId: string, ...connections: readonly string[]) =>
  operation(logId, {
    method: "POST",
    path: "/api/v2/organizations",
    connectionId: null,
    requested: { enabled_connections: connections.map((id) => ({ connection_id: connectionId(id) })) },
  });

type Case = readonly [
  name: string,
  change: Change,
  operations: readonly Operation[],
  confidence: Attribution["confidence"],
  because: Attribution["because"],
  logIds: readonly string[],
];

describe("an attribution with complete logs", () => {
  it.each<Case>([
    ["the only POST of the connection", ENABLED, [enabling("a", minute(1))], "certain", "only_operation", ["a"]],
    [
      "a PATCH that enables an association",
      ENABLED,
      [patched("a", { is_enabled: true })],
      "certain",
      "only_operation",
      ["a"],
    ],
    ["the only DELETE", DISABLED, [disabling("a", minute(1))], "certain", "only_operation", ["a"]],
    ["a PATCH that disables", DISABLED, [patched("a", { is_enabled: false })], "certain", "only_operation", ["a"]],
    [
      "the only PATCH with the value",
      UPDATED,
      [patched("a", { assign_membership_on_login: true })],
      "certain",
      "only_operation",
      ["a"],
    ],
    [
      "a PATCH with another value before it",
      UPDATED,
      [
        patched("a", { assign_membership_on_login: false }),
        patched("b", { assign_membership_on_login: true }, { at: minute(2) }),
      ],
      "certain",
      "only_operation",
      ["b"],
    ],
    [
      "a new association with the value",
      UPDATED,
      [disabling("a", minute(1)), enabling("b", minute(2), "1", { requested: { assign_membership_on_login: true } })],
      "certain",
      "only_operation",
      ["b"],
    ],
    ["the creation", changed("organization_created"), [created("a")], "certain", "only_operation", ["a"]],
    [
      "a connection of the creation",
      changed("connection_enabled", { between: { after: null, before: BEFORE } }),
      [created("a", "1")],
      "certain",
      "only_operation",
      ["a"],
    ],
    [
      "the deletion",
      changed("organization_deleted"),
      [ofOrganization("a", "DELETE")],
      "certain",
      "only_operation",
      ["a"],
    ],
    [
      "the rename",
      changed("organization_renamed", {
        properties: [{ name: "display_name", previousValue: "Acme", updatedValue: "Acme Inc." }],
      }),
      [ofOrganization("a", "PATCH", { name: "acme", display_name: "Acme Inc." })],
      "certain",
      "only_operation",
      ["a"],
    ],
    [
      "two that fit: the last is named",
      ENABLED,
      [enabling("a", minute(1)), disabling("b", minute(2)), enabling("c", minute(3))],
      "likely",
      "one_of_several",
      ["c"],
    ],
    [
      "one that fits, and was undone by a later one",
      ENABLED,
      [enabling("a", minute(1)), disabling("b", minute(2))],
      "likely",
      "one_of_several",
      ["a"],
    ],
    [
      "one that enabled it, and a later one that gave it other settings",
      ENABLED,
      [enabling("a", minute(1)), patched("b", { assign_membership_on_login: true }, { at: minute(2) })],
      "likely",
      "one_of_several",
      ["a", "b"],
    ],
    [
      "the only one that enabled it, after settings that are gone",
      ENABLED,
      [
        patched("b", { assign_membership_on_login: true }, { at: minute(1) }),
        disabling("c", minute(2)),
        enabling("a", minute(3)),
      ],
      "certain",
      "only_operation",
      ["a"],
    ],
    [
      "one that fits, and one that may have done it",
      ENABLED,
      [enabling("a", minute(1)), ticket("b")],
      "likely",
      "one_of_several",
      ["a"],
    ],
    [
      "two that asked for a part each",
      BOTH,
      [
        patched("b", { is_signup_enabled: true }, { at: minute(2) }),
        patched("a", { assign_membership_on_login: true }),
      ],
      "likely",
      "one_of_several",
      ["a", "b"],
    ],
    [
      "one that enables a connection again",
      UPDATED,
      [patched("a", { is_enabled: true })],
      "likely",
      "one_of_several",
      ["a"],
    ],
    [
      "a connection deleted in the whole tenant",
      DISABLED,
      [deletingTenantWide("a", minute(1))],
      "likely",
      "tenant_wide",
      ["a"],
    ],
    [
      "a connection changed in the whole tenant",
      changed("connection_updated", {
        properties: [{ name: "connection.name", previousValue: "a", updatedValue: "b" }],
      }),
      [
        operation("a", {
          path: `/api/v2/connections/${connectionId("1")}`,
          organizationId: null,
          connectionId: connectionId("1"),
        }),
      ],
      "likely",
      "tenant_wide",
      ["a"],
    ],
    ["a self-service ticket", ENABLED, [ticket("a")], "likely", "organization_only", ["a"]],
    [
      "the deletion of its Organization",
      DISABLED,
      [ofOrganization("a", "DELETE")],
      "likely",
      "organization_only",
      ["a"],
    ],
    [
      "an administrator of the Organization",
      UPDATED,
      [operation("a", { type: "my_organization_api_x", method: "", path: "", connectionId: null })],
      "likely",
      "organization_only",
      ["a"],
    ],
    ["no operation", ENABLED, [], "none", "no_operation", []],
    [
      "a failed one",
      ENABLED,
      [enabling("a", minute(1), "1", { type: "fapi", statusCode: 403 })],
      "none",
      "no_operation",
      [],
    ],
    ["one without success", ENABLED, [enabling("a", minute(1), "1", { statusCode: 500 })], "none", "no_operation", []],
    ["one at the older observation", ENABLED, [enabling("a", AFTER)], "none", "no_operation", []],
    ["one after the newer observation", ENABLED, [enabling("a", minute(24 * 60 + 1))], "none", "no_operation", []],
    ["one of another connection", ENABLED, [enabling("a", minute(1), "2")], "none", "no_operation", []],
    [
      "one of another Organization",
      ENABLED,
      [enabling("a", minute(1), "1", { organizationId: organizationId("2") })],
      "none",
      "no_operation",
      [],
    ],
    ["an empty PATCH", UPDATED, [patched("a", {})], "none", "no_operation", []],
    [
      "a PATCH of another value",
      UPDATED,
      [patched("a", { assign_membership_on_login: false })],
      "none",
      "no_operation",
      [],
    ],
    ["a PATCH of another setting", UPDATED, [patched("a", { show_as_button: true })], "none", "no_operation", []],
    ["a PATCH, for what was enabled", ENABLED, [patched("a", { show_as_button: true })], "none", "no_operation", []],
    [
      "a rename, for what was enabled",
      ENABLED,
      [ofOrganization("a", "PATCH", { name: "x" })],
      "none",
      "no_operation",
      [],
    ],
    [
      "a change of the connection, for a setting of the Organization",
      changed("connection_updated", { properties: [HIDDEN] }),
      [operation("a", { path: `/api/v2/connections/${connectionId("1")}`, organizationId: null })],
      "none",
      "no_operation",
      [],
    ],
    ["nothing in the tenant: the list of the audit", changed("scope_added"), [ticket("a")], "none", "no_operation", []],
  ])("by %s", (_, change, operations, confidence, because, logIds) => {
    expect(attribute(change, operations, COVERED)).toEqual({ confidence, because, logIds });
  });
});

describe("an attribution with gaps in the logs", () => {
  const incomplete = { ...COVERED, complete: false, because: "logs_incomplete" };
  const expired = { ...COVERED, complete: false, because: "logs_expired", from: minute(30) };
  const older = changed("connection_enabled", { between: { after: minute(31), before: BEFORE } });
  const early: LogCoverage = { ...COVERED, until: minute(60) };
  const none: LogCoverage = { ...COVERED, until: AFTER, complete: false, because: "logs_not_granted" };

  it.each<readonly [string, Change, LogCoverage | null, Attribution["because"]]>([
    ["were not read", ENABLED, null, "logs_not_granted"],
    ["are not granted", ENABLED, none, "logs_not_granted"],
    ["are incomplete", ENABLED, incomplete, "logs_incomplete"],
    ["end too early", ENABLED, early, "logs_incomplete"],
    ["start too late", ENABLED, { ...COVERED, from: minute(1) }, "logs_incomplete"],
    ["have expired", ENABLED, expired, "logs_expired"],
    ["have expired only before that time", older, expired, "no_operation"],
    ["have a gap of an unknown kind", ENABLED, { ...incomplete, because: "from a newer version" }, "logs_incomplete"],
  ])("is none where they %s", (_, change, coverage, because) => {
    expect(attribute(change, [], coverage)).toEqual({ confidence: "none", because, logIds: [] });
  });

  it("is never certain", () => {
    for (const coverage of [null, none, incomplete, early, expired])
      expect(attribute(ENABLED, [enabling("a", minute(40))], coverage)).toEqual({
        confidence: "likely",
        because: "partly_covered",
        logIds: ["a"],
      });
    expect(attribute(older, [enabling("a", minute(40))], expired).confidence).toBe("certain");
    const since = changed("connection_enabled", { between: { after: null, before: BEFORE } });
    expect(attribute(since, [enabling("a", minute(40))], COVERED)).toMatchObject({ because: "partly_covered" });
  });

  it("does not depend on the order of the operations", () => {
    const operations = [
      enabling("b", minute(1)),
      enabling("a", minute(1)),
      enabling("c", "2026-11-24T06:00:59.000Z" as Timestamp),
    ];
    expect(attribute(ENABLED, operations, COVERED).logIds).toEqual(["b"]);
    expect(attribute(ENABLED, operations.toReversed(), COVERED).logIds).toEqual(["b"]);
  });
});
