import type { Change } from "../domain/change.ts";
import type { Operation } from "../domain/operation.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import { changesOf, operationsOfRun } from "../evidence/query/run-lines.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import { Attributor } from "./attributor.ts";
import type { Attributed } from "./operation-block.ts";

/** An operation of a run, or one of its changes and who made it; `who` null: there are too many operations. */
export type ExplainedLine =
  | { readonly operation: Operation }
  | { readonly change: Change; readonly who: Attributed | null };

/** The operations of a run in the order of time, then its changes in the order of the evidence. Throws `EvidenceError`. */
export async function* explainedLines(
  store: EvidenceReader,
  run: Pick<Manifest, "files" | "logs">,
): AsyncGenerator<ExplainedLine> {
  const attributor = new Attributor(run, () => operationsOfRun(store, run));
  for await (const operation of operationsOfRun(store, run)) {
    attributor.add(operation);
    yield { operation };
  }
  for await (const change of changesOf(store, run)) yield { change, who: await attributor.attributed(change) };
}
