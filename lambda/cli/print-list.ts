import type { List, ListFrame } from "../report/list.ts";
import { write } from "./program.ts";

/** Prints a list while it is read. What the format has no place for goes to standard error. */
export async function printList<Item>(
  list: List<Item>,
  frame: ListFrame,
  items: () => AsyncIterable<Item>,
): Promise<void> {
  await write(list.start());
  let total = 0;
  for await (const item of items()) await write(list.row(item, total++));
  await write(list.end(total));
  if (!list.hasNotes) for (const note of frame.notes()) process.stderr.write(`${note}\n`);
}
