import type { Clock } from "../domain/clock.ts";
import type { ObjectKey } from "../domain/identifiers.ts";
import type { EvidenceStore } from "../evidence/store/port.ts";
import { renderEvent } from "../report/event.ts";
import { readEventModel } from "../report/publish.ts";
import type { EventBus, RunMetrics } from "./port.ts";

/** Who is told of a run's end. */
export interface Notice {
  readonly eventBus: EventBus;
  readonly metrics: RunMetrics;
}

/**
 * Tells of a recorded run: its event on the bus, its figures as metrics. It may be told twice when the execution dies in
 * between. Throws `EventBusError`, and what reading the evidence throws.
 */
export async function notify(
  { eventBus, metrics }: Notice,
  { clock, store }: { readonly clock: Clock; readonly store: EvidenceStore },
  key: ObjectKey,
): Promise<void> {
  const model = await readEventModel(store, key);
  await eventBus.put(renderEvent(model, store.location));
  const lastComplete = model.history.runs.findLast(({ status }) => status === "complete");
  metrics.recorded(
    model.manifest,
    lastComplete === undefined ? null : clock.now() - Date.parse(lastComplete.startedAt),
  );
}
