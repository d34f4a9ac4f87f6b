import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { inOrder } from "../../lambda/streams/in-order.ts";

async function* count(until: number): AsyncGenerator<number> {
  for (let number = 0; number < until; number += 1) yield number;
}

const always = () => true;

describe("working in order", () => {
  it("yields every result in the order of the items, and respects the concurrency", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 5 })),
        fc.integer({ min: 1, max: 4 }),
        async (turns, most) => {
          let underWay = 0;
          const work = async (index: number) => {
            underWay += 1;
            expect(underWay).toBeLessThanOrEqual(most);
            for (let turn = 0; turn < (turns[index] ?? 0); turn += 1) await Promise.resolve();
            underWay -= 1;
            return index;
          };
          const results = await Array.fromAsync(
            inOrder(count(turns.length), work, { concurrency: () => most, mayStart: always }),
          );
          expect(results).toEqual(turns.map((_, index) => index));
        },
      ),
    );
  });

  it("limits how many results wait for a slow item", async () => {
    let started = 0;
    const slow = Promise.withResolvers<void>();
    const work = async (index: number) => {
      started += 1;
      if (index === 0) await slow.promise;
    };
    const results = inOrder(count(10_000), work, { concurrency: () => 2, mayStart: always });
    const first = results.next();
    for (let turn = 0; turn < 20_000; turn += 1) await Promise.resolve();
    expect(started).toBeLessThanOrEqual(513);
    slow.resolve();
    await first;
    await results.return(undefined);
  });

  it("finishes started work when the intake ends, and takes no other item", async () => {
    let taken = 0;
    const results = await Array.fromAsync(
      inOrder(
        count(100),
        async (number) => {
          taken += 1;
          return number;
        },
        { concurrency: () => 3, mayStart: () => taken < 7 },
      ),
    );
    expect(results).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("throws an error once all started work has settled, also work on earlier items", async () => {
    const hanging = Promise.withResolvers<void>();
    let settled = false;
    const work = async (index: number) => {
      if (index === 1) throw new Error("refused");
      await hanging.promise;
      settled = true;
    };
    const all = Array.fromAsync(inOrder(count(5), work, { concurrency: () => 2, mayStart: always }));
    setImmediate(() => hanging.resolve());
    await expect(all).rejects.toThrow("refused");
    expect(settled).toBe(true);
  });

  it("keeps at most the given number of items in memory", async () => {
    let started = 0;
    const work = async (number: number) => {
      started += 1;
      return number;
    };
    const results = inOrder([1, 2, 3, 4, 5, 6, 7, 8, 9], work, 3);
    for (let taken = 1; taken <= 9; taken += 1) {
      expect((await results.next()).value).toBe(taken);
      await new Promise(setImmediate);
      expect(started).toBeLessThanOrEqual(taken + 2);
    }
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });

  it("throws an error in its turn, and never when the consumer stops before it", async () => {
    const work = async (number: number) => {
      if (number === 2) throw new Error("refused");
      return number;
    };
    for await (const number of inOrder(count(9), work, 4)) {
      expect(number).toBe(0);
      break;
    }
    const results = inOrder(count(9), work, 4);
    expect([(await results.next()).value, (await results.next()).value]).toEqual([0, 1]);
    await expect(results.next()).rejects.toThrow("refused");
  });

  it("starts nothing after an error", async () => {
    const started: number[] = [];
    const work = async (number: number) => {
      started.push(number);
      if (number === 1) throw new Error("refused");
      await new Promise(setImmediate);
    };
    await expect(Array.fromAsync(inOrder(count(100), work, 2))).rejects.toThrow("refused");
    expect(started).toEqual([0, 1]);
  });
});
