import { describe, expect, it } from "@jest/globals";
import {
  assessDisabled,
  assessEnabled,
  assessOrganization,
  assessUpdated,
  type Connections,
} from "../../lambda/changes/severity.ts";
import type { PropertyChange } from "../../lambda/domain/change.ts";
import type { EnabledConnection } from "../../lambda/domain/organization.ts";
import { connection } from "../support/builders.ts";

const SAML = connection("1", "samlp");
const OKTA = connection("2", "okta");
const GOOGLE = connection("3", "google-oauth2");
const GITHUB = connection("4", "github");
const DATABASE = connection("5", "auth0");
const EMAIL = connection("6", "email");
const ENTERPRISE = [SAML, OKTA] as const;
const OPEN = [GOOGLE, DATABASE, EMAIL, connection("7", "some-new-strategy")] as const;

function having(one: EnabledConnection, properties: Parameters<typeof connection>[2]): EnabledConnection {
  return connection(one.connectionId.slice(-1), one.strategy ?? "", properties);
}

const member = (one: EnabledConnection) => having(one, { assign_membership_on_login: true });
const signup = (one: EnabledConnection) => having(one, { is_signup_enabled: true });
const hidden = (one: EnabledConnection) => having(one, { show_as_button: false });

function between(
  previous: readonly EnabledConnection[],
  current: readonly EnabledConnection[],
  shared: readonly EnabledConnection[] = [],
): Connections {
  return { previous, current, isShared: (id) => shared.some(({ connectionId }) => connectionId === id) };
}

function updated(
  before: EnabledConnection,
  after: EnabledConnection,
  [name, previousValue, updatedValue]: readonly [
    string,
    PropertyChange["previousValue"],
    PropertyChange["updatedValue"],
  ],
  { others = [], isShared = false }: { others?: readonly EnabledConnection[]; isShared?: boolean } = {},
) {
  const connections = between([before, ...others], [after, ...others], isShared ? [after] : []);
  return assessUpdated(after, connections, [{ name, previousValue, updatedValue }]).severity;
}

describe("a connection that was enabled", () => {
  it.each(OPEN)("is high when it is $strategy in an Organization with an enterprise connection", (open) => {
    expect(assessEnabled(open, between([SAML], [SAML, open])).severity).toBe("high");
    // Others that are open already do not make it harmless.
    expect(assessEnabled(open, between([SAML, GITHUB], [SAML, GITHUB, open])).severity).toBe("high");
    expect(assessEnabled(open, between([], [SAML, open])).severity).toBe("high");
  });

  it.each(OPEN)("is medium when it is $strategy where no enterprise connection is enabled", (open) => {
    expect(assessEnabled(open, between([], [open])).severity).toBe("medium");
    expect(assessEnabled(open, between([GITHUB], [GITHUB, open])).severity).toBe("medium");
  });

  it.each(OPEN)("is high when it is $strategy and grants membership or allows signup", (open) => {
    expect(assessEnabled(member(open), between([], [member(open)])).severity).toBe("high");
    expect(assessEnabled(signup(open), between([], [signup(open)])).severity).toBe("high");
  });

  it.each(ENTERPRISE)("is medium when it is $strategy", (enterprise) => {
    expect(assessEnabled(enterprise, between([GOOGLE], [GOOGLE, enterprise])).severity).toBe("medium");
  });

  it("is medium when an enterprise connection is restored with just-in-time membership", () => {
    expect(assessEnabled(member(SAML), between([], [member(SAML)])).severity).toBe("medium");
  });

  it("is high when an enterprise connection that other Organizations have too grants membership", () => {
    expect(assessEnabled(member(SAML), between([], [member(SAML)], [SAML])).severity).toBe("high");
  });
});

describe("a connection that was disabled", () => {
  it("is medium while an enterprise connection remains", () => {
    expect(assessDisabled(OKTA, between([SAML, OKTA], [SAML])).severity).toBe("medium");
    expect(assessDisabled(GOOGLE, between([SAML, GOOGLE], [SAML])).severity).toBe("medium");
  });

  it.each([SAML, GOOGLE, DATABASE])("is high when it was the last one, $strategy", (last) => {
    expect(assessDisabled(last, between([last], [])).severity).toBe("high");
  });

  it("is high when the only enterprise connection went and others remain", () => {
    expect(assessDisabled(SAML, between([SAML, DATABASE], [DATABASE])).severity).toBe("high");
    expect(assessDisabled(SAML, between([SAML, DATABASE], [hidden(DATABASE)])).severity).toBe("high");
  });

  it("is medium when it is not the enterprise connection that was lost at the same time", () => {
    expect(assessDisabled(GOOGLE, between([SAML, GOOGLE, DATABASE], [DATABASE])).severity).toBe("medium");
  });

  it("is high when only hidden enterprise connections remain", () => {
    expect(assessDisabled(SAML, between([SAML, hidden(OKTA)], [hidden(OKTA)])).severity).toBe("high");
    expect(assessDisabled(GOOGLE, between([GOOGLE, hidden(OKTA)], [hidden(OKTA)])).severity).toBe("high");
  });

  it("is medium when only hidden enterprise connections were enabled before too", () => {
    const both = [hidden(SAML), hidden(OKTA)];
    expect(assessDisabled(hidden(SAML), between(both, [hidden(OKTA)])).severity).toBe("medium");
  });
});

describe("a property that changed", () => {
  it.each(OPEN)("is high when $strategy grants membership or allows signup", (open) => {
    expect(updated(open, member(open), ["assign_membership_on_login", false, true])).toBe("high");
    expect(updated(open, signup(open), ["is_signup_enabled", false, true])).toBe("high");
  });

  it("is medium when an enterprise connection of one Organization grants membership, high when it is shared", () => {
    const change = ["assign_membership_on_login", false, true] as const;
    expect(updated(SAML, member(SAML), change)).toBe("medium");
    expect(updated(SAML, member(SAML), change, { isShared: true })).toBe("high");
  });

  it("is high when the last visible button of enterprise connections was hidden: a lock-out", () => {
    expect(updated(SAML, hidden(SAML), ["show_as_button", true, false])).toBe("high");
    expect(updated(SAML, hidden(SAML), ["show_as_button", true, false], { others: [hidden(OKTA)] })).toBe("high");
  });

  it("is medium when the last visible button was hidden and not all connections are enterprise", () => {
    expect(updated(SAML, hidden(SAML), ["show_as_button", true, false], { others: [hidden(DATABASE)] })).toBe("medium");
    expect(updated(DATABASE, hidden(DATABASE), ["show_as_button", true, false])).toBe("medium");
  });

  it.each([
    ["a button hidden beside a visible one", hidden(SAML), ["show_as_button", true, false]],
    ["a button shown", SAML, ["show_as_button", false, true]],
    ["membership no longer granted", SAML, ["assign_membership_on_login", true, false]],
    ["signup turned off", SAML, ["is_signup_enabled", true, false]],
    ["a connection renamed", SAML, ["connection.name", "a", "b"]],
  ] as const)("is low for %s", (_what, after, change) => {
    expect(updated(SAML, after, change, { others: [OKTA] })).toBe("low");
  });

  it("is high when the strategy changed", () => {
    expect(updated(SAML, OKTA, ["connection.strategy", "samlp", "okta"])).toBe("high");
  });

  it("is medium when signup was turned on for an enterprise connection", () => {
    expect(updated(SAML, signup(SAML), ["is_signup_enabled", false, true])).toBe("medium");
  });

  it("takes the worst of several, with a reason for each, worst first", () => {
    const after = having(DATABASE, { show_as_button: false, is_signup_enabled: true });
    const properties = [
      { name: "show_as_button", previousValue: true, updatedValue: false },
      { name: "is_signup_enabled", previousValue: false, updatedValue: true },
    ] as const;
    const alone = (property: PropertyChange) => assessUpdated(after, connections, [property]).reasons;
    const connections = between([DATABASE, SAML], [after, SAML]);
    const [shown, allowed] = properties;
    expect(assessUpdated(after, connections, properties)).toEqual({
      severity: "high",
      reasons: [...alone(allowed), ...alone(shown)],
    });
  });
});

it("judges changes of the Organization itself as medium, a rename as low, the scope as info", () => {
  const severities = (
    ["organization_created", "organization_deleted", "organization_renamed", "scope_added", "scope_removed"] as const
  ).map((change) => assessOrganization(change).severity);
  expect(severities).toEqual(["medium", "medium", "low", "info", "info"]);
});
