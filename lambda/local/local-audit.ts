import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { withDurableExecution } from "@aws/durable-execution-sdk-js";
import * as v from "valibot";
import { audit } from "../audit.ts";
import { managementApi } from "../auth0/client.ts";
import { parseDomain, tenantOf } from "../core/domain.ts";
import type { Domain, OrganizationId, Timestamp } from "../core/model.ts";
import { durableExecution } from "../edges/durable-execution.ts";
import { systemClock } from "../edges/system-clock.ts";
import type { EvidenceStore, ReportProgress, TokenSource } from "../ports.ts";
import { PRODUCER } from "../producer.ts";
import type { AuditOutcome, AuditRequest } from "../steps/run.ts";
import { runDurably } from "./durable-engine.ts";
import { claimExecution, isDeadExecution, processExecutionId } from "./saved-executions.ts";

/** So little is read twice after an interruption. */
const CHUNK_ORGANIZATIONS = 200;
const MOST_CHUNK_ORGANIZATIONS = 20_000;
const CHUNK_MS = 600_000;
/** Well within the lease. */
const LONGEST_CHUNK_MS = 1_200_000;
const LEASE_MS = 1_800_000;
/** How often one looks whether the other process that records the same run is done. */
const HELD_POLL_MS = 500;

/** What is asked for, in the words of the command line. It is saved with the execution, so it holds no secret. */
export interface Asked {
  readonly domain: Domain;
  readonly organizations: "all" | readonly OrganizationId[];
  readonly scheduledAt: Timestamp | null;
}

export interface LocalRun extends Asked {
  /** Default: `https://DOMAIN`. */
  readonly baseUrl?: string;
  readonly reserve: number;
  readonly restart: boolean;
  readonly store: EvidenceStore;
  /** The folder in which executions are saved. */
  readonly stateFolder: string;
  readonly tokenSource: TokenSource;
  readonly progress: ReportProgress;
  readonly signal: AbortSignal;
}

const askedSchema = v.object({
  domain: v.pipe(
    v.string(),
    v.transform((text) => parseDomain(text, "the saved execution")),
  ),
  organizations: v.union([v.literal("all"), v.array(v.custom<OrganizationId>((id) => typeof id === "string"))]),
  scheduledAt: v.nullable(v.custom<Timestamp>((at) => typeof at === "string")),
});

/**
 * Runs the audit on this machine, durably: what an earlier process left unfinished goes on where it was. Another process
 * that records the same run is waited for. Throws `EvidenceStoreError`, and the signal's reason.
 */
export async function localAudit(run: LocalRun): Promise<AuditOutcome> {
  for (let isTold = false; ; isTold = true) {
    const outcome = await attempt(run);
    if (outcome.kind !== "stood_back" || outcome.holder !== outcome.runId) return outcome;
    const message = `Run ${outcome.runId} is being recorded by another process; waiting for it.`;
    if (!isTold) run.progress({ kind: "warning", message });
    await systemClock.sleep(HELD_POLL_MS, run.signal);
  }
}

async function attempt(run: LocalRun): Promise<AuditOutcome> {
  const { signal, progress, restart, stateFolder, tokenSource, store } = run;
  const { domain, organizations, scheduledAt } = run;
  const unique = randomUUID();
  const asked: Asked = { domain, organizations, scheduledAt };
  const folder = `${stateFolder}/tenant=${tenantOf(domain)}/executions`;
  const saved = await claimExecution(folder, asked, { matches: (event) => isAskedFor(event, asked), restart, unique });
  if (saved.finishedSteps > 0) progress({ kind: "resumed", finishedSteps: saved.finishedSteps });
  const managementApiOptions = {
    domain,
    ...(run.baseUrl === undefined ? {} : { baseUrl: run.baseUrl }),
    tokenSource,
    clock: systemClock,
    version: PRODUCER.version,
    reserve: run.reserve,
    signal,
  };
  const outside = {
    clock: systemClock,
    store,
    managementApi: managementApi(managementApiOptions),
    isDead: isDeadExecution,
    progress,
  };
  let thrown: unknown = null;
  const { result } = await runDurably({
    handler: (durableExecutionClient) =>
      withDurableExecution<unknown, AuditOutcome>(
        (event, context) =>
          audit(
            requestOf(v.parse(askedSchema, event), processExecutionId(unique)),
            outside,
            durableExecution(context, (error) => {
              thrown = error;
            }),
          ),
        { durableExecutionClient },
      ),
    event: saved.event,
    file: saved.file,
    clock: systemClock,
    signal,
    lastError: () => thrown ?? undefined,
  });
  await rm(saved.file, { force: true });
  return v.parse(
    v.custom<AuditOutcome>((value) => typeof value === "object" && value !== null),
    result,
  );
}

function requestOf({ domain, organizations, scheduledAt }: Asked, executionId: string): AuditRequest {
  return {
    domain,
    organizations,
    scheduledAt,
    executionId,
    producer: PRODUCER,
    chunk: {
      usualMs: () => CHUNK_MS,
      longestMs: () => LONGEST_CHUNK_MS,
      organizations: CHUNK_ORGANIZATIONS,
      mostOrganizations: MOST_CHUNK_ORGANIZATIONS,
      pauseSeconds: 0,
    },
    leaseMs: LEASE_MS,
    intervalMs: null,
  };
}

/** An interrupted run is gone on with when it looks at the same Organizations, and nobody asks for another time. */
function isAskedFor(event: unknown, asked: Asked): boolean {
  const saved = v.safeParse(askedSchema, event);
  if (!saved.success) return false;
  const { domain, organizations, scheduledAt } = saved.output;
  return (
    domain === asked.domain &&
    JSON.stringify(organizations) === JSON.stringify(asked.organizations) &&
    (asked.scheduledAt === null || asked.scheduledAt === scheduledAt)
  );
}
