/** How far reading may run ahead of the slowest item, in items: what is kept in memory until its turn comes. */
const READ_AHEAD = 512;

/** Bounds of the work: `concurrency` is asked before each start, `mayStart` ends the intake for good. */
export interface Intake {
  readonly concurrency: () => number;
  readonly mayStart: () => boolean;
}

/**
 * Works on a stream's items side by side and yields the results in the stream's order. What is under way when the
 * intake ends is finished; what was not started was never taken from `source`. The first error ends everything: it is
 * thrown once what is under way has settled.
 */
export async function* inOrder<Item, Result>(
  source: AsyncIterable<Item>,
  work: (item: Item) => Promise<Result>,
  { concurrency, mayStart }: Intake,
): AsyncGenerator<Result> {
  const items = source[Symbol.asyncIterator]();
  const waiting: Promise<Result>[] = [];
  const failures: unknown[] = [];
  let underWay = 0;
  let exhausted = false;
  let settled = Promise.withResolvers<void>();
  const start = (item: Item) => {
    const settle = () => {
      underWay -= 1;
      settled.resolve();
    };
    underWay += 1;
    const result = work(item);
    result.catch((error: unknown) => failures.push(error)).finally(settle);
    waiting.push(result);
  };
  try {
    while (true) {
      while (!exhausted && underWay < concurrency() && waiting.length < READ_AHEAD && failures.length === 0) {
        const next = mayStart() ? await items.next() : { done: true as const };
        if (next.done) exhausted = true;
        else start(next.value);
      }
      if (failures.length > 0) throw failures[0];
      const [first] = waiting;
      if (first === undefined) return;
      settled = Promise.withResolvers<void>();
      const ended = first.then(
        () => true,
        () => false,
      );
      if (await Promise.race([ended, settled.promise.then(() => false)])) {
        waiting.shift();
        yield await first;
      }
    }
  } finally {
    await Promise.allSettled(waiting);
    await items.return?.();
  }
}
