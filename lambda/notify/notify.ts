import type { Clock } from "../domain/clock.ts";
import type { ObjectKey } from "../domain/identifiers.ts";
import type { EvidenceStore } from "../evidence/store/port.ts";
import type { Execution } from "../execution/port.ts";
import { renderEvent } from "../report/event.ts";
import { readReport } from "../report/publish.ts";
import type { EventBus, RunMetrics } from "./port.ts";

/** Where the end of a run is reported. */
export interface Notice {
  readonly eventBus: EventBus;
  readonly metrics: RunMetrics;
}

/**
 * Reports a recorded run: its figures as metrics, then its event on the bus, each in a step of its own. Both may be sent
 * twice when the execution dies in between. Throws `EventBusError`, and what reading the evidence throws.
 */
export async function notify(
  { eventBus, metrics }: Notice,
  { clock, store }: { readonly clock: Clock; readonly store: EvidenceStore },
  key: ObjectKey,
  execution: Execution,
): Promise<void> {
  await execution.step("metrics", async () => {
    const { manifest, history } = await readReport(store, key);
    const lastComplete = history.runs.findLast(({ status }) => status === "complete");
    metrics.recorded(manifest, lastComplete === undefined ? null : clock.now() - Date.parse(lastComplete.startedAt));
  });
  await execution.step("event", async () => eventBus.put(renderEvent(await readReport(store, key), store.location)));
}
