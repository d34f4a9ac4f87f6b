import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { ConnectionId, OrganizationId, Timestamp } from "../../lambda/domain/identifiers.ts";
import { timestamp } from "../../lambda/domain/time.ts";
import { coverageOf } from "../../lambda/hints/coverage.ts";
import type { HintKind, Hints } from "../../lambda/hints/hints.ts";
import { type MergeOptions, mergeHints } from "../../lambda/hints/merge.ts";

const START_MS = Date.UTC(2026, 2, 3, 6);
const at = (minute: number): Timestamp => timestamp(START_MS + minute * 60_000);
const organizations = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `org_${String(from + index).padStart(6, "0")}` as OrganizationId);

function unchanged(ids: readonly OrganizationId[]) {
  return ids.map((organizationId) => ({ organizationId, isChanged: false }));
}

function hints(kind: HintKind, given: Partial<Hints> = {}): Hints {
  return {
    kind,
    organizationIds: [],
    changedIds: [],
    connectionIds: [],
    covers: null,
    complete: true,
    because: null,
    place: null,
    ...given,
  };
}

const covering = (from: number, until: number, because: string | null = null): Hints =>
  hints("logs", { covers: { from: at(from), until: at(until) }, complete: because === null, because });

describe("the time that hints cover", () => {
  it.each([
    ["one source", [covering(0, 5)], 0, 5, null],
    ["a source that began earlier", [covering(-9, 5)], 0, 5, null],
    ["one that goes on where another ends", [covering(3, 9), covering(0, 4)], 0, 9, null],
    ["one that starts later", [covering(0, 4), covering(5, 9)], 0, 4, null],
    ["one that lags behind", [covering(-9, -5), covering(3, 9)], 0, 0, null],
    ["one that has a loss beside one that has none", [covering(0, 9, "Lost."), covering(0, 5)], 0, 5, null],
    ["no source", [hints("retries")], 0, 0, null],
    ["one that has a loss", [covering(0, 9, "Lost.")], 9, 9, { from: at(0), until: at(9), because: "Lost." }],
    [
      "losses of both",
      [covering(0, 9, "Lost."), covering(0, 7, "Gone.")],
      7,
      7,
      { from: at(0), until: at(7), because: "Lost. Gone." },
    ],
    [
      "one that starts where another lost",
      [covering(0, 9, "Lost."), covering(3, 8)],
      3,
      8,
      { from: at(0), until: at(3), because: "Lost." },
    ],
    [
      "none that reaches back",
      [covering(3, 8)],
      3,
      8,
      { from: at(0), until: at(3), because: "No source of hints reaches back that far." },
    ],
    ["a loss before the time", [covering(-9, -5, "Lost.")], 0, 0, null],
  ])("is that of %s", (_what, sources, from, until, gap) => {
    expect(coverageOf(sources, at(0))).toEqual({ covers: { from: at(from), until: at(until) }, gap });
  });

  it("has no hole: each of its minutes is covered by a source without a loss", () => {
    const source = fc.tuple(fc.integer({ min: -5, max: 20 }), fc.nat(10), fc.boolean());
    fc.assert(
      fc.property(fc.array(source, { maxLength: 5 }), (given) => {
        const sources = given.map(([from, minutes, isWhole]) =>
          covering(from, from + minutes, isWhole ? null : "Lost."),
        );
        const { covers, gap } = coverageOf(sources, at(0));
        expect(covers.from).toBe(gap === null ? at(0) : gap.until);
        expect(covers.until >= covers.from).toBe(true);
        for (let minute = 0; minute < 40; minute += 1)
          if (at(minute) >= covers.from && at(minute + 1) <= covers.until)
            expect(
              given.some(([from, minutes, isWhole]) => isWhole && from <= minute && from + minutes >= minute + 1),
            ).toBe(true);
      }),
    );
  });
});

describe("the hints of all sources", () => {
  const CON = "con_1" as ConnectionId;
  const merge = (given: readonly Hints[], options: Partial<MergeOptions> = {}) =>
    mergeHints(given, {
      since: at(0),
      tenantOrganizations: 1_000,
      organizationsWith: async function* () {},
      ...options,
    });
  const having = (ids: readonly OrganizationId[], connectionIds = [CON]) =>
    async function* () {
      for (const organizationId of ids) yield { organizationId, connectionIds };
    };

  it("are united, in order, and counted by kind", async () => {
    const merged = await merge([
      hints("logs", { organizationIds: organizations(2, 4) }),
      hints("events", { organizationIds: organizations(1, 3), covers: { from: at(0), until: at(5) } }),
      hints("retries", { organizationIds: organizations(0, 2) }),
    ]);
    expect(merged).toEqual({
      organizations: unchanged(organizations(0, 4)),
      counts: { logs: 2, events: 2, retries: 2 },
      covers: { from: at(0), until: at(5) },
      gap: null,
      sweepInstead: null,
      leftToSweep: null,
    });
  });

  it("name every Organization that has a connection, for the kinds that name the connection", async () => {
    const asked: ReadonlySet<ConnectionId>[] = [];
    const merged = await merge(
      [
        hints("logs", { connectionIds: [CON], organizationIds: organizations(0, 1) }),
        hints("events", { connectionIds: ["con_2" as ConnectionId] }),
      ],
      {
        organizationsWith: (connectionIds) => {
          asked.push(connectionIds);
          return having(organizations(0, 3))();
        },
      },
    );
    expect(merged).toMatchObject({
      organizations: unchanged(organizations(0, 3)),
      counts: { logs: 3, events: 0, retries: 0 },
    });
    expect(asked).toEqual([new Set([CON, "con_2"])]);
  });

  it.each([
    [1_000, 100, null],
    [
      1_000,
      101,
      "Hints name more than 100 Organizations, a tenth of the tenant's 1000: a sweep is started instead of an update.",
    ],
    [100_000, 5_000, null],
    [100_000, 5_001, "Hints name more than 5000 Organizations: a sweep is started instead of an update."],
    [5, 1, null],
    [5, 2, "Hints name more than 1 Organization, a tenth of the tenant's 5: a sweep is started instead of an update."],
  ])("of %d Organizations, %d are an update or a sweep", async (tenantOrganizations, hinted, sweepInstead) => {
    const direct = await merge([hints("events", { organizationIds: organizations(0, hinted) })], {
      tenantOrganizations,
    });
    expect(direct).toMatchObject({
      sweepInstead,
      organizations: sweepInstead === null ? unchanged(organizations(0, hinted)) : [],
    });
    const byConnection = await merge([hints("logs", { connectionIds: [CON] })], {
      tenantOrganizations,
      organizationsWith: having(organizations(0, hinted)),
    });
    expect(byConnection.sweepInstead).toBe(sweepInstead);
  });

  it("stop reading the state as soon as there are too many", async () => {
    let read = 0;
    await merge([hints("logs", { connectionIds: [CON] })], {
      organizationsWith: async function* () {
        for (const organizationId of organizations(0, 1_000)) {
          read += 1;
          yield { organizationId, connectionIds: [CON] };
        }
      },
    });
    expect(read).toBe(101);
  });

  it("never lead to a sweep because of retries: those fill what room is left", async () => {
    const merged = await merge([
      hints("retries", { organizationIds: organizations(0, 500) }),
      hints("events", { organizationIds: organizations(490, 500) }),
    ]);
    expect(merged).toMatchObject({
      organizations: unchanged([...organizations(0, 90), ...organizations(490, 500)]),
      counts: { logs: 0, events: 10, retries: 100 },
      sweepInstead: null,
      leftToSweep: expect.stringMatching(/^400 Organizations .* at most 100\.$/),
    });
  });
});
