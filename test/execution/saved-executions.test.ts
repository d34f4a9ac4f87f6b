import { hostname } from "node:os";
import { expect, it } from "@jest/globals";
import { isDeadExecution, processExecutionId } from "../../lambda/execution/local/saved-executions.ts";

/** Beyond any that Linux, macOS or Windows gives. */
const NOBODYS_PID = 2 ** 30;

it("what this process runs is alive; what an earlier one of its number ran, as in a restarted container, is dead", () => {
  const own = processExecutionId("one");
  expect(isDeadExecution(own)).toBe(false);
  expect(isDeadExecution(own.replace(/one$/, "other"))).toBe(true);
});

it("a process of this machine is dead when there is none; of another machine nobody knows", () => {
  const host = processExecutionId("one").split("/")[1] ?? "";
  expect(hostname()).toContain(host.split("-")[0]);
  expect(isDeadExecution(`local/${host}/${NOBODYS_PID}/any`)).toBe(true);
  expect(isDeadExecution(`local/${host}/${process.ppid}/any`)).toBe(false);
  expect(isDeadExecution(`local/elsewhere/${NOBODYS_PID}/any`)).toBe(false);
});

it.each(["", "local", "local/host/1", "arn:aws:lambda:eu-west-1:1:function:f:1/durable-execution/a/b"])(
  "%j is no process, and not known to be dead",
  (executionId) => {
    expect(isDeadExecution(executionId)).toBe(false);
  },
);
