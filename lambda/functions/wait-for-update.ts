import type { AuditOutcome } from "../audit/run.ts";
import type { Execution } from "../execution/port.ts";

const WAIT_SECONDS = 60;
/** An update reads at most 5,000 Organizations: at 100 a minute, it ends within the hour. */
const MOST_WAITS = 60;

/**
 * Starts a sweep again that found another run in progress: an update is soon over, and without this, one of a few seconds
 * could cost the day's sweep. After an hour, the other run is a sweep, and this one is skipped. A second delivery of the
 * same sweep waits as well, and finds the run recorded or in progress.
 */
export async function afterUpdate(
  start: () => Promise<AuditOutcome>,
  execution: Execution,
  { mayWait }: { readonly mayWait: boolean },
): Promise<AuditOutcome> {
  for (let waits = 0; ; waits += 1) {
    const outcome = await start();
    const isHeld = outcome.kind === "skipped" && outcome.holder !== null;
    if (!mayWait || !isHeld || waits === MOST_WAITS) return outcome;
    await execution.wait(`other-run-${waits}`, WAIT_SECONDS);
  }
}
