import { describe, expect, it } from "@jest/globals";
import { assessDisabled, assessEnabled, assessOrganization, assessUpdated } from "../../lambda/changes/severity.ts";
import { connectionKind } from "../../lambda/domain/connection-kind.ts";
import { connection } from "../support/builders.ts";

const SAML = connection("1", "samlp");
const OKTA = connection("2", "okta");
const GOOGLE = connection("3", "google-oauth2");
const GITHUB = connection("4", "github");
const DATABASE = connection("5", "auth0");
const EMAIL = connection("6", "email");

describe("a connection enabled", () => {
  it("is high when it makes whoever can authenticate a member", () => {
    const open = connection("2", "okta", { assign_membership_on_login: true });
    expect(assessEnabled(open, { previous: [SAML], current: [SAML, open] })).toMatchObject({ severity: "high" });
  });

  it("is high when strangers can sign up through it", () => {
    const open = connection("5", "auth0", { is_signup_enabled: true });
    const { severity, reasons } = assessEnabled(open, { previous: [], current: [open] });
    expect(severity).toBe("high");
    expect(reasons[0]).toMatch(/create an account/);
  });

  it.each([GOOGLE, DATABASE])("is high when it is $strategy beside enterprise connections only", (open) => {
    expect(assessEnabled(open, { previous: [SAML, OKTA], current: [SAML, OKTA, open] }).severity).toBe("high");
  });

  it("is high for both when two social connections come together: neither excuses the other", () => {
    const connections = { previous: [SAML], current: [SAML, GOOGLE, GITHUB] };
    expect(assessEnabled(GOOGLE, connections).severity).toBe("high");
    expect(assessEnabled(GITHUB, connections).severity).toBe("high");
  });

  it("is high when it replaces the enterprise connection in one go", () => {
    expect(assessEnabled(GOOGLE, { previous: [SAML], current: [GOOGLE] }).severity).toBe("high");
  });

  it("is high beside the enterprise connection of an Organization that is new", () => {
    expect(assessEnabled(GOOGLE, { previous: [], current: [SAML, GOOGLE] }).severity).toBe("high");
  });

  it.each([
    ["a social connection where one was already", GOOGLE, [SAML, GITHUB]],
    ["a social connection where there was none at all", GOOGLE, []],
    ["an enterprise connection", OKTA, [SAML]],
    ["a passwordless connection", EMAIL, [SAML]],
  ])("is medium for %s", (_what, enabled, previous) => {
    expect(assessEnabled(enabled, { previous, current: [...previous, enabled] }).severity).toBe("medium");
  });
});

describe("a connection disabled", () => {
  it("is medium while others remain, and high when the last one went", () => {
    expect(assessDisabled({ previous: [SAML, OKTA], current: [OKTA] }).severity).toBe("medium");
    expect(assessDisabled({ previous: [SAML], current: [] })).toMatchObject({
      severity: "high",
      reasons: [expect.stringMatching(/locked out/), expect.any(String)],
    });
  });
});

describe("a property changed", () => {
  it.each([
    ["assign_membership_on_login", false, true, "high"],
    ["assign_membership_on_login", true, false, "low"],
    ["is_signup_enabled", false, true, "high"],
    ["is_signup_enabled", true, false, "low"],
    ["show_as_button", true, false, "low"],
    ["show_as_button", false, true, "low"],
    ["connection.strategy", "samlp", "oidc", "high"],
    ["connection.name", "a", "b", "low"],
  ] as const)("%s from %s to %s is %s", (name, previousValue, updatedValue, severity) => {
    expect(assessUpdated({ name, previousValue, updatedValue }).severity).toBe(severity);
  });

  it("has the severity of the worst property, and every property's reason, worst first", () => {
    const { severity, reasons } = assessUpdated(
      { name: "show_as_button", previousValue: true, updatedValue: false },
      { name: "is_signup_enabled", previousValue: false, updatedValue: true },
    );
    expect(severity).toBe("high");
    expect(reasons).toEqual([expect.stringMatching(/Strangers/), expect.stringMatching(/button/)]);
  });
});

it("an Organization's own changes are medium, a rename low, the scope info", () => {
  const severities = (
    ["organization_created", "organization_deleted", "organization_renamed", "scope_added", "scope_removed"] as const
  ).map((change) => assessOrganization(change).severity);
  expect(severities).toEqual(["medium", "medium", "low", "info", "info"]);
});

it("a strategy nobody listed counts as social, and so does an unknown one", () => {
  expect(["auth0", "samlp", "sms", "google-oauth2", "unheard-of", null].map(connectionKind)).toEqual([
    "database",
    "enterprise",
    "passwordless",
    "social",
    "social",
    "social",
  ]);
});
