import { describe, expect, it } from "@jest/globals";
import { CircuitBreaker } from "../../../lambda/auth0/rate-limit/circuit-breaker.ts";
import { NO_RATE_LIMIT } from "../../support/rate-limits.ts";

const retryAfter = (retryAfterMs: number) => ({ ...NO_RATE_LIMIT, retryAfterMs });

function breakerWith(random: number, budgetMs = 300_000): CircuitBreaker {
  return new CircuitBreaker(budgetMs, () => random);
}

describe("the pause after a 429", () => {
  it("holds back everything, then lets one probe go, then everything", () => {
    const breaker = breakerWith(0);
    expect(breaker.waitMs(0)).toBe(0);
    const before = breaker.send();
    expect([before, breaker.limited(before, 0, retryAfter(10_000))]).toEqual([false, true]);
    expect([breaker.waitMs(0), breaker.waitMs(4000), breaker.waitMs(10_000)]).toEqual([10_000, 6000, 0]);
    const probe = breaker.send();
    expect([probe, breaker.waitMs(10_000)]).toEqual([true, Number.POSITIVE_INFINITY]);
    breaker.over(probe, true);
    expect([breaker.waitMs(10_000), breaker.send()]).toEqual([0, false]);
  });

  it("is one for requests that are limited together", () => {
    const breaker = breakerWith(1);
    expect(breaker.limited(false, 0, NO_RATE_LIMIT)).toBe(true);
    expect(breaker.limited(false, 900, NO_RATE_LIMIT)).toBe(false);
    expect(breaker.waitMs(0)).toBe(1000);
  });

  it("does not end with the answer to a request from before it", () => {
    const breaker = breakerWith(0);
    breaker.limited(false, 0, retryAfter(10_000));
    breaker.over(false, true);
    expect(breaker.waitMs(0)).toBe(10_000);
  });

  it("lets another probe go when the first gets no answer", () => {
    const breaker = breakerWith(0);
    breaker.limited(false, 0, retryAfter(1000));
    breaker.over(breaker.send(), false);
    expect([breaker.waitMs(1000), breaker.send()]).toEqual([0, true]);
  });

  it("doubles while probes are limited, and is a second once the budget is spent", () => {
    const breaker = breakerWith(1, 10_000);
    const waits: number[] = [];
    let nowMs = 0;
    for (let probe = 0; probe < 8; probe += 1) {
      breaker.limited(probe > 0 && breaker.send(), nowMs, NO_RATE_LIMIT);
      waits.push(breaker.waitMs(nowMs));
      nowMs += breaker.waitMs(nowMs);
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 1000, 1000, 1000, 1000]);
    expect(breaker.isExhausted(nowMs)).toBe(true);
    breaker.over(breaker.send(), true);
    expect(breaker.isExhausted(nowMs)).toBe(false);
    breaker.limited(false, nowMs, NO_RATE_LIMIT);
    expect(breaker.waitMs(nowMs)).toBe(1000);
  });
});
