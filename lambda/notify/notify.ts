import type { Clock } from "../domain/clock.ts";
import type { ObjectKey } from "../domain/identifiers.ts";
import type { EvidenceStore } from "../evidence/store/port.ts";
import { renderEvent } from "../report/event.ts";
import { readEventModel } from "../report/publish.ts";
import type { EventBus, RunMetrics } from "./port.ts";

/** Where the end of a run is reported. */
export interface Notice {
  readonly eventBus: EventBus;
  readonly metrics: RunMetrics;
}

/**
 * Reports a recorded run: puts its event on the bus and emits its metrics. When the execution dies in between, both can
 * happen twice. Throws `EventBusError`, `EvidenceStoreError` and `EvidenceError`.
 */
export async function notify(
  { eventBus, metrics }: Notice,
  { clock, store }: { readonly clock: Clock; readonly store: EvidenceStore },
  key: ObjectKey,
): Promise<void> {
  const model = await readEventModel(store, key);
  await eventBus.put(renderEvent(model, store.location));
  const lastComplete = model.history.runs.findLast(({ status }) => status === "complete");
  const sinceCompleteMs = lastComplete === undefined ? null : clock.now() - Date.parse(lastComplete.startedAt);
  metrics.recorded(model.manifest, sinceCompleteMs);
}
