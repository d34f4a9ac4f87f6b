import type { Change } from "../../lambda/domain/change.ts";
import { ALWAYS } from "../../lambda/domain/time.ts";
import { recordedChanges } from "../../lambda/evidence/query/recorded-changes.ts";
import { RecordedRuns } from "../../lambda/evidence/query/recorded-runs.ts";
import type { EvidenceReader } from "../../lambda/evidence/store/port.ts";
import { TENANT } from "./audit-harness.ts";

/** Every change that the runs of the tenant recorded, run by run. */
export async function storedChanges(store: EvidenceReader): Promise<readonly Change[]> {
  const runs = await RecordedRuns.read(store, TENANT);
  return Array.fromAsync(recordedChanges(store, runs.within(ALWAYS), {}));
}
