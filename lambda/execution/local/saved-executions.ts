import { readdir, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { makeFolder } from "../../disk/files.ts";
import { EvidenceStoreError } from "../../domain/errors.ts";
import { readExecution } from "./execution-file.ts";

/** The owner stands in the file's name, so that taking a dead one's file over is one rename: only one can win. */
const NAME = /^execution-(\d+)@([A-Za-z0-9.-]+)@([A-Za-z0-9-]+)\.ndjson$/;

function nameOf(unique: string): string {
  return `execution-${process.pid}@${thisHost()}@${unique}.ndjson`;
}

function thisHost(): string {
  return hostname().replaceAll(/[^A-Za-z0-9.-]/g, "-");
}

/** What this process runs. A restarted container is another process with the same host name and number. */
const own = new Set<string>();

/** Whether the process of this machine that ran `unique` is known to be dead. */
function isDead(host: string, pid: number, unique: string): boolean {
  if (host !== thisHost()) return false;
  if (pid === process.pid) return !own.has(unique);
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return typeof error === "object" && error !== null && "code" in error && error.code === "ESRCH";
  }
}

/** A holder of a sweep that lives in this process; others can tell when it is dead. */
export function processExecutionId(unique: string): string {
  own.add(unique);
  return `local/${thisHost()}/${process.pid}/${unique}`;
}

/** Whether the holder of a sweep is a process that is known to be dead; one elsewhere may be alive. */
export function isDeadExecution(executionId: string): boolean {
  const [kind, host, pid, unique] = executionId.split("/");
  return kind === "local" && host !== undefined && unique !== undefined && isDead(host, Number(pid), unique);
}

/** An execution to run: a new one, or one that a dead process left. */
export interface SavedExecution {
  readonly file: string;
  readonly event: unknown;
  readonly finishedSteps: number;
}

/**
 * Takes over the execution that a dead process of this machine left in `folder`, where `matches` says that it is the one
 * that is asked for; else starts a new one with `event`. With `restart`, what was left is thrown away.
 */
export async function claimExecution(
  folder: string,
  event: unknown,
  { matches, restart, unique }: { matches: (event: unknown) => boolean; restart: boolean; unique: string },
): Promise<SavedExecution> {
  await makeFolder(folder).catch((cause: unknown) => {
    throw new EvidenceStoreError("invalid_location", `${folder} cannot be made; choose a folder that can be written.`, {
      cause,
    });
  });
  own.add(unique);
  const file = join(folder, nameOf(unique));
  for (const name of (await readdir(folder)).sort()) {
    const [, pid, host, other] = NAME.exec(name) ?? [];
    if (pid === undefined || host === undefined || other === undefined || !isDead(host, Number(pid), other)) continue;
    const left = join(folder, name);
    const saved = await readExecution(left);
    if (saved === null || (restart && matches(saved.event))) await rm(left, { force: true });
    else if (matches(saved.event) && (await wins(left, file)))
      return { file, event: saved.event, finishedSteps: saved.finishedSteps };
  }
  return { file, event, finishedSteps: 0 };
}

async function wins(left: string, file: string): Promise<boolean> {
  return rename(left, file).then(
    () => true,
    () => false,
  );
}
