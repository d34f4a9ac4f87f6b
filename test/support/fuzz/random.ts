/** Random choices that follow from a seed (mulberry32, https://gist.github.com/tommyettinger/46a874533244883189143505d203312c). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer from 0 to `below` - 1. */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError("There is nothing to pick from.");
    return item;
  }
}

/** `body` with one random edit: a byte replaced, inserted or removed, a range removed or doubled, or the end cut off. */
export function mutated(body: Uint8Array, random: Random): Uint8Array {
  const at = random.below(body.length + 1);
  const to = Math.min(body.length, at + 1 + random.below(40));
  const byte = Buffer.from([random.below(256)]);
  const [before, after] = [body.subarray(0, at), body.subarray(to)];
  switch (random.below(6)) {
    case 0:
      return Buffer.concat([before, byte, body.subarray(at + 1)]);
    case 1:
      return Buffer.concat([before, byte, body.subarray(at)]);
    case 2:
      return Buffer.concat([before, body.subarray(at + 1)]);
    case 3:
      return Buffer.concat([before, after]);
    case 4:
      return Buffer.concat([body.subarray(0, to), body.subarray(at, to), after]);
    default:
      return Buffer.from(before);
  }
}
