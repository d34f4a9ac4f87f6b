import type { Tenant } from "../domain/identifiers.ts";
import type { RunKind } from "../domain/run.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import type { RunEvent } from "../report/event.ts";

/** Where other programs learn of the end of a run. */
export interface EventBus {
  /** Throws `EventBusError`. */
  put(event: RunEvent): Promise<void>;
}

/** Metrics of runs, for alarms and dashboards. */
export interface RunMetrics {
  /** `sinceCompleteMs`: the time since the start of the last complete sweep; null when there is none, and for an update. */
  recorded(manifest: Manifest, sinceCompleteMs: number | null): void;
  /** A run was skipped because another run of its tenant is in progress. */
  skipped(tenant: Tenant, kind: RunKind): void;
}

/** Metrics of updates that record nothing. */
export interface UpdateMetrics {
  /** Nothing was hinted: the watch is alive. */
  nothingHinted(tenant: Tenant): void;
}
