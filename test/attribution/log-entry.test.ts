import { describe, expect, it } from "@jest/globals";
import * as v from "valibot";
import { operationsOf } from "../../lambda/attribution/log-entry.ts";
import { logsPageSchema } from "../../lambda/auth0/log-answers.ts";
import { demoLogEntry } from "../../lambda/demo/log-entries.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import type { Operation } from "../../lambda/domain/operation.ts";
import { decodeOperation, encodeOperation } from "../../lambda/evidence/format/lines.ts";
import { RUN_2 } from "../support/builders.ts";
import { ALICE, TERRAFORM } from "../support/demo-logs.ts";
import { hostileEntry, SECRETS } from "../support/hostile-log-entry.ts";

const ORG = "org_0000000000000001";
const CON = "con_0000000000000001";
const AT = Date.UTC(2026, 2, 3, 5, 30);

function operations(entry: JsonObject): readonly Operation[] {
  const stored = { log_id: "900", date: new Date(AT).toISOString(), ...entry };
  return v.parse(logsPageSchema, [stored]).entries.flatMap((one) => operationsOf(one, RUN_2));
}

function requested(method: "POST" | "PATCH" | "PUT" | "DELETE", path: string, other: object = {}) {
  return operations(demoLogEntry(TERRAFORM, { method, path, ...other }, AT));
}

describe("an operation", () => {
  it.each([
    ["PATCH", `/api/v2/organizations/${ORG}/enabled_connections/${CON}`, ORG, CON],
    ["DELETE", `/api/v2/organizations/${ORG}/connections/${CON}`, ORG, CON],
    ["PATCH", `/v2/organizations/${ORG}/connections/${CON}`, ORG, CON],
    ["PUT", `/v2/organizations/${ORG}/enabled_connections/${CON}/`, ORG, CON],
    ["PATCH", `/api/v2/organizations/${ORG}`, ORG, null],
    ["DELETE", `/v2/organizations/${ORG}`, ORG, null],
    ["PATCH", `/api/v2/connections/${CON}`, null, CON],
    ["DELETE", `/v2/connections/${CON}`, null, CON],
  ] as const)("is %s %s", (method, path, organizationId, connectionId) => {
    expect(requested(method, path)).toMatchObject([{ method, path, organizationId, connectionId, effect: "unknown" }]);
  });

  it("is a POST that enables a connection, named in its body", () => {
    for (const family of ["enabled_connections", "connections"]) {
      const body = { connection_id: CON, assign_membership_on_login: true, unlisted: 1 };
      expect(requested("POST", `/api/v2/organizations/${ORG}/${family}`, { body, statusCode: 201 })).toMatchObject([
        { organizationId: ORG, connectionId: CON, statusCode: 201, requested: { assign_membership_on_login: true } },
      ]);
    }
  });

  it("is the creation of an Organization, whose ID only the answer has", () => {
    const body = { name: "acme", enabled_connections: [{ connection_id: CON, show_as_button: false, extra: 1 }] };
    const responseBody = { id: ORG, name: "acme", secret: "kept nowhere" };
    const [created] = requested("POST", "/api/v2/organizations", { body, responseBody, statusCode: 201 });
    expect(created).toMatchObject({ organizationId: ORG, connectionId: null });
    expect(created?.requested).toEqual({
      name: "acme",
      enabled_connections: [{ connection_id: CON, show_as_button: false }],
    });
    expect(requested("POST", "/api/v2/organizations")).toMatchObject([{ organizationId: null }]);
  });

  it("is one for each Organization of a self-service ticket", () => {
    const other = "org_0000000000000002";
    const enabled_organizations = [
      { organization_id: ORG, assign_membership_on_login: true },
      { organization_id: other },
      7,
    ];
    const path = "/api/v2/self-service-profiles/ssp_1/sso-ticket";
    expect(requested("POST", path, { body: { enabled_organizations } })).toMatchObject([
      { organizationId: ORG, connectionId: null, requested: { assign_membership_on_login: true } },
      { organizationId: other, connectionId: null, requested: {} },
    ]);
    expect(requested("POST", path, { body: {} })).toEqual([]);
  });

  it("is what an Organization's administrator did, as far as the Organization is named", () => {
    const details = { request: { path: `/my-org/${ORG}/members/auth0%7Cbob/bob@example.com` } };
    expect(operations({ type: "my_organization_api_idp_created", user_id: "auth0|bob", details })).toMatchObject([
      {
        path: `/my-org/${ORG}/members/*/*`,
        organizationId: ORG,
        connectionId: null,
        actor: { kind: "organization_member", id: "auth0|bob" },
      },
    ]);
    expect(operations({ type: "my_organization_api_idp_created", details: {} })).toEqual([]);
  });

  it.each([
    ["PATCH", "/api/v2/users/auth0|1"],
    ["POST", `/api/v2/organizations/${ORG}/members`],
    ["DELETE", `/api/v2/organizations/${ORG}/enabled_connections/${CON}/more`],
    ["DELETE", `/api/v2/organizations/${ORG}/enabled_connections`],
    ["POST", `/api/v2/organizations/${ORG}`],
    ["POST", "/api/v2/connections"],
    ["PATCH", "/api/v2/organizations"],
    ["DELETE", "/api/v2/self-service-profiles/ssp_1/sso-ticket"],
    ["PATCH", `/api/v3/organizations/${ORG}`],
    ["PATCH", `/x/api/v2/organizations/${ORG}`],
    ["PATCH", ""],
  ] as const)("is not %s %s", (method, path) => {
    expect(requested(method, path)).toEqual([]);
  });

  it("is not what another type of entry tells, whatever its description", () => {
    const entry = demoLogEntry(ALICE, { method: "PATCH", path: `/api/v2/organizations/${ORG}` }, AT);
    expect(operations({ ...entry, type: "s" })).toEqual([]);
    expect(operations({ ...entry, description: "Delete a rule" })).toHaveLength(1);
  });

  it("is one that failed, too", () => {
    const path = `/api/v2/organizations/${ORG}`;
    expect(requested("PATCH", path, { statusCode: 403 })).toMatchObject([{ type: "fapi", statusCode: 403 }]);
  });
});

describe("the actor", () => {
  const of = (actor: typeof ALICE, other: JsonObject = {}) =>
    operations({ ...demoLogEntry(actor, { method: "PATCH", path: `/api/v2/organizations/${ORG}` }, AT), ...other })[0];

  it("is the person in the Dashboard", () => {
    expect(of(ALICE)).toMatchObject({
      actor: { kind: "user", id: "auth0|alice", name: "Alice Example", email: "alice@example.com" },
      ip: "203.0.113.7",
      channel: "https://manage.auth0.com/",
    });
  });

  it("is the application of a token, never the user that an entry is about", () => {
    expect(of(TERRAFORM, { user_id: "auth0|victim", user_name: "victim" })).toMatchObject({
      actor: { kind: "application", id: "terraform-client", name: "terraform", email: null },
      userAgent: "Terraform/1.14",
      channel: "api",
    });
  });

  it("is unknown where the entry names none", () => {
    expect(of(TERRAFORM, { client_id: null, client_name: "" })).toMatchObject({
      actor: { kind: "unknown", id: null, name: null, email: null },
    });
  });
});

describe("what is stored of a log entry", () => {
  it("has nothing but the listed keys, of bounded length", () => {
    const [one] = operations(hostileEntry());
    if (one === undefined) throw new RangeError("The entry is an operation.");
    const line = encodeOperation(one);
    for (const secret of SECRETS) expect(line).not.toContain(secret);
    expect(line.length).toBeLessThan(3_000);
    expect(decodeOperation(line.trimEnd(), "the test")).toEqual(one);
    expect(one.requested).toEqual({
      is_signup_enabled: true,
      display_name: "Acme",
      enabled_connections: [{ connection_id: "con_1", assign_membership_on_login: true }],
    });
  });
});
