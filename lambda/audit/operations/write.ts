import type { Timestamp } from "../../domain/identifiers.ts";
import type { OperationEffect } from "../../domain/operation.ts";
import { encodeOperation } from "../../evidence/format/lines.ts";
import type { EvidenceFile } from "../../evidence/format/manifest.ts";
import { PART_CONTENT_TYPE, PartWriter } from "../../evidence/store/part-writer.ts";
import type { Execution } from "../../execution/port.ts";
import { renewLease } from "../lease.ts";
import { attemptPartKey } from "../part-names.ts";
import type { Sweep } from "../work.ts";
import { tenantWideEffect } from "./decide.ts";
import type { FoundOperations } from "./read.ts";
import { byOrganization, byTime, OperationSorter, readSorted, type SortedRun } from "./sorted-runs.ts";
import { shortName, tenantWideOf } from "./tenant-wide.ts";

const PART_OPERATIONS = 50_000;

/** What comparing the run decided of its operations. */
export interface Decided {
  /** Sorted by time. */
  readonly runs: readonly SortedRun[];
  /** The effects of operations on connections of the whole tenant, by short name. */
  readonly tenantWide: readonly (readonly [name: string, effect: OperationEffect])[];
  /** What a reader should know of it. */
  readonly warnings: readonly string[];
}

/** What the step leaves behind. */
interface Written {
  readonly files: readonly EvidenceFile[];
  readonly undone: number;
}

/**
 * Writes the decided operations into the evidence, sorted by time, at least one part; nothing where the logs were not
 * read. Throws `RunFailure`.
 */
export async function writeOperations(
  work: Sweep,
  found: FoundOperations,
  decided: Decided,
  execution: Execution,
): Promise<Written> {
  if (found.coverage === null) return { files: [], undone: 0 };
  return execution.step<Written>("operations", () => write(work, found, decided));
}

async function write(work: Sweep, found: FoundOperations, decided: Decided): Promise<Written> {
  const { run, request, dependencies } = work;
  const { store } = dependencies;
  await renewLease(run, request, dependencies);
  const effects = new Map(decided.tenantWide);
  const sorter = new OperationSorter(store, run, "tenant-wide", byTime);
  const held = await tenantWideOf(readSorted(store, run, found.runs, byOrganization));
  // An update reads every Organization of its state that has the connection.
  const read = { isWhole: run.scope === "all", lookedAfter: lookedAfter(work, found) };
  for await (const operation of readSorted(store, run, found.runs, byOrganization)) {
    // They come first.
    if (operation.organizationId !== null) break;
    const isWholeFor = { ...read, isWhole: read.isWhole && held.has(operation) };
    const effect = tenantWideEffect(operation, effects.get(shortName(operation)), isWholeFor);
    await sorter.add({ ...operation, effect });
  }
  await sorter.finish();
  const files: EvidenceFile[] = [];
  let undone = 0;
  let rows = 0;
  const open = () => new PartWriter<"operations">("operations", attemptPartKey(run, "operations", files.length));
  let writer = open();
  const close = async () => {
    const { body, file } = await writer.finish();
    await store.create(file.key, body, PART_CONTENT_TYPE);
    files.push(file);
    rows = 0;
  };
  for await (const operation of readSorted(store, run, [...decided.runs, ...sorter.runs], byTime)) {
    if (rows === PART_OPERATIONS) {
      await close();
      writer = open();
    }
    await writer.add(null, encodeOperation(operation));
    if (operation.effect === "undone") undone += 1;
    rows += 1;
  }
  await close();
  return { files, undone };
}

/** A time after which the run read its Organizations: an update reads the logs first. */
export function lookedAfter({ hinted, run }: Sweep, { coverage }: FoundOperations): Timestamp {
  return hinted === null || coverage === null ? run.startedAt : coverage.until;
}

/** Whether the run read every Organization of the tenant. */
export function isWhole({ run, wanted }: Pick<Sweep, "run" | "wanted">): boolean {
  return run.scope === "all" && wanted === "all";
}
