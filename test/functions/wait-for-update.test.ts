import { describe, expect, it } from "@jest/globals";
import type { AuditOutcome } from "../../lambda/audit/run.ts";
import type { RunId } from "../../lambda/domain/identifiers.ts";
import { afterUpdate } from "../../lambda/functions/wait-for-update.ts";
import { inProcessExecution } from "../support/audit-harness.ts";

const [SWEEP, UPDATE] = ["20260303T060000Z" as RunId, "20260303T055955Z" as RunId];
const held: AuditOutcome = { kind: "skipped", runId: SWEEP, holder: UPDATE };
const superseded: AuditOutcome = { kind: "skipped", runId: SWEEP, holder: null };
const refused: AuditOutcome = { kind: "refused", message: "No." };

describe("a sweep that finds another run in progress", () => {
  /** Runs it with these outcomes, of which the last one repeats; returns the outcome, and how long it waited. */
  async function run(outcomes: readonly AuditOutcome[], mayWait = true) {
    const waits: number[] = [];
    let starts = 0;
    const start = async () => outcomes[Math.min(starts++, outcomes.length - 1)] ?? refused;
    const wait = async (_name: string, seconds: number) => void waits.push(seconds);
    const outcome = await afterUpdate(start, { ...inProcessExecution, wait }, { mayWait });
    return { outcome, starts, seconds: waits.reduce((sum, one) => sum + one, 0) };
  }

  it("starts when the update has ended", async () => {
    expect(await run([held, held, refused])).toEqual({ outcome: refused, starts: 3, seconds: 120 });
  });

  it("is skipped after an hour: the other run is a sweep", async () => {
    expect(await run([held])).toEqual({ outcome: held, starts: 61, seconds: 3_600 });
  });

  it("does not wait without updates, nor for the run that took over", async () => {
    expect(await run([held], false)).toEqual({ outcome: held, starts: 1, seconds: 0 });
    expect(await run([superseded])).toEqual({ outcome: superseded, starts: 1, seconds: 0 });
  });
});
