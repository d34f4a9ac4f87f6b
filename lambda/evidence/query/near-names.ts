const MOST_SUGGESTIONS = 5;
/** Typing errors that still make a name similar: a letter missing, added, wrong or swapped. */
const MOST_EDITS = 2;
/** Longer texts are no names. */
const MOST_CHARACTERS = 300;

/** Collects the names that are similar to a text, to suggest them when the text is not found. */
export class NearNames {
  readonly #text: string;
  readonly #near = new Map<string, number>();

  constructor(text: string) {
    this.#text = text.toLowerCase();
  }

  offer(name: string | null): void {
    if (name === null || name.length > MOST_CHARACTERS || this.#near.has(name)) return;
    const edits = this.#editsTo(name.toLowerCase());
    if (edits === null) return;
    this.#near.set(name, edits);
    if (this.#near.size > MOST_SUGGESTIONS) this.#near.delete(this.names.at(-1) ?? name);
  }

  /** ` Did you mean "acme", "acme-2"?`, or nothing. */
  toString(): string {
    const { names } = this;
    return names.length === 0 ? "" : ` Did you mean ${names.map((name) => JSON.stringify(name)).join(", ")}?`;
  }

  /** Most similar first. */
  get names(): readonly string[] {
    return [...this.#near]
      .sort((left, right) => left[1] - right[1] || (left[0] < right[0] ? -1 : 1))
      .map(([name]) => name);
  }

  /** Null when the name is not similar. */
  #editsTo(name: string): number | null {
    const text = this.#text;
    if (Math.abs(name.length - text.length) <= MOST_EDITS) {
      const edits = editDistance(text, name);
      if (edits <= Math.min(MOST_EDITS, Math.floor(text.length / 2))) return edits;
    }
    const isPrefix = text.length > 1 && name.length > 1 && (name.startsWith(text) || text.startsWith(name));
    return isPrefix ? MOST_EDITS + Math.abs(name.length - text.length) : null;
  }
}

/** How many characters must be added, removed or replaced to make one text the other (Levenshtein). */
export function editDistance(left: string, right: string): number {
  const others = [...right];
  let row = Array.from({ length: others.length + 1 }, (_, index) => index);
  for (const [index, character] of [...left].entries()) {
    const next = [index + 1];
    for (const [column, other] of others.entries())
      next.push(
        Math.min(
          (next[column] ?? 0) + 1,
          (row[column + 1] ?? 0) + 1,
          (row[column] ?? 0) + (character === other ? 0 : 1),
        ),
      );
    row = next;
  }
  return row.at(-1) ?? 0;
}
