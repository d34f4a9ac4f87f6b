import type { MemoryObject } from "../support/memory-evidence-store.ts";
import { auditVirtualDay, randomOutages } from "../support/virtual-day.ts";
import { table } from "./table.ts";

const WORLDS = 20;
const ORGANIZATIONS = 100_000;
const READS_PER_MINUTE = 100;

/**
 * A day of a large tenant in virtual time, in worlds with random outages and hangs: each must end with the record of the
 * undisturbed day. Arguments: the number of worlds, and of Organizations.
 */
export async function bench([worlds = WORLDS, organizations = ORGANIZATIONS]: readonly (
  | string
  | number
)[]): Promise<boolean> {
  const tenant = { organizations: Number(organizations), readsPerMinute: READS_PER_MINUTE };
  const before = new Map<string, MemoryObject>();
  await auditVirtualDay({ ...tenant, day: 0, outages: [], objects: before });
  const undisturbed = await auditVirtualDay({ ...tenant, day: 1, outages: [], objects: new Map(before) });
  const expected = JSON.stringify(undisturbed.record);
  const rows: string[][] = [
    ["world", "outages", "away, min", "hangs", "virtual h", "operations", "requests", "events", ""],
  ];
  let isMet = true;
  for (let world = 0; world <= Number(worlds); world += 1) {
    const none = { outages: [], hangs: new Set<number>() };
    const { hangs, outages } =
      world === 0 ? none : randomOutages(world, { hours: undisturbed.hours, reads: tenant.organizations });
    const day =
      world === 0
        ? undisturbed
        : await auditVirtualDay({ ...tenant, day: 1, outages, hangs, objects: new Map(before) });
    const isSame = JSON.stringify(day.record) === expected && day.events.length === 1;
    isMet &&= isSame;
    process.stderr.write(`World ${world} of ${worlds}: ${isSame ? "met" : "MISSED"}\n`);
    const awayMs = outages.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
    rows.push([
      world === 0 ? "undisturbed" : String(world),
      String(outages.length),
      (awayMs / 60_000).toFixed(0),
      String(hangs.size),
      day.hours.toFixed(1),
      String(day.operations),
      String(day.requests),
      String(day.events.length),
      isSame ? "met" : "MISSED",
    ]);
  }
  process.stdout.write(`${table(rows)}\n`);
  process.stdout.write("Target: every world ends with the record of the undisturbed day, and one event.\n");
  return isMet;
}
