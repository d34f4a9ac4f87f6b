import type { Tenant } from "../domain/identifiers.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import type { RunEvent } from "../report/event.ts";

/** Where a run's end is told to other programs. */
export interface EventBus {
  /** Throws `EventBusError`. */
  put(event: RunEvent): Promise<void>;
}

/** What is counted of runs, for alarms and dashboards. */
export interface RunMetrics {
  /** `sinceCompleteMs`: how long ago the last complete run began; null when none is known. */
  recorded(manifest: Manifest, sinceCompleteMs: number | null): void;
  /** A run met another one of its tenant at work, and left. */
  skipped(tenant: Tenant): void;
}
