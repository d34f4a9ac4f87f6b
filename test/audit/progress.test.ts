import { describe, expect, it } from "@jest/globals";
import type { AuditProgress } from "../../lambda/audit/port.ts";
import { progressOf, tooSlowText } from "../../lambda/audit/progress.ts";
import { request } from "../support/audit-harness.ts";
import { fakeManagementApi } from "../support/fake-management-api.ts";

const HOUR_MS = 3_600_000;

function told(intervalMs: number | null, estimates: readonly number[], before = 0): AuditProgress[] {
  const all: AuditProgress[] = [];
  let nowMs = 0;
  let asked = 0;
  const managementApi = {
    ...fakeManagementApi(new Map(), () => nowMs),
    estimateMs: () => estimates[asked++] ?? Number.POSITIVE_INFINITY,
  };
  const dependencies = {
    clock: { now: () => nowMs, sleep: async () => {} },
    managementApi,
    progress: (one: AuditProgress) => all.push(one),
  };
  const tell = progressOf({ list: { organizations: 100 }, request: request(0, { intervalMs }), dependencies }, before);
  for (const _ of estimates) {
    nowMs += 1000;
    tell();
  }
  return all;
}

describe("a sweep", () => {
  it("says how long it will take as soon as the rate limit is known, once", () => {
    const all = told(24 * HOUR_MS, [Number.POSITIVE_INFINITY, 2 * HOUR_MS, 2 * HOUR_MS]);
    expect(all.filter(({ kind }) => kind !== "reading")).toEqual([
      { kind: "planned", organizations: 100, estimateMs: 2 * HOUR_MS },
    ]);
    expect(all[0]).toMatchObject({ kind: "reading", done: 1, total: 100, remainingMs: 99_000 });
    expect(all.at(-1)).toMatchObject({ kind: "reading", done: 3, remainingMs: 2 * HOUR_MS });
  });

  it("warns, with what would help, when that is longer than the time between two runs", () => {
    expect(told(HOUR_MS, [2 * HOUR_MS]).find(({ kind }) => kind === "warning")).toEqual({
      kind: "warning",
      message: expect.any(String),
    });
  });

  it("says it in its first chunk alone", () => {
    expect(told(HOUR_MS, [2 * HOUR_MS], 20).map(({ kind }) => kind)).toEqual(["reading"]);
  });
});

it("a run without a schedule has no interval", () => {
  expect(tooSlowText(HOUR_MS, 5, null)).toBeNull();
  expect(tooSlowText(HOUR_MS, 5, HOUR_MS)).toBeNull();
});
