import { hostname } from "node:os";
import { expect, it } from "@jest/globals";
import { isDeadExecution, processExecutionId } from "../../lambda/execution/local/saved-executions.ts";

/** Higher than any process ID of Linux, macOS and Windows. */
const UNUSED_PID = 2 ** 30;

it("an execution of this process is alive; one of an earlier process with the same process ID is dead", () => {
  const own = processExecutionId("one");
  expect(isDeadExecution(own)).toBe(false);
  expect(isDeadExecution(own.replace(/one$/, "other"))).toBe(true);
});

it("a process of this machine is dead when it does not exist; one of another machine may be alive", () => {
  const host = processExecutionId("one").split("/")[1] ?? "";
  expect(hostname()).toContain(host.split("-")[0]);
  expect(isDeadExecution(`local/${host}/${UNUSED_PID}/any`)).toBe(true);
  expect(isDeadExecution(`local/${host}/${process.ppid}/any`)).toBe(false);
  expect(isDeadExecution(`local/elsewhere/${UNUSED_PID}/any`)).toBe(false);
});

it.each(["", "local", "local/host/1", "arn:aws:lambda:eu-west-1:1:function:f:1/durable-execution/a/b"])(
  "%j is not a local execution, so it may be alive",
  (executionId) => {
    expect(isDeadExecution(executionId)).toBe(false);
  },
);
