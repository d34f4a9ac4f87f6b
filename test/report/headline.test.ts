import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { NO_CONNECTION_LEFT, NO_ENTERPRISE_LEFT, ONLY_HIDDEN_LEFT } from "../../lambda/changes/severity.ts";
import { CHANGE_KINDS, type Change, SEVERITIES } from "../../lambda/domain/change.ts";
import type { ConnectionId, Domain, OrganizationId } from "../../lambda/domain/identifiers.ts";
import type { Json } from "../../lambda/domain/json.ts";
import { groupChanges } from "../../lambda/report/change-groups.ts";
import { dashboardUrl } from "../../lambda/report/text/dashboard.ts";
import { headline } from "../../lambda/report/text/headline.ts";
import { newFindingsText } from "../../lambda/report/text/new-findings.ts";
import { verdict } from "../../lambda/report/text/verdict.ts";
import { ownInterval, usualInterval } from "../../lambda/report/text/when.ts";
import { AT_1, AT_2, RUN_2 } from "../support/builders.ts";
import { modelOf, situationOf } from "../support/situations.ts";

const ENABLED: Change = {
  runId: RUN_2,
  organizationId: "org_1" as OrganizationId,
  organizationName: "acme",
  change: "connection_enabled",
  connectionId: "con_1" as ConnectionId,
  connectionName: "google",
  strategy: "google-oauth2",
  properties: [],
  severity: "high",
  reasons: ["A sign-in method was added."],
  between: { after: AT_1, before: AT_2 },
};

const property = (name: string, previousValue: Json, updatedValue: Json) => ({ name, previousValue, updatedValue });
const of = (...changes: readonly Partial<Change>[]) => changes.map((change): Change => ({ ...ENABLED, ...change }));
const elsewhere = (number: number): Partial<Change> => ({
  organizationId: `org_${number}` as OrganizationId,
  organizationName: `customer-${number}`,
});
const text = (changes: readonly Change[], total = changes.length) => headline(groupChanges(changes), total).text;

const ORGANIZATION = { connectionId: null, connectionName: null, strategy: null };
const UPDATED = { change: "connection_updated", connectionName: "sso", strategy: "samlp" } as const;
const DISABLED = { change: "connection_disabled", connectionName: "sso", strategy: "samlp" } as const;

describe("the headline says in words", () => {
  it.each<[string, Partial<Change>]>([
    ["A Google account can now sign in to acme.", {}],
    ["A GitHub account can now sign in to acme.", { strategy: "github" }],
    ["Accounts of vk can now sign in to acme.", { strategy: "vkontakte", connectionName: "vk" }],
    ["Accounts of the database Users can now sign in to acme.", { strategy: "auth0", connectionName: "Users" }],
    ["okta-1 was enabled in acme.", { strategy: "okta", connectionName: "okta-1" }],
    ["sso was disabled in acme.", DISABLED],
    ["acme lost its last sign-in method.", { ...DISABLED, reasons: [NO_CONNECTION_LEFT] }],
    ["acme lost its enterprise connection sso.", { ...DISABLED, reasons: [NO_ENTERPRISE_LEFT] }],
    [
      "Sign-in to acme ends in an error: only hidden connections are left.",
      { ...UPDATED, properties: [property("show_as_button", true, false)], reasons: [ONLY_HIDDEN_LEFT] },
    ],
    [
      "Everyone who signs in with sso now becomes a member of acme.",
      { ...UPDATED, properties: [property("assign_membership_on_login", false, true)] },
    ],
    [
      "Anyone can now sign up to acme with sso.",
      { ...UPDATED, properties: [property("is_signup_enabled", false, true)] },
    ],
    [
      "sso changed from samlp to oidc in acme.",
      { ...UPDATED, properties: [property("connection.strategy", "samlp", "oidc")] },
    ],
    [
      "sso (samlp): sign-up turned off in acme.",
      { ...UPDATED, properties: [property("is_signup_enabled", true, false)] },
    ],
    ["github renamed to gh in acme.", { ...UPDATED, properties: [property("connection.name", "github", "gh")] }],
    ["acme was created.", { ...ORGANIZATION, change: "organization_created" }],
    [
      "acme was renamed from was to acme.",
      { ...ORGANIZATION, change: "organization_renamed", properties: [property("name", "was", "acme")] },
    ],
    ["acme was added to the audit scope.", { ...ORGANIZATION, change: "scope_added" }],
  ])("%s", (expected, change) => {
    expect(text(of(change))).toBe(expected);
  });

  it("the same fact of many Organizations once", () => {
    expect(text(of(elsewhere(1), elsewhere(2)))).toBe("A Google account can now sign in to 2 Organizations.");
    const renamed = { ...UPDATED, properties: [property("connection.name", "github", "gh")] };
    expect(text(of({ ...renamed, ...elsewhere(1) }, { ...renamed, ...elsewhere(2) }))).toBe(
      "github renamed to gh in 2 Organizations.",
    );
    const both = { ...DISABLED, reasons: [NO_CONNECTION_LEFT] };
    expect(text(of(both, { ...both, connectionName: "other" }))).toBe("acme lost its last sign-in method.");
    const created = { ...ORGANIZATION, change: "organization_created" } as const;
    expect(text(of({ ...created, ...elsewhere(1) }, { ...created, ...elsewhere(2) }))).toBe(
      "2 Organizations were created.",
    );
  });

  it("three facts, and counts the other changes", () => {
    const strategies = ["google-oauth2", "github", "apple", "facebook"];
    expect(text(of(...strategies.map((strategy) => ({ strategy }))), 15)).toBe(
      "A Google account can now sign in to acme; a GitHub account can now sign in to acme; an Apple account can now sign in to acme; and 12 more changes.",
    );
  });

  it("at most 1,500 characters, whatever the names are", () => {
    const long = fc.integer({ min: 1, max: 300 }).map((length) => "x".repeat(length));
    const change = fc.record({
      change: fc.constantFrom(...CHANGE_KINDS),
      severity: fc.constantFrom(...SEVERITIES),
      organizationName: long,
      connectionName: long,
      strategy: long,
      properties: fc.array(fc.record({ name: long, previousValue: long, updatedValue: long }), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
        const model = modelOf(situationOf("findings"));
        const groups = groupChanges(of(...changes));
        expect(verdict({ ...model, groups }).length).toBeLessThan(1_500);
      }),
      { numRuns: 50 },
    );
  });
});

describe("new findings in the headline", () => {
  const { findings } = modelOf(situationOf("findings"));
  if (findings === null) throw new Error("The situation has no findings.");

  it("are those of high and medium severity, by rule", () => {
    expect(newFindingsText(findings, [])).toBe(
      "New findings: Sign-in without the customer's identity provider (brand-b, initech); Anyone who can authenticate becomes a member (initech); and of 4 more rules.",
    );
  });

  it("leave out what the named changes explain", () => {
    const { groups } = modelOf(situationOf("findings"));
    expect(newFindingsText(findings, groups)).toBe("New finding: Not read for too long (vandelay).");
  });

  it("are not mentioned when there are none", () => {
    expect(newFindingsText({ ...findings, worstNew: [] }, [])).toBeNull();
  });
});

describe("the time of a change", () => {
  const run = situationOf("unchanged").manifest;
  const [usual, unreadBefore, fresh] = of(
    {},
    { between: { after: "2026-02-01T06:00:00.000Z" as typeof AT_1, before: AT_2 } },
    { between: { after: null, before: AT_2 } },
  );
  if (usual === undefined || unreadBefore === undefined || fresh === undefined) throw new Error("No changes.");

  it("is shown once for all Organizations that both runs read", () => {
    expect(ownInterval(usual, run)).toBeNull();
    expect(usualInterval([usual], run)).toBe("Observed between 2026-03-03 06:00:07 UTC and 2026-03-04 06:00:09 UTC.");
  });

  it("is shown with a change whose Organization was new, or unread for a while", () => {
    expect(ownInterval(unreadBefore, run)).toContain("2026-02-01 06:00:00 UTC");
    expect(ownInterval(fresh, run)).toBe("before 2026-03-04 06:00:09 UTC");
    expect(usualInterval([usual, fresh], run)).toContain("Where a change has other times");
    expect(usualInterval([fresh], run)).toBeNull();
  });
});

describe("the link to the Auth0 Dashboard", () => {
  const id = "org_abc" as OrganizationId;
  it.each([
    ["acme.eu.auth0.com", "https://manage.auth0.com/dashboard/eu/acme/organizations/org_abc/overview"],
    ["acme.auth0.com", "https://manage.auth0.com/dashboard/us/acme/organizations/org_abc/overview"],
    ["login.acme.com", null],
    ["localhost:8443", null],
    ["acme.eu.auth0.com.evil.example", null],
    ["a.b.eu.auth0.com", null],
  ])("of %s is %s", (domain, url) => {
    expect(dashboardUrl(domain as Domain, id)).toBe(url);
  });
});
