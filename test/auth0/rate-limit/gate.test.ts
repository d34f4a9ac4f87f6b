import { beforeEach, describe, expect, it } from "@jest/globals";
import { CircuitBreaker } from "../../../lambda/auth0/rate-limit/circuit-breaker.ts";
import { Gate, type Report } from "../../../lambda/auth0/rate-limit/gate.ts";
import { Pacer } from "../../../lambda/auth0/rate-limit/pacer.ts";
import { type ManualClock, manualClock } from "../../support/manual-clock.ts";
import { NO_RATE_LIMIT } from "../../support/rate-limits.ts";

let clock: ManualClock;
let gate: Gate;
const { signal } = new AbortController();

beforeEach(() => {
  clock = manualClock();
  gate = new Gate(clock, new CircuitBreaker(300_000, () => 0));
});

/** Enters, and notes who went when, in milliseconds from the start. */
function enter(name: string, pacer: Pacer, went: [string, number][]): Promise<Report> {
  const startMs = clock.now();
  return gate.enter(pacer, signal).then((report) => {
    went.push([name, clock.now() - startMs]);
    return report;
  });
}

function answer(limit: number, remaining: number, resetInMs: number) {
  const nowMs = clock.now();
  return { status: 200, rateLimit: { ...NO_RATE_LIMIT, limit, remaining, resetMs: nowMs + resetInMs } };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("the gate", () => {
  it("lets the requests of a bucket go in the order in which they came", async () => {
    const pacer = new Pacer(0);
    const went: [string, number][] = [];
    const first = await enter("first", pacer, went);
    const others = [enter("second", pacer, went), enter("third", pacer, went)];
    await turn();
    expect(went).toEqual([["first", 0]]);
    first({ status: 200, rateLimit: NO_RATE_LIMIT });
    (await others[0])?.({ status: 200, rateLimit: NO_RATE_LIMIT });
    await others[1];
    expect(went.map(([name]) => name)).toEqual(["first", "second", "third"]);
  });

  it("does not let a bucket that is used up hold back another one", async () => {
    const [empty, full] = [new Pacer(0), new Pacer(0)];
    const went: [string, number][] = [];
    (await enter("empty", empty, went))(answer(10, 0, 30_000));
    const waiting = enter("empty again", empty, went);
    await enter("full", full, went);
    await waiting;
    expect(went).toEqual([
      ["empty", 0],
      ["full", 0],
      ["empty again", expect.any(Number)],
    ]);
    expect(went[2]?.[1]).toBeGreaterThan(1000);
  });

  it("waits as long as a 429 says, lets one request of any bucket go, and the others once it is answered", async () => {
    const went: [string, number][] = [];
    const limited = await enter("limited", new Pacer(0), went);
    limited({ status: 429, rateLimit: { ...NO_RATE_LIMIT, retryAfterMs: 20_000 } });
    const probe = enter("probe", new Pacer(0), went);
    const next = enter("next", new Pacer(0), went);
    const report = await probe;
    await turn();
    expect(went).toEqual([
      ["limited", 0],
      ["probe", 20_000],
    ]);
    report({ status: 200, rateLimit: NO_RATE_LIMIT });
    await next;
    expect(went.at(-1)).toEqual(["next", 20_000]);
  });

  it("counts only the first report of a request", async () => {
    const pacer = new Pacer(0);
    const report = await gate.enter(pacer, signal);
    report({ status: 200, rateLimit: NO_RATE_LIMIT });
    report(null);
    expect(pacer.underWay).toBe(0);
  });

  it("counts a 503 without headers as a request without an answer", async () => {
    const pacer = new Pacer(0);
    (await gate.enter(pacer, signal))(answer(10, 5, 10_000));
    clock.advance(5000);
    (await gate.enter(pacer, signal))({ status: 503, rateLimit: NO_RATE_LIMIT });
    expect([pacer.underWay, gate.waitMs(pacer)]).toEqual([0, expect.any(Number)]);
  });

  it("rejects with the signal's reason, and the next in line goes", async () => {
    const [pacer, stop] = [new Pacer(0), new AbortController()];
    const first = await gate.enter(pacer, signal);
    const stopped = gate.enter(pacer, stop.signal);
    const next = gate.enter(pacer, signal);
    stop.abort(new Error("enough"));
    await expect(stopped).rejects.toThrow("enough");
    await expect(gate.enter(pacer, stop.signal)).rejects.toThrow("enough");
    first(null);
    (await next)(null);
    expect(pacer.underWay).toBe(0);
  });
});
