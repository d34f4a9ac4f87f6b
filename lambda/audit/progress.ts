import { counted, duration } from "../domain/text.ts";
import type { OrganizationList } from "./list.ts";
import type { AuditRequest, Dependencies } from "./run.ts";

interface Sweeping {
  readonly list: Pick<OrganizationList, "organizations">;
  readonly request: Pick<AuditRequest, "intervalMs">;
  readonly dependencies: Pick<Dependencies, "clock" | "managementApi" | "progress">;
}

/**
 * Reports the progress of a chunk; the result is called after each Organization. `before` were read by earlier chunks. Once
 * the tenant's rate limit is known, the first chunk estimates how long the whole run takes, and warns when that is longer
 * than the time between two scheduled runs.
 */
export function progressOf({ list, request, dependencies }: Sweeping, before: number): () => void {
  const { clock, managementApi, progress } = dependencies;
  const startedMs = clock.now();
  let done = 0;
  let isPlanned = before > 0;
  return () => {
    done += 1;
    const total = Math.max(list.organizations, before + done);
    const left = total - before - done;
    const estimateMs = managementApi.estimateMs(left);
    const isKnown = Number.isFinite(estimateMs);
    if (!isPlanned && isKnown) {
      isPlanned = true;
      progress({ kind: "planned", organizations: total, estimateMs });
      const message = tooSlowText(estimateMs, total, request.intervalMs);
      if (message !== null) progress({ kind: "warning", message });
    }
    const remainingMs = isKnown ? estimateMs : ((clock.now() - startedMs) / done) * left;
    progress({ kind: "reading", done: before + done, total, requests: managementApi.usage().requests, remainingMs });
  };
}

/** Why the schedule is too dense, and what to do; null when it is not. */
export function tooSlowText(elapsedMs: number, organizations: number, intervalMs: number | null): string | null {
  if (intervalMs === null || elapsedMs <= intervalMs) return null;
  return `Reading ${counted(organizations, "Organization")} takes about ${duration(elapsedMs)} at this tenant's rate limit, longer than the ${duration(intervalMs)} between two scheduled runs: the next run will be skipped. Schedule runs less often, or raise the rate limit.`;
}
