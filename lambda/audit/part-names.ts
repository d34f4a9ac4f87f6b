import { createHmac } from "node:crypto";
import type { ObjectKey } from "../domain/identifiers.ts";
import { partKey } from "../evidence/format/keys.ts";
import type { EvidenceFile } from "../evidence/format/manifest.ts";
import type { Run } from "./run.ts";

const WORD_CHARACTERS = 16;

type Naming = Pick<Run, "tenant" | "runId" | "partSecret">;

/**
 * The key of a part of a run. It carries a word that follows from the execution's secret: the execution finds its own part
 * again after a crash, and no one else can put an object there first, not even after seeing other parts.
 */
export function attemptPartKey(run: Naming, role: EvidenceFile["role"], part: number): ObjectKey {
  return partKey(role, run.tenant, { runId: run.runId, part, word: word(run, role, part) });
}

function word({ partSecret }: Naming, role: string, part: number): string {
  return createHmac("sha256", Buffer.from(partSecret, "hex"))
    .update(`${role}/${part}`)
    .digest("hex")
    .slice(0, WORD_CHARACTERS);
}
