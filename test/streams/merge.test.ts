import { expect, it } from "@jest/globals";
import fc from "fast-check";
import type { OrganizationId } from "../../lambda/domain/identifiers.ts";
import { mergeById, pairUp } from "../../lambda/streams/merge.ts";
import { organizationId } from "../support/builders.ts";

interface Item {
  readonly organizationId: OrganizationId;
}

async function* stream(numbers: readonly number[], onEnd: () => void = () => {}): AsyncGenerator<Item> {
  try {
    for (const number of numbers) yield { organizationId: organizationId(String(number)) };
  } finally {
    onEnd();
  }
}

const ascending = fc
  .uniqueArray(fc.integer({ min: 0, max: 30 }))
  .map((numbers) => numbers.sort((left, right) => left - right));

async function all<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  return Array.fromAsync(values);
}

it("two streams pair up: every ID of either once, ascending, with what each has of it", async () => {
  await fc.assert(
    fc.asyncProperty(ascending, ascending, async (left, right) => {
      const pairs = await all(pairUp(stream(left), stream(right)));
      const expected = [...new Set([...left, ...right])]
        .sort((one, other) => one - other)
        .map((number) => ({
          id: organizationId(String(number)),
          left: left.includes(number),
          right: right.includes(number),
        }));
      expect(
        pairs.map((pair) => ({ id: pair.organizationId, left: pair.left !== null, right: pair.right !== null })),
      ).toEqual(expected);
    }),
  );
});

it("leaving early ends both streams", async () => {
  const ended: string[] = [];
  const pairs = pairUp(
    stream([1, 2], () => ended.push("left")),
    stream([1, 3], () => ended.push("right")),
  );
  for await (const _pair of pairs) break;
  expect(ended.sort()).toEqual(["left", "right"]);
});

it("sorted streams merge into one sorted stream that loses and invents nothing", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(ascending, { maxLength: 6 }), async (streams) => {
      const merged = await all(mergeById(streams.map((numbers) => stream(numbers))));
      const expected = streams.flat().sort((left, right) => left - right);
      expect(merged.map((item) => item.organizationId)).toEqual(expected.map((one) => organizationId(String(one))));
    }),
  );
});
