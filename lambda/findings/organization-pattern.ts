/** The texts between the `*` of a pattern. */
export interface Pattern {
  readonly first: string;
  readonly middle: readonly string[];
  readonly last: string;
}

/** `text` has one `*` or more. */
export function patternOf(text: string): Pattern {
  const [from, to] = [text.indexOf("*"), text.lastIndexOf("*")];
  return { first: text.slice(0, from), middle: text.slice(from, to).split("*"), last: text.slice(to + 1) };
}

/** `*` alone matches every Organization, also one whose name is unknown. Each part is looked for once. */
export function matchesPattern({ first, middle, last }: Pattern, name: string | null): boolean {
  if (name === null) return [first, ...middle, last].every((part) => part === "");
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of middle) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at + last.length <= name.length && name.endsWith(last);
}
