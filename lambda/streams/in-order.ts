/** Results that wait for the result of an earlier item, at most: they are kept in memory. */
const MOST_WAITING = 512;

/** Bounds of the work. */
export interface Intake {
  /** How many items may be worked on at the same time; asked before each start. */
  readonly concurrency: () => number;
  /** Asked before each start; the first false ends the intake. */
  readonly mayStart: () => boolean;
}

/**
 * Works on items concurrently and yields the results in the order of the items. With a number as `intake`, at most that
 * many items are worked on or wait in memory. When the intake ends, started work is finished and no other item is taken
 * from `source`. An error also ends the intake; it is thrown in its turn, and once all started work has settled.
 */
export async function* inOrder<Item, Result>(
  source: Iterable<Item> | AsyncIterable<Item>,
  work: (item: Item) => Promise<Result>,
  intake: Intake | number,
): AsyncGenerator<Result> {
  const mostWaiting = typeof intake === "number" ? intake : MOST_WAITING;
  const concurrency = typeof intake === "number" ? () => intake : intake.concurrency;
  const mayStart = typeof intake === "number" ? () => true : intake.mayStart;
  const items = each(source);
  const waiting: Promise<Result>[] = [];
  let underWay = 0;
  let hasEnded = false;
  let settled = Promise.withResolvers<void>();
  const start = (item: Item) => {
    underWay += 1;
    const result = work(item);
    waiting.push(result);
    const settle = () => {
      underWay -= 1;
      settled.resolve();
    };
    result.then(settle, () => {
      hasEnded = true;
      settle();
    });
  };
  try {
    while (true) {
      while (!hasEnded && underWay < concurrency() && waiting.length < mostWaiting) {
        const next = mayStart() ? await items.next() : null;
        if (next === null || next.done) hasEnded = true;
        else start(next.value);
      }
      const [first] = waiting;
      if (first === undefined) return;
      settled = Promise.withResolvers<void>();
      if (await Promise.race([isSettled(first), settled.promise.then(() => false)])) {
        waiting.shift();
        yield await first;
      }
    }
  } finally {
    await Promise.allSettled(waiting);
    await items.return();
  }
}

async function* each<Item>(items: Iterable<Item> | AsyncIterable<Item>): AsyncGenerator<Item, void, undefined> {
  yield* items;
}

function isSettled(result: Promise<unknown>): Promise<boolean> {
  return result.then(
    () => true,
    () => true,
  );
}
