import { createHmac } from "node:crypto";
import type { ObjectKey } from "../domain/identifiers.ts";
import { changesKey, snapshotKey } from "../evidence/format/keys.ts";
import type { Run } from "./run.ts";

const WORD_CHARACTERS = 16;

type Naming = Pick<Run, "tenant" | "runId" | "partSecret">;

/**
 * The key of a run's snapshot part. It carries a word that follows from the execution's secret: the execution finds its
 * own part again after a crash, and no one else can put an object there first, not even after seeing other parts.
 */
export function snapshotPartKey(run: Naming, part: number): ObjectKey {
  return snapshotKey(run.tenant, run.runId, part, word(run, "snapshot", part));
}

/** The same for the changes. */
export function changesPartKey(run: Naming, part: number): ObjectKey {
  return changesKey(run.tenant, run.runId, part, word(run, "changes", part));
}

function word({ partSecret }: Naming, role: string, part: number): string {
  return createHmac("sha256", Buffer.from(partSecret, "hex"))
    .update(`${role}/${part}`)
    .digest("hex")
    .slice(0, WORD_CHARACTERS);
}
