import { RE2JS } from "@bufbuild/re2";
import { LARGEST_PATTERN } from "./bounds.ts";

/** The regular expressions of a policy, each compiled once. RE2 takes time linear in the text. */
export class Patterns {
  readonly #compiled = new Map<string, RE2JS>();

  compile(pattern: string): RE2JS {
    const compiled = this.#compiled.get(pattern) ?? RE2JS.compile(pattern);
    this.#compiled.set(pattern, compiled);
    return compiled;
  }
}

/**
 * The size of a pattern when its counted repetitions are written out, at most: `a{3}` is `aaa`. Time and memory to match
 * it grow with that. Null: it is past its bound.
 */
export function patternSize(pattern: string): number | null {
  let size = pattern.length;
  for (const [, least = "", most = least] of pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g))
    size *= Math.max(1, Number(least), Number(most));
  return size > LARGEST_PATTERN ? null : size;
}
