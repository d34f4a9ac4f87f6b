import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Change } from "../../../lambda/domain/change.ts";
import type { Timestamp } from "../../../lambda/domain/identifiers.ts";
import { KnownConnections } from "../../../lambda/evidence/query/find-connection.ts";
import { periods } from "../../../lambda/evidence/query/names.ts";
import { editDistance, NearNames } from "../../../lambda/evidence/query/near-names.ts";
import { NetBalance } from "../../../lambda/evidence/query/net-balance.ts";
import { connectionId, organizationId, RUN_1 } from "../../support/builders.ts";

const ID = organizationId("1");
const at = (day: number) => `2026-03-0${day}T06:00:00.000Z` as Timestamp;

function change(kind: Change["change"], day: number, other: Partial<Change> = {}): Change {
  return {
    runId: RUN_1,
    organizationId: ID,
    organizationName: "acme",
    change: kind,
    connectionId: null,
    connectionName: null,
    strategy: null,
    properties: [],
    severity: "low",
    reasons: ["It changed."],
    between: { after: null, before: at(day) },
    ...other,
  };
}

const update = (name: string, previousValue: string, updatedValue: string) => [{ name, previousValue, updatedValue }];

describe("the names of an Organization over time", () => {
  it("follow its renames back from its newest names", () => {
    const renamed = change("organization_renamed", 3, { properties: update("name", "old", "acme") });
    const displayed = change("organization_renamed", 4, { properties: update("display_name", "Old", "Acme") });
    const names = { name: "acme", displayName: "Acme" };
    expect([...periods(ID, names, [change("organization_created", 2), renamed, displayed])]).toEqual([
      { organizationId: ID, name: "acme", displayName: "Acme", from: at(4), until: null },
      { organizationId: ID, name: "acme", displayName: "Old", from: at(3), until: at(4) },
      { organizationId: ID, name: "old", displayName: "Old", from: at(2), until: at(3) },
    ]);
  });

  it("end when it is deleted", () => {
    expect([...periods(ID, null, [change("organization_deleted", 3)])]).toEqual([
      { organizationId: ID, name: "acme", displayName: null, from: null, until: at(3) },
    ]);
  });
});

describe("similar names", () => {
  const suggestions = (text: string, names: readonly string[]) => {
    const near = new NearNames(text);
    for (const name of names) near.offer(name);
    return JSON.parse(`[${`${near}`.replace(/^[^"]*/, "").replace(/\?$/, "")}]`);
  };

  it("are a few typing errors away, or begin alike; at most five, the nearest first", () => {
    expect(suggestions("acme", ["acne", "Acme", "acme-2", "globex", "amce"])).toEqual([
      "Acme",
      "acne",
      "acme-2",
      "amce",
    ]);
    expect(
      suggestions(
        "acme",
        Array.from({ length: 50 }, (_, index) => `acme${index}`),
      ),
    ).toHaveLength(5);
    expect(suggestions("x", ["a", "bc", "xyz"])).toEqual([]);
  });

  it("differ by the edit distance, which is a metric", () => {
    expect(editDistance("kitten", "sitting")).toBe(3);
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (one, two, three) => {
        expect(editDistance(one, one)).toBe(0);
        expect(editDistance(one, two)).toBe(editDistance(two, one));
        expect(editDistance(one, three)).toBeLessThanOrEqual(editDistance(one, two) + editDistance(two, three));
      }),
    );
  });
});

describe("a connection", () => {
  const known = new KnownConnections();
  const [one, two] = [connectionId("1"), connectionId("2")];
  known.add(one, "sso");
  known.add(one, "renamed");
  known.add(two, "sso");
  known.add(two, one);

  it("is found by its ID and by each of its names", () => {
    expect(known.find("renamed", "the test")).toBe(one);
    // Another connection has this ID as its name.
    expect(known.find(one, "the test")).toBe(one);
    expect(known.find("con_9999999999999999", "the test")).toBe("con_9999999999999999");
  });

  it("is refused when several have the name, or none", () => {
    expect(() => known.find("sso", "the test")).toThrow(new RegExp(`${one}.*${two}`));
    expect(() => known.find("renamde", "the test")).toThrow('"renamed"');
  });
});

describe("the recorded changes that a net difference does not show", () => {
  const of = { connectionId: connectionId("1") };
  const enabled = change("connection_enabled", 2, of);
  const disabled = change("connection_disabled", 3, of);
  const hidden = change("connection_updated", 4, {
    ...of,
    properties: update("show_as_button", "true", "false"),
  });
  const cases: readonly (readonly [string, readonly Change[], readonly Change[], number])[] = [
    ["nothing", [], [], 0],
    ["what came and went", [enabled, disabled], [], 2],
    ["what came, went and came", [enabled, disabled, enabled], [enabled], 2],
    ["an update of what came", [enabled, hidden], [enabled], 0],
    ["an update that was undone", [hidden, hidden], [], 2],
    ["an update that stayed", [hidden], [hidden], 0],
    [
      "a rename of what was created",
      [change("organization_created", 2), change("organization_renamed", 3)],
      [change("organization_created", 2)],
      0,
    ],
    [
      "a connection that came before its Organization was deleted",
      [enabled, change("organization_deleted", 3), disabled],
      [change("organization_deleted", 3)],
      2,
    ],
  ];

  it.each(cases)("are counted: %s", (_name, recorded, net, cancelled) => {
    const balance = new NetBalance();
    for (const one of recorded) balance.record(one);
    for (const one of net) balance.net(one);
    expect({ cancelled: balance.cancelled, recorded: balance.recorded }).toEqual({
      cancelled,
      recorded: recorded.length,
    });
  });
});
