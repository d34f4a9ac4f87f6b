import { afterEach, describe, expect, it } from "@jest/globals";
import {
  ConfigurationError,
  EventBusError,
  EvidenceError,
  EvidenceStoreError,
  RunFailure,
  TokenError,
} from "../../lambda/domain/errors.ts";
import type { DurableOptions } from "../../lambda/execution/durable.ts";
import { HOURS_OF_RETRIES, SECONDS_OF_RETRIES } from "../../lambda/execution/retries.ts";
import { DurableFunction } from "../support/durable-function.ts";

const HOUR_MS = 3_600_000;
const open: DurableFunction[] = [];

async function create(options: DurableOptions = { retries: HOURS_OF_RETRIES }): Promise<DurableFunction> {
  const created = await DurableFunction.create(options);
  open.push(created);
  return created;
}
afterEach(() => Promise.all(open.splice(0).map((one) => one.close())));

const away = () => new EvidenceStoreError("unreachable", "The bucket cannot be reached; check the network.");
const noToken = () =>
  new RunFailure("token_unavailable", "The secret could not be read.", { cause: new TokenError("unreachable", "") });

describe("a step whose service is away", () => {
  it.each([
    ["the store", away],
    ["the event bus", () => new EventBusError("unreachable", "The bus cannot be reached.")],
    ["the token", noToken],
  ])("is tried again for hours, suspended between two attempts: %s", async (_what, error) => {
    const durable = await create();
    const startMs = durable.clock.now();
    const isBack = () => durable.clock.now() - startMs > 5 * HOUR_MS;
    const work = async () => {
      if (!isBack()) throw error();
      return "done";
    };
    const { invocations, result } = await durable.start((execution) => execution.step("one", work));
    expect(result).toBe("done");
    expect(durable.clock.now() - startMs).toBeLessThan(5 * HOUR_MS + 400_000);
    // An invocation for each attempt: waiting costs nothing.
    expect(invocations).toBeGreaterThan(50);
  });

  it("is given up after about six hours, with the service's own error", async () => {
    const durable = await create();
    const startMs = durable.clock.now();
    const started = durable.start((execution) => execution.step("one", () => Promise.reject(away())));
    await expect(started).rejects.toThrow();
    expect(durable.thrown).toBeInstanceOf(EvidenceStoreError);
    expect(durable.thrown).toMatchObject({ code: "unreachable", message: away().message });
    expect((durable.clock.now() - startMs) / HOUR_MS).toBeCloseTo(6, 0);
  });

  it("is tried again for seconds only where a person waits, and once more by the next start", async () => {
    const durable = await create({ retries: SECONDS_OF_RETRIES });
    let attempts = 0;
    let isAway = true;
    const start = () =>
      durable.start(async (execution) => {
        await execution.step("before", async () => "before");
        const result = await execution.step("one", async () => {
          attempts += 1;
          if (isAway) throw away();
          return "done";
        });
        await execution.step("after", async () => "after");
        return result;
      });
    const startMs = durable.clock.now();
    await expect(start()).rejects.toThrow();
    expect([attempts, durable.clock.now() - startMs]).toEqual([5, 15_000]);
    await expect(start()).rejects.toThrow();
    expect(attempts).toBe(6);
    isAway = false;
    expect((await start()).result).toBe("done");
  });

  it("reports each error, and when the next attempt starts", async () => {
    const seen: unknown[] = [];
    const retries = { delaysSeconds: [1, 2], mostStarts: 5 };
    const durable = await create({ retries, onError: (error, seconds) => seen.push([String(error), seconds]) });
    await expect(durable.start((execution) => execution.step("one", () => Promise.reject(away())))).rejects.toThrow();
    expect(seen).toEqual([1, 2, null].map((seconds) => [String(away()), seconds]));
  });

  it("counts the same operations in every replay", async () => {
    const durable = await create({ retries: HOURS_OF_RETRIES });
    const left = new Set<number>();
    let attempts = 0;
    await durable.start(async (execution) => {
      await execution.step("one", async () => {
        attempts += 1;
        if (attempts <= 3) throw away();
      });
      left.add(execution.operationsLeft());
      await execution.wait("ends the invocation", 1);
    });
    expect(attempts).toBe(4);
    expect(left.size).toBe(1);
  });
});

describe("a step that fails for another reason", () => {
  it.each([
    ["forbidden", new EvidenceStoreError("forbidden", "Access denied; allow s3:PutObject.")],
    ["altered", new EvidenceError("altered", "v1/x: it was altered.")],
    ["refused", new EventBusError("refused", "The bus refused it.")],
    ["a wrong configuration", new ConfigurationError("domain: it is missing.")],
  ])("throws the same error at once, and in a replay: %s", async (_what, error) => {
    const durable = await create();
    const started = durable.start(async (execution) => {
      const thrown = await execution.step("one", () => Promise.reject(error)).catch((caught: unknown) => caught);
      await execution.wait("ends the invocation", 1);
      throw thrown;
    });
    await expect(started).rejects.toThrow();
    expect(durable.thrown).toBeInstanceOf(error.constructor);
    expect(durable.thrown).toMatchObject({ message: error.message, ...("code" in error ? { code: error.code } : {}) });
  });

  it("saves only the name of an error that is not the program's own: its message could quote a secret", async () => {
    const durable = await create();
    const started = durable.start((execution) => execution.step("one", () => Promise.reject(new TypeError("sesame"))));
    await expect(started).rejects.toThrow();
    expect(durable.thrown).toMatchObject({ message: "TypeError" });
    expect(await durable.saved()).not.toContain("sesame");
  });

  it("throws the failure of the run, also when a token is refused for good", async () => {
    const durable = await create();
    const refused = new RunFailure("token_unavailable", "x", { cause: new TokenError("unavailable", "") });
    await expect(durable.start((execution) => execution.step("one", () => Promise.reject(refused)))).rejects.toThrow();
    expect(durable.thrown).toBeInstanceOf(RunFailure);
    expect(durable.thrown).toMatchObject({ code: "token_unavailable" });
  });
});

describe("a step whose process is killed", () => {
  it("starts again, and is given up after five starts", async () => {
    const durable = await create();
    let starts = 0;
    const hangs = async () => {
      starts += 1;
      durable.clock.advance(900_000);
    };
    await expect(durable.start((execution) => execution.step("one", hangs))).rejects.toThrow();
    expect(durable.thrown).toBeInstanceOf(RunFailure);
    expect(durable.thrown).toMatchObject({ code: "interrupted" });
    expect(starts).toBe(5);
  });

  it("is not given up because a service was away before", async () => {
    const durable = await create();
    let starts = 0;
    const work = async () => {
      starts += 1;
      if (starts <= 10) throw away();
      if (starts <= 12) durable.clock.advance(900_000);
      return starts;
    };
    expect((await durable.start((execution) => execution.step("one", work))).result).toBe(13);
  });

  it("starts again any number of times where a person kills it", async () => {
    const durable = await create({ retries: SECONDS_OF_RETRIES });
    let starts = 0;
    const work = async () => {
      starts += 1;
      if (starts <= 20) durable.clock.advance(900_000);
      return starts;
    };
    expect((await durable.start((execution) => execution.step("one", work))).result).toBe(21);
  });
});
