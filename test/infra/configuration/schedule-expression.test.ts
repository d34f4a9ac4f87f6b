import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { notRunningWindow } from "../../../infra/alarm-window.ts";
import { scheduleGaps } from "../../../infra/configuration/schedule-expression.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe("the times between the runs of a schedule", () => {
  it.each([
    ["rate(1 minute)", MINUTE, MINUTE],
    ["rate(30 minutes)", 30 * MINUTE, 30 * MINUTE],
    ["rate(1 day)", DAY, DAY],
    ["cron(0 6 * * ? *)", DAY, DAY],
    ["cron(15 * * * ? *)", HOUR, HOUR],
    ["cron(0/15 * ? * * *)", 15 * MINUTE, 15 * MINUTE],
    ["cron(0 */6 * * ? *)", 6 * HOUR, 6 * HOUR],
    ["cron(0 6,18 * * ? *)", 12 * HOUR, 12 * HOUR],
    ["cron(0 8-10 * * ? *)", HOUR, 22 * HOUR],
    ["cron(0,30 6 * * ? *)", 30 * MINUTE, DAY - 30 * MINUTE],
    ["cron(0 6 ? * MON-FRI *)", DAY, 3 * DAY],
    ["cron(0 6 ? * mon,thu *)", 3 * DAY, 4 * DAY],
    ["cron(0 6 ? * 2 *)", 7 * DAY, 7 * DAY],
    ["cron(0 6 ? * L *)", 7 * DAY, 7 * DAY],
    ["cron(0 6 ? * FRIL *)", 28 * DAY, 35 * DAY],
    ["cron(0 6 ? * 2#1 *)", 28 * DAY, 35 * DAY],
    ["cron(0 6 ? * 6#5 *)", 63 * DAY, 119 * DAY],
    ["cron(0 6 1 * ? *)", 28 * DAY, 31 * DAY],
    ["cron(0 6 L * ? *)", 28 * DAY, 31 * DAY],
    ["cron(0 6 15W * ? *)", 28 * DAY, 32 * DAY],
    ["cron(0 6 1W * ? *)", 28 * DAY, 33 * DAY],
    ["cron(0 6 31W * ? *)", 29 * DAY, 63 * DAY],
    ["cron(0 6 1 JAN,JUL ? 2026-2030)", 181 * DAY, 184 * DAY],
    ["cron(0 6 29 2 ? *)", 1461 * DAY, 1461 * DAY],
  ])("%s", (expression, shortestMs, longestMs) => {
    expect(scheduleGaps(expression)).toEqual({ shortestMs, longestMs });
  });

  it.each([
    "",
    "daily",
    "at(2026-03-03T06:00:00)",
    "rate(1 hours)",
    "rate(2 hour)",
    "rate(0 days)",
    "rate(1.5 days)",
    "rate(1 week)",
    "cron(0 6 * * *)",
    "cron(0 6 * * ? * *)",
    "cron(60 6 * * ? *)",
    "cron(0 24 * * ? *)",
    "cron(0 6 0 * ? *)",
    "cron(0 6 32 * ? *)",
    "cron(0 6 32W * ? *)",
    "cron(0 6 * 13 ? *)",
    "cron(0 6 * FOO ? *)",
    "cron(0 6 ? * 8 *)",
    "cron(0 6 ? * 2#6 *)",
    "cron(0 6 ? * FOO#1 *)",
    "cron(0 6 ? * FOOL *)",
    "cron(0 6 ? * ? *)",
    "cron(0 6 * * * *)",
    "cron(0 6 30 2 ? *)",
    "cron(0 6 * * ? 1969)",
    "cron(0 10-8 * * ? *)",
    "cron(0/0 6 * * ? *)",
    "cron(,0 6 * * ? *)",
  ])("%j is invalid or never runs", (expression) => {
    expect(scheduleGaps(expression)).toBeNull();
  });
});

describe("the window in which an alarm looks for a run", () => {
  it.each([
    [5 * MINUTE, { kind: "silence", hours: 2 }],
    [12 * HOUR, { kind: "silence", hours: 25 }],
    [DAY, { kind: "silence", hours: 49 }],
    [3 * DAY, { kind: "silence", hours: 145 }],
    [3.5 * DAY, { kind: "age", limitSeconds: 604_800 }],
    [7 * DAY, { kind: "age", limitSeconds: 1_209_600 }],
  ])("is for runs %d ms apart", (longestMs, window) => {
    expect(notRunningWindow(longestMs)).toEqual(window);
  });

  it("is at least an hour longer than twice the interval, and CloudWatch accepts it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 * 24 * 10 }), (minutes) => {
        const window = notRunningWindow(minutes * MINUTE);
        if (window.kind === "age") return expect(window.limitSeconds).toBeGreaterThan(6.9 * 86_400);
        expect(window.hours).toBeLessThanOrEqual(7 * 24);
        expect(window.hours * 60).toBeGreaterThanOrEqual(2 * minutes + 60);
        expect(window.hours * 60).toBeLessThan(2 * minutes + 120);
      }),
    );
  });
});
