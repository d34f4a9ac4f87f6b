import type { ObjectKey } from "../domain/identifiers.ts";
import { reportKey } from "../evidence/format/keys.ts";
import { readValid } from "../evidence/store/manifests.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import { readReport } from "../report/publish.ts";
import { runResult } from "../report/run-result.ts";
import { terminalLines } from "../report/terminal.ts";
import { printLines, write } from "./program.ts";

/** How much an audit prints: its result as one JSON object, or as text; with `quiet`, no text. */
export interface Output {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Prints the result of a recorded run. Its text is `lines`; without them, its report. */
export async function printRun(
  store: EvidenceReader,
  manifestKey: ObjectKey,
  { json, quiet }: Output,
  lines?: readonly string[],
): Promise<void> {
  if (json) {
    const { manifest, reference } = await readValid(store, manifestKey);
    return write(runResult(manifest, reference, store.location));
  }
  if (!quiet) await printLines(lines ?? (await reportLines(store, manifestKey)));
}

async function reportLines(store: EvidenceReader, manifestKey: ObjectKey): Promise<readonly string[]> {
  const model = await readReport(store, manifestKey);
  const { runId, tenant } = model.manifest;
  return [...terminalLines(model), `The report: ${store.location}/${reportKey(tenant, runId, "report.html")}`];
}
