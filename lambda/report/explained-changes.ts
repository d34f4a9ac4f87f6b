import type { Manifest } from "../evidence/format/manifest.ts";
import { type ChangeFilter, recordedChanges } from "../evidence/query/recorded-changes.ts";
import { operationsOfRun } from "../evidence/query/run-lines.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import { Attributor } from "./attributor.ts";
import type { ExplainedChange } from "./explained-change-list.ts";

/**
 * The changes that some runs recorded, run by run, each with who made it. The operations of a run are read only if it has
 * such a change. Throws `EvidenceError`.
 */
export async function* explainedChanges(
  store: EvidenceReader,
  runs: readonly Manifest[],
  filter: ChangeFilter,
): AsyncGenerator<ExplainedChange> {
  for (const run of runs) {
    let attributor: Attributor | null = null;
    for await (const change of recordedChanges(store, [run], filter)) {
      attributor ??= await attributorOf(store, run);
      yield { change, tenant: run.tenant, logs: run.logs, who: await attributor.attributed(change) };
    }
  }
}

/** What attributes the changes of a run: its operations are read. Throws `EvidenceError`. */
export async function attributorOf(store: EvidenceReader, run: Manifest): Promise<Attributor> {
  const attributor = new Attributor(run, () => operationsOfRun(store, run));
  for await (const operation of operationsOfRun(store, run)) attributor.add(operation);
  return attributor;
}
