import { describe, expect, it } from "@jest/globals";
import { readRateLimit } from "../../../lambda/auth0/rate-limit/headers.ts";
import { NO_RATE_LIMIT } from "../../support/rate-limits.ts";

function read(headers: Record<string, string>) {
  return readRateLimit((name) => headers[name] ?? null);
}

describe("reading the rate-limit headers", () => {
  it("reads each header, in milliseconds where it is a time", () => {
    const headers = {
      "x-ratelimit-limit": "50",
      "x-ratelimit-remaining": "49",
      "x-ratelimit-reset": "1772517600",
      date: "Tue, 03 Mar 2026 06:00:00 GMT",
      "retry-after": "3",
    };
    expect(read(headers)).toEqual({
      limit: 50,
      remaining: 49,
      resetMs: 1_772_517_600_000,
      serverTimeMs: Date.UTC(2026, 2, 3, 6),
      retryAfterMs: 3000,
    });
  });

  it("returns null for a header that is absent or garbage", () => {
    expect(read({})).toEqual(NO_RATE_LIMIT);
    for (const text of ["", "-1", "1.5", "1e3", "0x10", "NaN", "9".repeat(13), "soon", "5, 5"]) {
      const headers = { "x-ratelimit-limit": text, "x-ratelimit-remaining": text, "x-ratelimit-reset": text };
      expect(read({ ...headers, "retry-after": text, date: "yesterday" })).toEqual(NO_RATE_LIMIT);
    }
    expect(read({ "x-ratelimit-limit": "0" }).limit).toBeNull();
  });

  it("takes a Retry-After that is a date by the server's clock", () => {
    const date = "Tue, 03 Mar 2026 06:00:00 GMT";
    expect(read({ date, "retry-after": "Tue, 03 Mar 2026 06:00:07 GMT" }).retryAfterMs).toBe(7000);
    expect(read({ date, "retry-after": "Tue, 03 Mar 2026 05:00:00 GMT" }).retryAfterMs).toBe(0);
    expect(read({ "retry-after": "Tue, 03 Mar 2026 06:00:07 GMT" }).retryAfterMs).toBeNull();
  });
});
