import { describe, expect, it } from "@jest/globals";
import { type SimulatedWatchOptions, simulateWatch } from "../support/simulated-watch.ts";

const WATCH: SimulatedWatchOptions = {
  organizations: 120,
  days: 4,
  changesPerDay: 30,
  startMs: Date.UTC(2026, 2, 3, 6),
  seed: 1,
  lost: 0.1,
  sources: ["logs"],
  everyMinutes: 30,
  sweepEveryDays: 1,
  readMs: 20,
  crashes: 0.1,
};

describe("a watch over days, with lost, late, repeated and unordered hints, and processes that die", () => {
  it.each([
    ["logs", { seed: 11, sources: ["logs"] }],
    ["events", { seed: 12, sources: ["events"] }],
    ["both", { seed: 13, sources: ["logs", "events"] }],
    ["both, every five minutes", { seed: 14, sources: ["logs", "events"], everyMinutes: 5, days: 1 }],
  ] as const)(
    "tells every true change once, and its state is the truth: %s",
    async (_name, other) => {
      const { changes, detection, missedByHints, runs, told, wrong } = await simulateWatch({ ...WATCH, ...other });
      expect(wrong).toEqual([]);
      expect(told).toBe(changes);
      expect(runs.updates).toBeGreaterThan(10);
      expect(runs.died).toBeGreaterThan(5);
      expect(detection[Math.floor(detection.length / 2)]).toBeLessThan(
        2 * (("everyMinutes" in other ? other.everyMinutes : 30) + 10),
      );
      expect(missedByHints).toBeLessThan(0.4 * changes);
    },
    120_000,
  );

  it("takes one request for each of 50 changes before an update, and few for their hints", async () => {
    const once = { ...WATCH, organizations: 1_000, days: 1, changesPerDay: 50, everyMinutes: 23 * 60 };
    const { requests, told, wrong } = await simulateWatch({ ...once, onlyConnections: true, lost: 0, crashes: 0 });
    expect([told, wrong]).toEqual([50, []]);
    expect(requests.organizations).toBeGreaterThan(40);
    expect(requests.organizations).toBeLessThanOrEqual(50);
    expect(requests.hints).toBeLessThanOrEqual(20);
  }, 60_000);

  it("says how many changes no hint named", async () => {
    const { missedByHints, told } = await simulateWatch({ ...WATCH, lost: 1, crashes: 0 });
    expect(missedByHints).toBe(told);
    expect(told).toBeGreaterThan(80);
  }, 60_000);
});
