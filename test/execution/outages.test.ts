import { describe, expect, it } from "@jest/globals";
import type { MemoryObject } from "../support/memory-evidence-store.ts";
import { auditVirtualDay, type Outage, randomOutages, type Service, type VirtualDay } from "../support/virtual-day.ts";

const MINUTE_MS = 60_000;
const ORGANIZATIONS = 1_500;
const READS_PER_MINUTE = 60;

const before = new Map<string, MemoryObject>();
const world = (outages: readonly Outage[], hangs?: ReadonlySet<number>): VirtualDay => ({
  day: 1,
  organizations: ORGANIZATIONS,
  readsPerMinute: READS_PER_MINUTE,
  outages,
  ...(hangs === undefined ? {} : { hangs }),
  objects: new Map(before),
});

let undisturbed: ReturnType<typeof auditVirtualDay> | null = null;
/** The second day without any outage; the first one is what it is compared with. */
function undisturbedDay() {
  undisturbed ??= auditVirtualDay({ ...world([]), day: 0, objects: before }).then(() => auditVirtualDay(world([])));
  return undisturbed;
}

describe("a service that is away in the middle of a sweep", () => {
  it.each<Service>(["store", "secrets"])(
    "costs no request to the tenant, and the record is the same: %s",
    async (service) => {
      const expected = await undisturbedDay();
      for (const fromMinute of [0, 7, 11]) {
        const outage = { service, fromMs: fromMinute * MINUTE_MS, toMs: (fromMinute + 10) * MINUTE_MS };
        const { events, metrics, record, requests } = await auditVirtualDay(world([outage]));
        expect({ fromMinute, record, requests }).toEqual({
          fromMinute,
          record: expected.record,
          requests: expected.requests,
        });
        expect([events.length, metrics]).toEqual([1, 1]);
      }
    },
  );

  it("delays the event, and everything else is done: EventBridge", async () => {
    const expected = await undisturbedDay();
    const endMs = expected.hours * 60 * MINUTE_MS;
    const outage: Outage = { service: "events", fromMs: 0, toMs: endMs + 10 * MINUTE_MS };
    const { events, hours, metrics, record, requests } = await auditVirtualDay(world([outage]));
    expect({ record, requests }).toEqual({ record: expected.record, requests: expected.requests });
    expect([events.length, metrics]).toEqual([1, 1]);
    expect(hours * 60).toBeGreaterThanOrEqual(expected.hours * 60 + 10);
  });

  it("ends the run as failed when no token can be read for about six hours", async () => {
    await undisturbedDay();
    const outage: Outage = { service: "secrets", fromMs: 0, toMs: 24 * 60 * MINUTE_MS };
    const { hours, record, requests } = await auditVirtualDay(world([outage]));
    expect(record).toMatchObject({ status: "failed", error: "token_unavailable" });
    expect(requests).toBe(0);
    expect(hours).toBeGreaterThan(5.5);
    expect(hours).toBeLessThan(7);
  });
});

it.each([1, 2, 3, 4])("ends with the undisturbed record in a world with random outages and hangs: %d", async (seed) => {
  const expected = await undisturbedDay();
  const { hangs, outages } = randomOutages(seed, { hours: expected.hours, reads: ORGANIZATIONS });
  const { events, record } = await auditVirtualDay(world(outages, hangs));
  expect(record).toEqual(expected.record);
  expect(events.length).toBe(1);
});

it("ends as failed, with a reason, when a step is killed each time that it starts", async () => {
  await undisturbedDay();
  const hangs = new Set(Array.from({ length: ORGANIZATIONS }, (_, read) => 100 + read));
  const { invocations, record } = await auditVirtualDay(world([], hangs));
  expect(record).toMatchObject({ status: "failed", error: "interrupted" });
  expect(invocations).toBeLessThan(20);
});
