import type { Change } from "../domain/change.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import { attributorOf } from "../report/explained-changes.ts";
import { hasAuthor, readLogs, whoText } from "../report/text/who.ts";
import { inOrder } from "../streams/in-order.ts";
import { MOST_OPERATIONS, operationRows } from "./happened.ts";

const READ_AHEAD_RUNS = 8;

/** A change, and who made it, from where, with what, and how sure that is. */
export interface AuthoredChange {
  readonly change: Change;
  /** Null where the tenant's logs were not read. Unescaped. */
  readonly who: string | null;
}

interface RecordedChange {
  readonly change: Change;
  readonly run: Manifest;
}

/** Attributes some changes, run by run in the order of the evidence. Throws `EvidenceError`. */
export async function authored(
  store: EvidenceReader,
  changes: readonly RecordedChange[],
): Promise<readonly AuthoredChange[]> {
  const authored: AuthoredChange[] = [];
  const byRun = Map.groupBy(changes, ({ run }) => run);
  const withAttributor = async (run: Manifest) => ({
    run,
    attributor: readLogs(run) && operationRows(run) <= MOST_OPERATIONS ? await attributorOf(store, run) : null,
  });
  for await (const { attributor, run } of inOrder([...byRun.keys()], withAttributor, READ_AHEAD_RUNS))
    for (const { change } of byRun.get(run) ?? []) {
      const attributed = attributor === null ? null : await attributor.attributed(change);
      authored.push({ change, who: hasAuthor(change, run) ? whoText(attributed) : null });
    }
  return authored;
}
