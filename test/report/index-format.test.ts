import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { RunStatus } from "../../lambda/domain/run.ts";
import { runIdAt, timestamp } from "../../lambda/domain/time.ts";
import { decodeIndex, encodeIndex, MAX_INDEX_RUNS } from "../../lambda/report/index-format.ts";
import type { RunSummary } from "../../lambda/report/recent-runs.ts";

const count = fc.nat();
const summary: fc.Arbitrary<RunSummary> = fc
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

describe("index.json", () => {
  it("decodes to the summaries that were encoded, without unreadable runs", () => {
    fc.assert(
      fc.property(fc.array(summary, { maxLength: 20 }), (summaries) => {
        const unreadable = { runId: runIdAt(0), summary: null };
        const runs = [...summaries.map((one) => ({ runId: one.runId, summary: one })), unreadable];
        expect(decodeIndex(encodeIndex(runs))).toEqual(summaries);
      }),
    );
  });

  it("decodes to an empty index when its content is invalid", () => {
    const [run] = fc.sample(summary, 1);
    if (run === undefined) throw new RangeError("The sample is empty.");
    const valid = encodeIndex([{ runId: run.runId, summary: run }]);
    expect(decodeIndex(valid)).toEqual([run]);
    const invalid = [
      valid.slice(0, -5),
      valid.replace(run.runId, "../../x"),
      valid.replace(run.status, "fine"),
      valid.replace('"index_version": "1.0"', '"index_version": "2.0"'),
      valid.replace('"connections": ', '"connections": -1'),
      "[]",
      "",
    ];
    for (const text of invalid) expect(decodeIndex(text)).toEqual([]);
  });

  it("has room for a year of daily runs", () => {
    expect(MAX_INDEX_RUNS).toBeGreaterThanOrEqual(365);
  });
});
