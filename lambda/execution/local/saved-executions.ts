import { readdir, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { codeOf, makeFolder } from "../../disk/files.ts";
import { EvidenceStoreError } from "../../domain/errors.ts";
import { finishedSteps, loadExecution } from "./execution-file.ts";

/** The file's name has its owner, so that taking over a dead process's file is one rename: only one process can succeed. */
const NAME = /^execution-(\d+)@([A-Za-z0-9.-]+)@([A-Za-z0-9-]+)\.ndjson$/;

function thisHost(): string {
  return hostname().replaceAll(/[^A-Za-z0-9.-]/g, "-");
}

/** What this process runs. In a restarted container, another process can have the same host name and process ID. */
const own = new Set<string>();

/** Whether the process of this machine that ran `unique` is known to be dead. */
function isDead(host: string, pid: number, unique: string): boolean {
  if (host !== thisHost()) return false;
  if (pid === process.pid) return !own.has(unique);
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === "ESRCH";
  }
}

/** The ID of an execution of this process, which other processes can check with `isDeadExecution`. */
export function processExecutionId(unique: string): string {
  own.add(unique);
  return `local/${thisHost()}/${process.pid}/${unique}`;
}

/** Whether an execution's process is known to be dead; a process of another machine is assumed to be alive. */
export function isDeadExecution(executionId: string): boolean {
  const [kind, host, pid, unique] = executionId.split("/");
  return kind === "local" && host !== undefined && unique !== undefined && isDead(host, Number(pid), unique);
}

/** An execution to run: a new one, or one that a dead process left unfinished. */
export interface SavedExecution {
  readonly file: string;
  readonly event: unknown;
  readonly finishedSteps: number;
}

/**
 * Takes over an unfinished execution of a dead process of this machine in `folder` when `matches` accepts its event;
 * otherwise starts a new one with `event`. With `restart`, matching executions are deleted instead of taken over. Throws
 * `EvidenceStoreError` (`invalid_location`).
 */
export async function claimExecution(
  folder: string,
  event: unknown,
  { matches, restart, unique }: { matches: (event: unknown) => boolean; restart: boolean; unique: string },
): Promise<SavedExecution> {
  await makeFolder(folder).catch((cause: unknown) => {
    const message = `${folder} cannot be created; choose a folder that you can write to.`;
    throw new EvidenceStoreError("invalid_location", message, { cause });
  });
  own.add(unique);
  const file = join(folder, `execution-${process.pid}@${thisHost()}@${unique}.ndjson`);
  for (const name of (await readdir(folder)).sort()) {
    const [, pid, host, other] = NAME.exec(name) ?? [];
    if (pid === undefined || host === undefined || other === undefined || !isDead(host, Number(pid), other)) continue;
    const left = join(folder, name);
    const saved = await loadExecution(left);
    if (saved === null || (restart && matches(saved.event))) await rm(left, { force: true });
    else if (matches(saved.event) && (await isRenamed(left, file)))
      return { file, event: saved.event, finishedSteps: finishedSteps(saved) };
  }
  return { file, event, finishedSteps: 0 };
}

/** Whether this process renamed it; false when another one did so first. */
function isRenamed(from: string, to: string): Promise<boolean> {
  return rename(from, to).then(
    () => true,
    () => false,
  );
}
