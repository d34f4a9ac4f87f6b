import type { Clock } from "../domain/clock.ts";
import { EventBusError } from "../domain/errors.ts";
import type { ObjectKey } from "../domain/identifiers.ts";
import type { EvidenceStore } from "../evidence/store/port.ts";
import type { Execution } from "../execution/port.ts";
import { renderEvent } from "../report/event.ts";
import { readEventModel } from "../report/publish.ts";
import { lastComplete } from "../report/recent-runs.ts";
import type { EventBus, RunMetrics } from "./port.ts";

/** Where the end of a run is reported. */
export interface Notice {
  readonly eventBus: EventBus;
  readonly metrics: RunMetrics;
}

/**
 * Reports a recorded run: its figures as metrics, then its event on the bus, each in a step of its own. Both may be sent
 * twice when the execution dies in between. Returns the error of a bus that did not take the event: the caller throws it
 * when nothing else is left to do. Throws what reading the evidence throws.
 */
export async function notify(
  { eventBus, metrics }: Notice,
  { clock, store }: { readonly clock: Clock; readonly store: EvidenceStore },
  key: ObjectKey,
  execution: Execution,
): Promise<EventBusError | null> {
  await execution.step("metrics", async () => {
    const { manifest, recent } = await readEventModel(store, key);
    const complete = manifest.kind === "sweep" ? lastComplete(recent) : null;
    metrics.recorded(manifest, complete === null ? null : clock.now() - Date.parse(complete.startedAt));
  });
  try {
    await execution.step("event", async () =>
      eventBus.put(renderEvent(await readEventModel(store, key), store.location)),
    );
    return null;
  } catch (error) {
    if (error instanceof EventBusError) return error;
    throw error;
  }
}
