import type { Clock } from "../domain/clock.ts";
import type { ObjectKey } from "../domain/identifiers.ts";
import type { EvidenceStore } from "../evidence/store/port.ts";
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
 * Reports a recorded run: its event on the bus, its figures as metrics. Both may be sent twice when the execution dies in
 * between. Throws `EventBusError`, and what reading the evidence throws.
 */
export async function notify(
  { eventBus, metrics }: Notice,
  { clock, store }: { readonly clock: Clock; readonly store: EvidenceStore },
  key: ObjectKey,
): Promise<void> {
  const model = await readEventModel(store, key);
  await eventBus.put(renderEvent(model, store.location));
  const complete = lastComplete(model.recent);
  metrics.recorded(model.manifest, complete === null ? null : clock.now() - Date.parse(complete.startedAt));
}
