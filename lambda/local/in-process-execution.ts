import { systemClock } from "../edges/system-clock.ts";
import type { Execution } from "../ports.ts";

/** An execution that lasts as long as its process: nothing is saved, and an interrupted run begins anew. */
export const inProcessExecution: Execution = {
  step: (_name, work) => work(),
  wait: (_name, seconds) => systemClock.sleep(seconds * 1000),
};
