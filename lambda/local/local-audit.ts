import { hostname } from "node:os";
import { audit } from "../audit.ts";
import { manifestKey } from "../core/keys.ts";
import type { Domain, ObjectKey, OrganizationId, Timestamp } from "../core/model.ts";
import { managementApi } from "../edges/management-api.ts";
import { systemClock } from "../edges/system-clock.ts";
import type { EvidenceStore, Execution, ReportProgress, TokenSource } from "../ports.ts";
import { PRODUCER } from "../producer.ts";
import type { AuditOutcome } from "../steps/run.ts";

/** So little is read twice after an interruption. */
const CHUNK_ORGANIZATIONS = 200;
const CHUNK_DEADLINE_MS = 600_000;
const LEASE_MS = 1_800_000;
const HELD_POLL_MS = 500;

export interface LocalRun {
  readonly domain: Domain;
  /** Default: `https://DOMAIN`. */
  readonly baseUrl?: string;
  readonly organizations: "all" | readonly OrganizationId[];
  readonly scheduledAt: Timestamp | null;
  readonly reserve: number;
  readonly store: EvidenceStore;
  readonly tokenSource: TokenSource;
  readonly progress: ReportProgress;
  readonly signal: AbortSignal;
  readonly executionId: string;
  readonly execution: Execution;
}

/** Runs the audit on this machine. Another process that records the same run is waited for. */
export async function localAudit(run: LocalRun): Promise<AuditOutcome> {
  const { domain, organizations, scheduledAt, executionId, execution, store, progress, signal } = run;
  const request = {
    domain,
    organizations,
    scheduledAt,
    executionId,
    producer: PRODUCER,
    chunk: { deadlineMs: CHUNK_DEADLINE_MS, organizations: CHUNK_ORGANIZATIONS, pauseSeconds: 0 },
    leaseMs: LEASE_MS,
    intervalMs: null,
  };
  const outside = {
    clock: systemClock,
    store,
    managementApi: managementApi({
      domain,
      ...(run.baseUrl === undefined ? {} : { baseUrl: run.baseUrl }),
      tokenSource: run.tokenSource,
      clock: systemClock,
      random: Math.random,
      version: PRODUCER.version,
      reserve: run.reserve,
      signal,
    }),
    isDead: isDeadProcess,
    progress,
  };
  return audit(request, outside, execution);
}

/** This process, as the holder of a sweep: told apart from every other one, and known to be dead when it is. */
export function localExecutionId(unique: string): string {
  return `local/${hostname()}/${process.pid}/${unique}`;
}

function isDeadProcess(executionId: string): boolean {
  const [kind, host, pid] = executionId.split("/");
  if (kind !== "local" || host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return typeof error === "object" && error !== null && "code" in error && error.code === "ESRCH";
  }
}
