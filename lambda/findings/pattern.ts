import { RE2JS } from "@bufbuild/re2";
import { LARGEST_PATTERN } from "./bounds.ts";
import { ExpressionError, messageOf } from "./expression-error.ts";

const REPETITION = /\{(\d+)(?:,(\d*))?\}/g;

/** The regular expressions of a rule, each compiled once. RE2 takes time linear in the text. */
export class Patterns {
  readonly #compiled = new Map<string, RE2JS>();

  compile(pattern: string): RE2JS {
    const compiled = this.#compiled.get(pattern) ?? RE2JS.compile(pattern);
    this.#compiled.set(pattern, compiled);
    return compiled;
  }

  /**
   * The size of a pattern when its counted repetitions are written out, at most: `a{3}` is `aaa`. The time and memory for
   * matching it grow with that. Throws `ExpressionError` for a pattern that is not RE2 or past its bound.
   */
  sizeOf(pattern: string): number {
    let size = pattern.length;
    for (const [, least = "", most = least] of pattern.matchAll(REPETITION))
      size *= Math.max(1, Number(least), Number(most));
    if (size > LARGEST_PATTERN)
      throw new ExpressionError(
        `the pattern of matches has more than ${LARGEST_PATTERN} characters with its repetitions written out`,
      );
    try {
      this.compile(pattern);
    } catch (error) {
      throw new ExpressionError(`the pattern of matches is not RE2: ${messageOf(error)}`);
    }
    return size;
  }
}
