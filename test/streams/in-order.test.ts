import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { inOrder } from "../../lambda/streams/in-order.ts";

async function* count(until: number): AsyncGenerator<number> {
  for (let number = 0; number < until; number += 1) yield number;
}

const always = () => true;

describe("working in order", () => {
  it("yields every result in the order of the input, whatever the order of the ends, never past the concurrency", async () => {
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

  it("does not read ahead of a slow item without bound", async () => {
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

  it("finishes what is under way when the intake ends, and takes nothing more", async () => {
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

  it("throws the first error once what is under way has settled, even when an earlier item hangs on", async () => {
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
});
