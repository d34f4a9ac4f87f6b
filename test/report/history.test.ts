import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { RunStatus } from "../../lambda/domain/run.ts";
import { runIdAt, timestamp } from "../../lambda/domain/time.ts";
import { decodeIndex, encodeIndex, type HistoryEntry, INDEX_RUNS } from "../../lambda/report/history.ts";

const count = fc.nat();
const entry: fc.Arbitrary<HistoryEntry> = fc
  .record({
    atSeconds: fc.integer({ min: 0, max: 4_000_000_000 }),
    status: fc.constantFrom<RunStatus>("complete", "partial", "failed"),
    organizations: fc.record({ requested: count, observed: count, failed: count, deleted: count }),
    connections: count,
    severity: fc.record({ high: count, medium: count, low: count, info: count }),
  })
  .map(({ atSeconds, ...rest }) => {
    const atMs = atSeconds * 1000;
    return { runId: runIdAt(atMs), startedAt: timestamp(atMs), ...rest };
  });

describe("the index for programs", () => {
  it("is read back as it was written, without what could not be read", () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), (entries) => {
        const unreadable = { runId: runIdAt(0), entry: null };
        const runs = [...entries.map((one) => ({ runId: one.runId, entry: one })), unreadable];
        expect(decodeIndex(encodeIndex(runs))).toEqual(entries);
      }),
    );
  });

  it("is no entry at all where it is not sound", () => {
    const [run] = fc.sample(entry, 1);
    if (run === undefined) throw new RangeError("Nothing was drawn.");
    const sound = encodeIndex([{ runId: run.runId, entry: run }]);
    expect(decodeIndex(sound)).toEqual([run]);
    const harmed = [
      sound.slice(0, -5),
      sound.replace(run.runId, "../../x"),
      sound.replace(run.status, "fine"),
      sound.replace('"index_version": "1.0"', '"index_version": "2.0"'),
      sound.replace('"connections": ', '"connections": -1'),
      "[]",
      "",
    ];
    for (const text of harmed) expect(decodeIndex(text)).toEqual([]);
    expect(INDEX_RUNS).toBeGreaterThanOrEqual(365);
  });
});
