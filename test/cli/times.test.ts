import { describe, expect, it } from "@jest/globals";
import { runChoice, span } from "../../lambda/cli/times.ts";
import { ConfigurationError } from "../../lambda/domain/errors.ts";

const now = () => Date.parse("2026-03-03T14:30:00Z");
const parse = (text: string) => span("--since", now)(text);
const times = (text: string) => {
  const { fromMs, toMs } = parse(text);
  return [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
};

describe("a date on the command line", () => {
  it.each([
    ["2026-03-01", "2026-03-01T00:00:00.000Z", "2026-03-01T23:59:59.999Z"],
    ["today", "2026-03-03T00:00:00.000Z", "2026-03-03T23:59:59.999Z"],
    ["yesterday", "2026-03-02T00:00:00.000Z", "2026-03-02T23:59:59.999Z"],
    ["24h", "2026-03-02T14:30:00.000Z", "2026-03-02T14:30:00.000Z"],
    ["7d", "2026-02-24T14:30:00.000Z", "2026-02-24T14:30:00.000Z"],
    ["2w", "2026-02-17T14:30:00.000Z", "2026-02-17T14:30:00.000Z"],
    ["2026-03-01T06:00:00+01:00", "2026-03-01T05:00:00.000Z", "2026-03-01T05:00:00.000Z"],
    ["20260301T060000Z", "2026-03-01T06:00:00.000Z", "2026-03-01T06:00:00.000Z"],
  ])("%s is from %s to %s", (text, from, to) => {
    expect(times(text)).toEqual([from, to]);
  });

  it("names a run only by its ID", () => {
    expect(parse("20260301T060000Z").runId).toBe("20260301T060000Z");
    expect(parse("7d").runId).toBeNull();
    expect(runChoice("--at")("20260301T060000Z").kind).toBe("run");
    expect(runChoice("--at")("yesterday").kind).toBe("time");
  });

  it.each(["", "tomorrow", "Today", "7", "d", "-7d", "7m", "1.5d", "7 d", "999999w", "2026-02-30"])(
    "is not %j: one line names the option and what is possible",
    (text) => {
      expect(() => parse(text)).toThrow(ConfigurationError);
      expect(() => parse(text)).toThrow(/^--since: [^\n]*today, yesterday[^\n]*7d[^\n]*\.$/);
    },
  );
});
