import { appendFile, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import * as v from "valibot";
import { syncEntry, writeTemporary } from "../../disk/files.ts";

/** The file of an execution: a line for its event, then one for each operation as it stood after a checkpoint. */

const FORMAT = "auth0-organization-auditor/local-execution/1";
const headerSchema = v.object({ format: v.literal(FORMAT), event: v.unknown() });
export const operationTypeSchema = v.picklist(["EXECUTION", "STEP", "WAIT", "CONTEXT"]);
const operationSchema = v.object({
  Id: v.string(),
  ParentId: v.optional(v.string()),
  Name: v.optional(v.string()),
  Type: operationTypeSchema,
  SubType: v.optional(v.string()),
  Status: v.picklist(["STARTED", "PENDING", "READY", "SUCCEEDED", "FAILED"]),
  StartTimestamp: v.string(),
  EndTimestamp: v.optional(v.string()),
  ContextDetails: v.optional(v.object({ Result: v.optional(v.string()) })),
  StepDetails: v.optional(
    v.object({
      Attempt: v.optional(v.number()),
      NextAttemptTimestamp: v.optional(v.string()),
      Result: v.optional(v.string()),
    }),
  ),
  WaitDetails: v.optional(v.object({ ScheduledEndTimestamp: v.optional(v.string()) })),
});
/** An operation as it stands in the file, and as the service would tell it. */
export type SavedOperation = v.InferOutput<typeof operationSchema>;

/** What is known of an execution's file: its event, and how many steps are finished. Null when it is none of ours. */
export async function readExecution(
  file: string,
): Promise<{ readonly event: unknown; readonly finishedSteps: number } | null> {
  const saved = await loadExecution(file);
  if (saved === null) return null;
  const finished = saved.operations.filter(({ Type, Status }) => Type === "STEP" && Status === "SUCCEEDED");
  return { event: saved.event, finishedSteps: new Set(finished.map(({ Id }) => Id)).size };
}

/** An execution as its file tells it. */
export interface SavedState {
  readonly event: unknown;
  readonly operations: readonly SavedOperation[];
}

/** Null when the file is not there, or none of ours. */
export async function loadExecution(file: string): Promise<SavedState | null> {
  const text = await readFile(file, "utf8").catch(() => null);
  // What was written after the last line feed was cut off by a crash; it never happened.
  const [first, ...lines] = text?.split("\n").slice(0, -1).map(parse) ?? [];
  const header = v.safeParse(headerSchema, first);
  if (!header.success) return null;
  const operations: SavedOperation[] = [];
  for (const line of lines) {
    const operation = v.safeParse(operationSchema, line);
    if (!operation.success) break;
    operations.push(operation.output);
  }
  return { event: header.output.event, operations };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/**
 * Writes the file anew, in one rename: a line that a crash cut off must not be appended to, and a crash in between must
 * leave what stood there.
 */
export async function rewriteExecution(file: string, { event, operations }: SavedState): Promise<void> {
  const lines = [{ format: FORMAT, event }, ...operations].map((line) => `${JSON.stringify(line)}\n`);
  const temporary = await writeTemporary(dirname(file), Buffer.from(lines.join("")));
  await rename(temporary, file);
  await syncEntry(file);
}

/** Adds what has changed; it is on the disk when this resolves. */
export async function appendOperations(file: string, changed: readonly SavedOperation[]): Promise<void> {
  await appendFile(file, changed.map((operation) => `${JSON.stringify(operation)}\n`).join(""), { flush: true });
}
