import { expect, it } from "@jest/globals";
import { addSummaries, EMPTY_SUMMARY } from "../../lambda/changes/summary.ts";

it.each([
  [null, null, null],
  [2, null, 2],
  [null, 3, 3],
  [2, 3, 5],
])("%p and %p changes that no hint named are %p together", (left, right, both) => {
  const having = (missedByHints: number | null) => ({ ...EMPTY_SUMMARY, missedByHints });
  expect(addSummaries(having(left), having(right))).toEqual(having(both));
});
