import type { Change } from "../domain/change.ts";
import type { ChangeList, ChangeListFrame } from "../report/change-list.ts";
import { write } from "./program.ts";

/** Prints a list of changes while it is read. What the format has no place for goes to standard error. */
export async function printChanges(
  list: ChangeList,
  frame: ChangeListFrame,
  changes: () => AsyncIterable<Change>,
): Promise<void> {
  await write(list.start());
  let total = 0;
  for await (const change of changes()) await write(list.row(change, total++));
  await write(list.end(total));
  if (!list.hasNotes) for (const note of frame.notes()) process.stderr.write(`${note}\n`);
}
