import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { RunId, Sha256, Tenant } from "../../../lambda/domain/identifiers.ts";
import { runIdAt, timestamp } from "../../../lambda/domain/time.ts";
import { manifestKey } from "../../../lambda/evidence/format/keys.ts";
import type { ManifestReference } from "../../../lambda/evidence/format/manifest.ts";
import { type ChainLink, checkChain } from "../../../lambda/evidence/verify/chain.ts";

const TENANT = "acme.eu.auth0.com" as Tenant;
const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 2, 30);

function reference(day: number, digest = String(day % 10)): ManifestReference {
  const runId: RunId = runIdAt(Date.UTC(2026, 2, 1) + day * DAY_MS);
  return { runId, key: manifestKey(TENANT, runId), sha256: digest.repeat(64) as Sha256 };
}

function link(
  day: number,
  previous: ManifestReference | null = day === 0 ? null : reference(day - 1),
  baseline: ManifestReference | null = previous,
): ChainLink {
  const says = { previous, baseline, ...timesOf(day), kind: "sweep", updates: null } as const;
  return { reference: reference(day), says, isAltered: false };
}

/** The run of a day as an update that builds on `base`. */
function update(day: number, base: ManifestReference): ChainLink {
  const { says, ...rest } = link(day);
  const { completedAt: until, startedAt: from } = timesOf(day);
  const updates = { base, hints: { logs: 1, events: 0, retries: 0 }, from, until };
  return { ...rest, says: says && { ...says, kind: "update", updates } };
}

function timesOf(day: number) {
  const startedAt = timestamp(Date.UTC(2026, 2, 1) + day * DAY_MS);
  const completedAt = timestamp(Date.UTC(2026, 2, 1) + day * DAY_MS + 1000);
  return { startedAt, completedAt };
}

/** The same link, with the times of another day. */
function at(day: number, link: ChainLink): ChainLink {
  return { ...link, says: link.says && { ...link.says, ...timesOf(day) } };
}

function chain(length: number): readonly ChainLink[] {
  return Array.from({ length }, (_, day) => link(day));
}

/** In short: `altered 3` for what is found of the fourth day's manifest. */
function found(links: readonly ChainLink[], noted: ManifestReference | null = null): readonly string[] {
  return checkChain(links, noted, NOW_MS).problems.map(({ key, verdict }) => {
    const day = Array.from({ length: 12 }, (_, one) => one).find((one) => reference(one).key === key);
    return `${verdict} ${day}`;
  });
}

const silent = (day: number, isAltered: boolean): ChainLink => ({ reference: reference(day), says: null, isAltered });

describe("the chain of manifests", () => {
  it("that is whole has no problems, and ends with the last", () => {
    expect(checkChain(chain(5), reference(4), NOW_MS)).toEqual({ problems: [], head: reference(4) });
    expect(checkChain(chain(5), reference(3), NOW_MS).problems).toEqual([]);
    expect(checkChain([], null, NOW_MS)).toEqual({ problems: [], head: null });
  });

  it("holds updates against the sweep that they build on", () => {
    const links = [link(0), update(1, reference(0)), update(2, reference(0)), link(3)];
    expect(found(links)).toEqual([]);
    expect(found([...links.slice(0, 2), update(2, reference(1)), link(3)])).toEqual(["altered 2"]);
    expect(found([...links.slice(0, 2), update(2, reference(3)), link(3)])).toEqual(["altered 2"]);
    expect(found([...links.slice(0, 2), update(2, reference(0, "f")), link(3)])).toEqual(["altered 2"]);
    expect(found([...links.slice(0, 2), update(2, reference(9)), link(3)])).toEqual(["missing 9"]);
  });

  it("of runs whose names are in another order than their times has no problems", () => {
    const links = [link(0), link(1), at(4, link(2, reference(3))), link(3, reference(1))];
    expect(checkChain(links, null, NOW_MS)).toEqual({ problems: [], head: reference(2) });
  });

  it("names a manifest whose times go back, and does not end with it", () => {
    // A run of the second day is added to the end of the chain.
    const backdated = at(1, link(4, reference(3)));
    expect(checkChain([...chain(4), backdated], null, NOW_MS)).toMatchObject({
      problems: [{ verdict: "wrong_time", key: reference(4).key }],
      head: reference(3),
    });
    expect(found([...chain(4), backdated, link(5)])).toEqual(["wrong_time 4"]);
    const completedFirst = timesOf(2);
    const swapped = { startedAt: completedFirst.completedAt, completedAt: completedFirst.startedAt };
    const third = link(2);
    expect(found([link(0), link(1), { ...third, says: third.says && { ...third.says, ...swapped } }])).toEqual([
      "wrong_time 2",
    ]);
  });

  it("names a manifest inserted between two others", () => {
    expect(found([link(0), link(1), link(2, reference(0)), link(3, reference(1))])).toEqual(["gap 2"]);
  });

  it("names a manifest of the future, and does not end with it", () => {
    for (const previous of [null, reference(3)])
      expect(checkChain([...chain(4), at(60, link(5, previous))], null, NOW_MS)).toMatchObject({
        problems: [{ verdict: "wrong_time", key: reference(5).key }],
        head: reference(3),
      });
  });

  it("ends with what the last run noted, when two manifests continue the same one", () => {
    const forked = [...chain(4), link(5, reference(2))];
    expect(checkChain(forked, reference(3), NOW_MS)).toMatchObject({
      problems: [{ verdict: "gap", key: reference(5).key }],
      head: reference(3),
    });
  });

  it("names one that was written over, by what a later one recorded of it, and believes nothing it says", () => {
    const forged = { ...link(2, reference(1, "f")), reference: reference(2, "e") };
    expect(found([link(0), link(1), forged, link(3)])).toEqual(["altered 2"]);
    expect(found([link(0), link(1), { ...link(2), reference: reference(2, "e") }], reference(2))).toEqual([
      "altered 2",
    ]);
  });

  it("reports each manifest once", () => {
    const links = [link(0), link(1), silent(2, true), link(3), link(4, reference(3), reference(2, "d"))];
    expect(found(links, reference(2, "c"))).toEqual([]);
    expect(found([link(0), link(2, reference(1)), link(3, reference(2), reference(1))])).toEqual(["missing 1"]);
  });

  it("reports a missing manifest, and no problem about the others", () => {
    expect(found([link(0), link(1), link(3)])).toEqual(["missing 2"]);
    expect(found([link(1), link(2)])).toEqual(["missing 0"]);
    expect(found(chain(3), reference(3))).toEqual(["missing 3"]);
  });

  it("names the baseline that is not what was compared with", () => {
    expect(found([link(0), link(1), link(2, reference(1), reference(0, "f"))])).toEqual(["altered 0"]);
    expect(found([link(1, null), link(2, reference(1), reference(0))])).toEqual(["missing 0"]);
    expect(found([link(0), link(1), link(2, reference(1), reference(1, "f"))])).toEqual(["altered 2"]);
  });

  it("names a second beginning, and every end but the last", () => {
    expect(found([link(0), link(1), link(2, null), link(3)])).toEqual(["gap 2", "gap 1"]);
    expect(found([link(0), link(1), link(2, reference(0)), link(3)])).toEqual(["gap 1"]);
  });

  it("goes on past one that cannot be read", () => {
    for (const isAltered of [true, false]) {
      expect(found([link(0), link(1), silent(2, isAltered), link(3)])).toEqual([]);
      expect(found([silent(0, isAltered), link(1), link(2)])).toEqual([]);
      expect(checkChain([link(0), link(1), silent(2, isAltered)], null, NOW_MS).head).toEqual(reference(1));
      expect(checkChain([silent(0, isAltered), link(1, null)], null, NOW_MS).head).toEqual(reference(1));
      expect(checkChain([silent(0, isAltered)], null, NOW_MS).head).toEqual(reference(0));
    }
  });

  it("never passes when one of its manifests is gone, written over or doubled", () => {
    const damage = fc.record({ at: fc.nat({ max: 6 }), kind: fc.constantFrom("gone", "over", "doubled") });
    fc.assert(
      fc.property(damage, ({ at, kind }) => {
        const links = chain(8).flatMap((one, day) => {
          if (day !== at) return [one];
          if (kind === "gone") return [];
          const other = { ...one, reference: reference(day, "f") };
          return kind === "over" ? [other] : [one, { ...other, reference: reference(11), says: one.says }];
        });
        const sorted = links.toSorted((left, right) => (left.reference.key < right.reference.key ? -1 : 1));
        expect(found(sorted).length).toBeGreaterThan(0);
      }),
    );
  });
});
