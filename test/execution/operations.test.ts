import { expect, it } from "@jest/globals";
import fc from "fast-check";
import { LAST_OPERATIONS, MOST_OPERATIONS, RETRY_OPERATIONS } from "../../lambda/execution/limits.ts";
import { Operations } from "../../lambda/execution/operations.ts";

function counted(planned: number, retries: number): Operations {
  const operations = new Operations();
  for (let count = 0; count < planned; count += 1) operations.countPlanned();
  for (let count = 0; count < retries; count += 1) operations.countRetry();
  return operations;
}

it("a retry takes nothing from the run while those that are kept for retries suffice", () => {
  expect(counted(10, RETRY_OPERATIONS / 2).left).toBe(counted(10, 0).left);
  expect(counted(10, RETRY_OPERATIONS / 2 + 1).left).toBe(counted(10, 0).left - 2);
});

it("whatever is planned and retried as allowed, the end of the run fits into the execution", () => {
  const most = MOST_OPERATIONS;
  fc.assert(
    fc.property(fc.integer({ min: 0, max: most }), fc.integer({ min: 0, max: most }), (planned, retries) => {
      const operations = counted(0, 0);
      let used = 0;
      for (let count = 0; count < Math.max(planned, retries); count += 1) {
        if (count < planned && operations.left > 0) {
          operations.countPlanned();
          used += 1;
        }
        if (count < retries && operations.mayRetry) {
          operations.countRetry();
          used += 2;
        }
      }
      expect(used).toBeLessThanOrEqual(most - LAST_OPERATIONS);
    }),
  );
});
