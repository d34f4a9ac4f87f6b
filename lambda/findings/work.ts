/** How many operations it takes to read ten characters of a text. */
const CHARACTERS_PER_OPERATION = 10;

/**
 * What evaluating an expression costs at most, in operations: the same on every machine, unlike time. An operation takes
 * about 0.1 µs. What is inside a macro happens for each element of a list, and inside two macros for each pair.
 */
export class Work {
  /** By the number of loops around it. */
  readonly #operations: number[] = [];
  readonly #textOperations: number[] = [];
  #longestList = 1;
  #longestLiteral = 0;

  add(loops: number, operations: number): void {
    this.#operations[loops] = (this.#operations[loops] ?? 0) + operations;
  }

  /** Adds reading a text `times` times. */
  addText(loops: number, times: number): void {
    this.#textOperations[loops] = (this.#textOperations[loops] ?? 0) + times;
  }

  /** Adds a text that the expression itself has, of so many UTF-16 code units. */
  addLiteral(length: number): void {
    this.#longestLiteral = Math.max(this.#longestLiteral, length);
  }

  /** Adds a list that the expression itself has. */
  addList(elements: number): void {
    this.#longestList = Math.max(this.#longestList, elements);
  }

  /** For an Organization with so many connections, whose longest text has so many characters. */
  of(connections: number, longestText: number): number {
    const elements = Math.max(connections, this.#longestList);
    const text = Math.max(longestText, this.#longestLiteral);
    const sum = (operations: readonly number[]) =>
      operations.reduce((total, count, loops) => total + count * elements ** loops, 0);
    return sum(this.#operations) + (sum(this.#textOperations) * text) / CHARACTERS_PER_OPERATION;
  }
}
