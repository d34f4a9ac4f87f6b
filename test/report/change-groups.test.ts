import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { CHANGE_KINDS, type Change, SEVERITIES } from "../../lambda/domain/change.ts";
import type { ConnectionId, OrganizationId } from "../../lambda/domain/identifiers.ts";
import { byReasons, changesInGroups, groupChanges } from "../../lambda/report/change-groups.ts";
import { AT_1, AT_2, RUN_2 } from "../support/builders.ts";

const RENAMED: Change = {
  runId: RUN_2,
  organizationId: "org_1" as OrganizationId,
  organizationName: "acme",
  change: "connection_updated",
  connectionId: "con_1" as ConnectionId,
  connectionName: "gh",
  strategy: "github",
  properties: [{ name: "connection.name", previousValue: "github", updatedValue: "gh" }],
  severity: "low",
  reasons: ["The connection was renamed."],
  between: { after: AT_1, before: AT_2 },
};

const inOrganization = (number: number, change: Partial<Change> = {}): Change => ({
  ...RENAMED,
  organizationId: `org_${String(number).padStart(4, "0")}` as OrganizationId,
  organizationName: `customer-${number}`,
  ...change,
});

const changes: fc.Arbitrary<readonly Change[]> = fc
  .array(
    fc.record({
      change: fc.constantFrom(...CHANGE_KINDS),
      connectionId: fc.constantFrom("con_1" as ConnectionId, "con_2" as ConnectionId, null),
      severity: fc.constantFrom(...SEVERITIES),
      reasons: fc.constantFrom(["One."], ["Two."], ["One.", "Two."]),
      properties: fc.constantFrom([], RENAMED.properties),
      between: fc.constantFrom(RENAMED.between, { after: null, before: AT_2 }),
    }),
    { maxLength: 60 },
  )
  .map((drawn) => drawn.map((one, index) => inOrganization(index, one)));

describe("groupChanges", () => {
  it("makes one group of the same change in several Organizations, whenever it happened", () => {
    const [first, second] = [inOrganization(1), inOrganization(2, { between: { after: null, before: AT_2 } })];
    expect(groupChanges([first, second])).toEqual([{ severity: "low", count: 2, first, changes: [first, second] }]);
  });

  it.each<Partial<Change>>([
    { change: "connection_enabled" },
    { connectionId: "con_2" as ConnectionId },
    { connectionName: "other" },
    { strategy: "oidc" },
    { properties: [{ name: "connection.name", previousValue: "old", updatedValue: "gh" }] },
    { reasons: ["Another reason."] },
    { severity: "high" },
  ])("makes another group for %j", (other) => {
    expect(groupChanges([inOrganization(1), inOrganization(2, other)])).toHaveLength(2);
  });

  it("has every change in exactly one group, which has only the same change", () => {
    fc.assert(
      fc.property(changes, (all) => {
        const groups = groupChanges(all);
        const listed = groups.flatMap((group) => group.changes);
        expect(listed).toHaveLength(all.length);
        expect(new Set(listed)).toEqual(new Set(all));
        expect(changesInGroups(groups)).toBe(all.length);
        const what = ({ change, connectionId, properties, reasons, severity }: Change) =>
          JSON.stringify([change, connectionId, properties, reasons, severity]);
        for (const group of groups) {
          expect(group.count).toBe(group.changes.length);
          expect(new Set(group.changes.map(what))).toEqual(new Set([what(group.first)]));
        }
        expect(new Set(groups.map(({ first }) => what(first))).size).toBe(groups.length);
      }),
    );
  });

  it("orders groups by severity, then size, then the order of the evidence", () => {
    fc.assert(
      fc.property(changes, (all) => {
        const keys = groupChanges(all).map(({ count, first }) => [
          SEVERITIES.indexOf(first.severity),
          -count,
          all.indexOf(first),
        ]);
        const inOrder = keys.toSorted((left, right) => {
          const index = left.findIndex((value, place) => value !== right[place]);
          return (left[index] ?? 0) - (right[index] ?? 0);
        });
        expect(keys).toEqual(inOrder);
      }),
    );
  });

  it("is bounded: it counts what it does not list, and keeps the severe groups", () => {
    fc.assert(
      fc.property(changes, fc.integer({ min: 1, max: 5 }), (all, most) => {
        const groups = groupChanges(all, most);
        expect(groups.length).toBeLessThanOrEqual(most);
        expect(changesInGroups(groups)).toBeLessThanOrEqual(all.length);
        for (const severity of SEVERITIES) {
          const ofSeverity = groups.filter((group) => group.severity === severity);
          expect(ofSeverity.flatMap((group) => group.changes).length).toBeLessThanOrEqual(2 * most);
        }
        const worst = SEVERITIES.find((severity) => all.some((change) => change.severity === severity));
        expect(groups[0]?.severity).toBe(worst);
      }),
    );
  });

  it("counts a change in 20,000 Organizations and lists 500 of them", () => {
    const [group] = groupChanges(Array.from({ length: 20_000 }, (_, index) => inOrganization(index)));
    expect(group?.count).toBe(20_000);
    expect(group?.changes).toHaveLength(500);
  });
});

it("groups with the same reasons are together, in the order of the first of each", () => {
  const [one, two] = [["One."], ["Two."]];
  const groups = groupChanges([
    inOrganization(1, { connectionId: "con_1" as ConnectionId, reasons: one }),
    inOrganization(2, { connectionId: "con_2" as ConnectionId, reasons: two }),
    inOrganization(3, { connectionId: "con_3" as ConnectionId, reasons: one }),
  ]);
  expect(byReasons(groups).map((alike) => alike.map(({ first }) => first.connectionId))).toEqual([
    ["con_1", "con_3"],
    ["con_2"],
  ]);
});
