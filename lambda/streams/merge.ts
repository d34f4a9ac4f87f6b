import type { OrganizationId } from "../domain/identifiers.ts";
import { compareText } from "../domain/order.ts";

interface Identified {
  readonly organizationId: OrganizationId;
}

/** The items of two sorted streams for one Organization. */
export type Pair<Left, Right> =
  | { readonly organizationId: OrganizationId; readonly left: Left; readonly right: Right | null }
  | { readonly organizationId: OrganizationId; readonly left: null; readonly right: Right };

/** Pairs the items of two streams that ascend by organization ID, with one item of each in memory. */
export async function* pairUp<Left extends Identified, Right extends Identified>(
  left: AsyncIterable<Left>,
  right: AsyncIterable<Right>,
): AsyncGenerator<Pair<Left, Right>> {
  const lefts = left[Symbol.asyncIterator]();
  const rights = right[Symbol.asyncIterator]();
  try {
    let [one, other] = await Promise.all([lefts.next(), rights.next()]);
    while (!one.done || !other.done) {
      const order = one.done ? 1 : other.done ? -1 : compareText(one.value.organizationId, other.value.organizationId);
      const { value: leftValue } = one;
      const { value: rightValue } = other;
      if (order < 0) yield { organizationId: leftValue.organizationId, left: leftValue, right: null };
      else if (order > 0) yield { organizationId: rightValue.organizationId, left: null, right: rightValue };
      else yield { organizationId: leftValue.organizationId, left: leftValue, right: rightValue };
      if (order <= 0) one = await lefts.next();
      if (order >= 0) other = await rights.next();
    }
  } finally {
    await Promise.all([lefts.return?.(), rights.return?.()]);
  }
}

/** Merges streams that ascend by organization ID into one. For equal IDs, the item of the earlier stream comes first. */
export function mergeById<Item extends Identified>(streams: readonly AsyncIterable<Item>[]): AsyncGenerator<Item> {
  return mergeSorted(streams, (left, right) => compareText(left.organizationId, right.organizationId));
}

/** Merges streams that ascend in an order into one. Of equal items, that of the earlier stream comes first. */
export async function* mergeSorted<Item>(
  streams: readonly AsyncIterable<Item>[],
  order: (left: Item, right: Item) => number,
): AsyncGenerator<Item> {
  const heads: { readonly item: Item; readonly rest: AsyncIterator<Item>; readonly stream: number }[] = [];
  const before = (left: (typeof heads)[number], right: (typeof heads)[number]) =>
    order(left.item, right.item) || left.stream - right.stream;
  const insert = async (rest: AsyncIterator<Item>, stream: number) => {
    const next = await rest.next();
    if (next.done) return;
    const head = { item: next.value, rest, stream };
    let low = 0;
    let high = heads.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = heads[middle];
      if (other !== undefined && before(other, head) > 0) low = middle + 1;
      else high = middle;
    }
    heads.splice(low, 0, head);
  };
  for (const [index, stream] of streams.entries()) await insert(stream[Symbol.asyncIterator](), index);
  for (let head = heads.pop(); head !== undefined; head = heads.pop()) {
    yield head.item;
    await insert(head.rest, head.stream);
  }
}
