import { appendFile, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import * as v from "valibot";
import { syncEntry, writeTemporary } from "../../disk/files.ts";

/** The file of an execution: a line for its event, then a line for each operation after each checkpoint; the last counts. */

const FORMAT = "auth0-organization-auditor/local-execution/1";
const headerSchema = v.object({ format: v.literal(FORMAT), event: v.unknown() });
/** The kinds of operations that the audit uses. */
export const operationTypeSchema = v.picklist(["STEP", "WAIT"]);
const operationSchema = v.object({
  Id: v.string(),
  ParentId: v.optional(v.string()),
  Name: v.optional(v.string()),
  Type: operationTypeSchema,
  SubType: v.optional(v.string()),
  Status: v.picklist(["STARTED", "PENDING", "READY", "SUCCEEDED", "FAILED"]),
  StartTimestamp: v.string(),
  StepDetails: v.optional(
    v.object({
      Attempt: v.optional(v.number()),
      NextAttemptTimestamp: v.optional(v.string()),
      Result: v.optional(v.string()),
      Error: v.optional(
        v.object({
          ErrorType: v.optional(v.string()),
          ErrorMessage: v.optional(v.string()),
          ErrorData: v.optional(v.string()),
        }),
      ),
    }),
  ),
  WaitDetails: v.optional(v.object({ ScheduledEndTimestamp: v.string() })),
});
/** An operation as the service would return it. */
export type SavedOperation = v.InferOutput<typeof operationSchema>;

export interface SavedState {
  readonly event: unknown;
  readonly operations: ReadonlyMap<string, SavedOperation>;
}

/** Null when the file does not exist, or is not an execution. */
export async function loadExecution(file: string): Promise<SavedState | null> {
  const text = await readFile(file, "utf8").catch(() => null);
  // A crash cuts off what follows the last line feed: that checkpoint did not happen.
  const [first, ...lines] = text?.split("\n").slice(0, -1).map(parse) ?? [];
  const header = v.safeParse(headerSchema, first);
  if (!header.success) return null;
  const operations = new Map<string, SavedOperation>();
  for (const line of lines) {
    const { output, success } = v.safeParse(operationSchema, line);
    if (!success) break;
    operations.set(output.Id, output);
  }
  return { event: header.output.event, operations: untilFailed(operations) };
}

/** A step that failed is tried again by the next start, and what followed it happens again. */
function untilFailed(operations: ReadonlyMap<string, SavedOperation>): ReadonlyMap<string, SavedOperation> {
  const failed = [...operations.values()].findIndex(({ Status }) => Status === "FAILED");
  return failed === -1 ? operations : new Map([...operations].slice(0, failed));
}

export function finishedSteps({ operations }: SavedState): number {
  return [...operations.values()].filter(({ Type, Status }) => Type === "STEP" && Status === "SUCCEEDED").length;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** Replaces the file in one rename: nothing is appended to a cut-off line, and a crash leaves the old file or the new. */
export async function rewriteExecution(file: string, { event, operations }: SavedState): Promise<void> {
  const text = linesOf([{ format: FORMAT, event }, ...operations.values()]);
  await rename(await writeTemporary(dirname(file), Buffer.from(text)), file);
  await syncEntry(file);
}

/** Appends changed operations; they are on the disk when this resolves. */
export async function appendOperations(file: string, changed: readonly SavedOperation[]): Promise<void> {
  await appendFile(file, linesOf(changed), { flush: true });
}

function linesOf(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join("");
}
