/**
 * Works on items side by side, at most `depth` at a time, and yields the results in the items' order. Nothing beyond
 * `depth` results is ever in memory. The first error is thrown in its turn.
 */
export async function* readAhead<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  depth: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const underWay: Promise<Result>[] = [];
  try {
    for await (const item of items) {
      const result = work(item);
      // It is thrown in its turn; until then it is nobody's unhandled rejection.
      result.catch(() => {});
      underWay.push(result);
      const first = underWay.length < depth ? undefined : underWay.shift();
      if (first !== undefined) yield await first;
    }
    for (let first = underWay.shift(); first !== undefined; first = underWay.shift()) yield await first;
  } finally {
    await Promise.allSettled(underWay);
  }
}
