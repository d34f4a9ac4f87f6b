import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type Comparison, diffOrganization } from "../../lambda/changes/difference.ts";
import type { Change } from "../../lambda/domain/change.ts";
import type { EnabledConnection } from "../../lambda/domain/organization.ts";
import { lastObservation, type OrganizationSnapshot } from "../../lambda/domain/snapshot.ts";
import { enabledConnections } from "../support/arbitraries.ts";
import { AT_1, AT_2, COMPARISON, carried, connection, deleted, failed, observed, RUN_2 } from "../support/builders.ts";

const NOW = { runId: RUN_2, observedAt: AT_2 };
const SAML = connection("1", "samlp");
const GOOGLE = connection("2", "google-oauth2");
const DATABASE = connection("3", "auth0");

function told(changes: readonly Change[]): readonly string[] {
  return changes.map(({ change, connectionId, severity }) =>
    [change, connectionId?.slice(-1) ?? "-", severity].join(" "),
  );
}

function between(
  previous: OrganizationSnapshot | null,
  current: OrganizationSnapshot | null,
  comparison: Partial<Comparison> = {},
): readonly string[] {
  return told(diffOrganization(previous, current, { ...COMPARISON, ...comparison }));
}

describe("an observed Organization", () => {
  it("has no change when nothing changed, in whatever order the answer came", () => {
    expect(between(observed("1", [SAML, GOOGLE]), observed("1", [GOOGLE, SAML], NOW))).toEqual([]);
  });

  it("tells disabled, then enabled, then updated connections, each by ID", () => {
    const hidden = connection("1", "samlp", { show_as_button: false });
    expect(between(observed("1", [SAML, DATABASE]), observed("1", [hidden, GOOGLE], NOW))).toEqual([
      "connection_disabled 3 medium",
      "connection_enabled 2 high",
      "connection_updated 1 low",
    ]);
  });

  it("says what a changed property was and is, and between which observations", () => {
    const [change] = diffOrganization(
      observed("1", [SAML]),
      observed("1", [connection("1", "samlp", { assign_membership_on_login: true })], NOW),
      COMPARISON,
    );
    expect(change).toMatchObject({
      runId: RUN_2,
      connectionName: "samlp-1",
      strategy: "samlp",
      properties: [{ name: "assign_membership_on_login", previousValue: false, updatedValue: true }],
      between: { after: AT_1, before: AT_2 },
    });
  });

  it("takes an absent property for Auth0's default", () => {
    const absent = connection("1", "samlp", {});
    const { assign_membership_on_login: _a, show_as_button: _b, is_signup_enabled: _c, ...wire } = absent.wire;
    const bare = { ...absent, wire };
    expect(between(observed("1", [SAML]), observed("1", [bare], NOW))).toEqual([]);
  });

  it("tells a rename of either name, before its connections", () => {
    const renamed = observed("1", [SAML, GOOGLE], { ...NOW, name: "acme-corp", displayName: "ACME" });
    const changes = diffOrganization(observed("1", [SAML]), renamed, COMPARISON);
    expect(told(changes)).toEqual(["organization_renamed - low", "connection_enabled 2 high"]);
    expect(changes[0]?.properties).toEqual([
      { name: "name", previousValue: "acme", updatedValue: "acme-corp" },
      { name: "display_name", previousValue: "Acme", updatedValue: "ACME" },
    ]);
  });

  it("does not take an unknown name for another name", () => {
    expect(between(observed("1", [], { name: null, displayName: null }), observed("1", [], NOW))).toEqual([]);
  });
});

describe("an Organization that could not be read", () => {
  it("has no changes while it fails", () => {
    expect(between(observed("1", [SAML]), failed("1", carried(observed("1", [SAML])), NOW))).toEqual([]);
  });

  it("is compared with its last observation once it is read again, its name included", () => {
    const was = observed("1", [SAML]);
    const changes = diffOrganization(
      failed("1", carried(was), { name: "new-name" }),
      observed("1", [GOOGLE], { ...NOW, name: "new-name" }),
      COMPARISON,
    );
    expect(told(changes)).toEqual([
      "organization_renamed - low",
      "connection_disabled 1 high",
      "connection_enabled 2 medium",
    ]);
    expect(changes[0]?.between.after).toBe(AT_1);
  });

  it("sets its baseline without changes when it was never read since the tenant's first run", () => {
    const never = failed("1", null, { firstReading: "sets_baseline" });
    expect(between(never, observed("1", [SAML], NOW))).toEqual([]);
  });

  it("has its connections enabled in the run that first reads it when it was created since", () => {
    const created = failed("1", null, { ...NOW, firstReading: "enables_connections" });
    expect(between(null, created)).toEqual(["organization_created - medium"]);
    expect(between(created, observed("1", [SAML], NOW))).toEqual(["connection_enabled 1 medium"]);
  });
});

describe("an Organization that came or went", () => {
  it("is created with each of its connections", () => {
    const changes = diffOrganization(null, observed("1", [SAML, GOOGLE], NOW), COMPARISON);
    expect(told(changes)).toEqual([
      "organization_created - medium",
      "connection_enabled 1 medium",
      "connection_enabled 2 high",
    ]);
    expect(changes[0]?.between).toEqual({ after: null, before: AT_2 });
  });

  it("is deleted with each of its connections, without being called a lock-out", () => {
    expect(between(observed("1", [SAML]), deleted("1", NOW))).toEqual([
      "organization_deleted - medium",
      "connection_disabled 1 medium",
    ]);
  });

  it("is deleted with what was last observed when it could not be read before", () => {
    expect(between(failed("1", carried(observed("1", [SAML]))), deleted("1", NOW))).toHaveLength(2);
    expect(between(failed("1", null), deleted("1", NOW))).toEqual(["organization_deleted - medium"]);
  });

  it("is reported as deleted only once, and as created if it comes back", () => {
    expect(between(deleted("1"), null)).toEqual([]);
    expect(between(deleted("1"), observed("1", [], NOW))).toEqual(["organization_created - medium"]);
    expect(between(null, deleted("1", NOW))).toEqual([]);
  });

  it("is deleted when two runs that are not neighbours are compared", () => {
    const [change] = diffOrganization(observed("1", []), null, COMPARISON);
    expect(change).toMatchObject({ change: "organization_deleted", between: { after: AT_1, before: AT_2 } });
  });
});

describe("the scope of the audit", () => {
  it("reports an Organization that was added to a list or removed from it, and no connection", () => {
    const scope = { appeared: "scope_added", disappeared: "scope_removed" } as const;
    expect(between(null, observed("1", [SAML], NOW), scope)).toEqual(["scope_added - info"]);
    expect(between(null, failed("1", null, NOW), scope)).toEqual(["scope_added - info"]);
    expect(between(observed("1", [SAML]), null, scope)).toEqual(["scope_removed - info"]);
    expect(between(failed("1", null), null, scope)).toEqual(["scope_removed - info"]);
  });

  it("reports nothing about Organizations that a run sets the baseline of, or is not about", () => {
    const scope = { appeared: "baseline", disappeared: "ignored" } as const;
    expect(between(null, observed("1", [SAML, GOOGLE], NOW), scope)).toEqual([]);
    expect(between(observed("1", [SAML]), null, scope)).toEqual([]);
  });

  it("does not hide changes of an Organization that was observed before", () => {
    const scope = { appeared: "scope_added", disappeared: "scope_removed" } as const;
    expect(between(observed("1", [SAML]), observed("1", [], NOW), scope)).toEqual(["connection_disabled 1 high"]);
  });
});

it("dates a rename from the run that knew the old name", () => {
  const known = { ...observed("1", [SAML], { observedAt: AT_2 }), namedAt: AT_1 };
  const renamed = observed("1", [GOOGLE], { ...NOW, name: "acme-corp" });
  const [rename, disabled] = diffOrganization(known, renamed, COMPARISON);
  expect([rename?.between.after, disabled?.between.after]).toEqual([AT_1, AT_2]);
});

describe("laws", () => {
  const sequences = fc.tuple(enabledConnections, enabledConnections);

  it("nothing changes between a state and itself", () => {
    fc.assert(
      fc.property(enabledConnections, (state) => {
        expect(between(observed("1", state), observed("1", [...state].reverse(), NOW))).toEqual([]);
      }),
    );
  });

  it("applying the changes to the older state gives the newer one", () => {
    fc.assert(
      fc.property(sequences, ([before, after]) => {
        const changes = diffOrganization(observed("1", before), observed("1", after, NOW), COMPARISON);
        expect(compared(apply(before, changes, after))).toEqual(compared(after));
      }),
    );
  });

  it("the order of the input does not matter", () => {
    fc.assert(
      fc.property(sequences, ([before, after]) => {
        const forwards = diffOrganization(observed("1", before), observed("1", after, NOW), COMPARISON);
        const backwards = diffOrganization(
          observed("1", [...before].reverse()),
          observed("1", [...after].reverse(), NOW),
          COMPARISON,
        );
        expect(backwards).toEqual(forwards);
      }),
    );
  });

  it("every change has a reason", () => {
    fc.assert(
      fc.property(sequences, ([before, after]) => {
        for (const change of diffOrganization(observed("1", before), observed("1", after, NOW), COMPARISON))
          expect(change.reasons.length).toBeGreaterThan(0);
      }),
    );
  });
});

type Compared = Readonly<Record<string, unknown>>;

function compared(connections: readonly EnabledConnection[]): ReadonlyMap<string, Compared> {
  return new Map(
    [...connections]
      .sort((left, right) => (left.connectionId < right.connectionId ? -1 : 1))
      .map(({ wire: _wire, ...known }) => [known.connectionId, known]),
  );
}

/** Applies changes to a state; an enabled connection's properties are looked up in the newer state. */
function apply(
  before: readonly EnabledConnection[],
  changes: readonly Change[],
  after: readonly EnabledConnection[],
): readonly EnabledConnection[] {
  const state = new Map<string, EnabledConnection>(before.map((one) => [one.connectionId, one]));
  const field = {
    assign_membership_on_login: "assignMembershipOnLogin",
    show_as_button: "showAsButton",
    is_signup_enabled: "isSignupEnabled",
    "connection.name": "name",
    "connection.strategy": "strategy",
  } as const;
  for (const { change, connectionId, properties } of changes) {
    if (connectionId === null) continue;
    const known = state.get(connectionId);
    if (change === "connection_disabled") state.delete(connectionId);
    if (change === "connection_enabled") {
      const enabled = after.find((one) => one.connectionId === connectionId);
      if (enabled !== undefined) state.set(connectionId, enabled);
    }
    if (change === "connection_updated" && known !== undefined) {
      const updates = properties.map(({ name, updatedValue }) => [field[name as keyof typeof field], updatedValue]);
      state.set(connectionId, { ...known, ...Object.fromEntries(updates) });
    }
  }
  return [...state.values()];
}

it("finds no last observation in a line of a deleted Organization", () => {
  expect(lastObservation(deleted("1"))).toBeNull();
  expect(lastObservation(observed("1", [SAML]))).toMatchObject({
    organizationName: "acme",
    enabledConnections: [SAML],
  });
});
