import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import * as v from "valibot";
import { audit } from "../audit/audit.ts";
import type { ReportProgress } from "../audit/port.ts";
import type { AuditOutcome, AuditRequest } from "../audit/run.ts";
import { managementApi } from "../auth0/client.ts";
import { tenantEvents } from "../auth0/events.ts";
import type { ManagementApi } from "../auth0/port.ts";
import type { TokenSource } from "../auth0/token/port.ts";
import { ATTRIBUTIONS } from "../contract.ts";
import { makeFolder, NO_ROOM, removeEmptyFolders, systemCodeIn } from "../disk/files.ts";
import { EvidenceStoreError } from "../domain/errors.ts";
import type { OrganizationId, Tenant, Timestamp } from "../domain/identifiers.ts";
import { RUN_KINDS } from "../domain/run.ts";
import { parseDomain, tenantOf } from "../domain/tenant.ts";
import { manifestsPrefix } from "../evidence/format/keys.ts";
import type { EvidenceStore } from "../evidence/store/port.ts";
import { durableExecution } from "../execution/durable.ts";
import { runDurably } from "../execution/local/engine.ts";
import { claimExecution, isDeadExecution, processExecutionId } from "../execution/local/saved-executions.ts";
import { SECONDS_OF_RETRIES } from "../execution/retries.ts";
import { systemClock } from "../execution/system-clock.ts";
import { PRODUCER } from "../producer.ts";
import { firstContact } from "./first-contact.ts";

/** Small, so that an interruption costs few repeated reads. */
const CHUNK_ORGANIZATIONS = 200;
const MOST_CHUNK_ORGANIZATIONS = 20_000;
const CHUNK_MS = 600_000;
/** Well within the lease. */
const LONGEST_CHUNK_MS = 1_200_000;
const LEASE_MS = 1_800_000;
/** The interval at which another process that records the same run is checked. */
const HELD_POLL_MS = 500;

/** The run that the command line asks for. It is saved with the execution, so it has no secret. */
type Asked = Pick<AuditRequest, "kind" | "domain" | "organizations" | "scheduledAt" | "policy" | "attribution">;

export interface LocalRun extends Asked {
  /** Default: `https://DOMAIN`. */
  readonly baseUrl?: string;
  readonly reserve: number;
  readonly restart: boolean;
  readonly store: EvidenceStore;
  /** The folder in which executions are saved. */
  readonly stateFolder: string;
  readonly tokenSource: TokenSource;
  /** For `pseudonyms`. It is not saved. */
  readonly pseudonymKey?: Uint8Array;
  /** How long no event must come until an update has read them all, in milliseconds. Default: as `tenantEvents` has it. */
  readonly quietMs?: number;
  readonly progress: ReportProgress;
  readonly signal: AbortSignal;
}

const askedSchema = v.object({
  kind: v.picklist(RUN_KINDS),
  domain: v.pipe(
    v.string(),
    v.transform((text) => parseDomain(text, "the saved execution")),
  ),
  organizations: v.union([v.literal("all"), v.array(v.custom<OrganizationId>((id) => typeof id === "string"))]),
  scheduledAt: v.nullable(v.custom<Timestamp>((at) => typeof at === "string")),
  policy: v.object({ source: v.picklist(["built-in", "file"]), text: v.string() }),
  attribution: v.picklist(ATTRIBUTIONS),
});

/**
 * Runs the audit on this machine, durably: it resumes what an earlier process left unfinished. When another process is
 * recording the same run, it waits for it. Throws `EvidenceStoreError`, and the signal's reason.
 */
export async function localAudit(run: LocalRun): Promise<AuditOutcome> {
  for (let isReported = false; ; isReported = true) {
    const outcome = await attempt(run, isReported);
    if (outcome.kind !== "skipped" || outcome.holder !== outcome.runId) return outcome;
    const message = `Run ${outcome.runId} is being recorded by another process; waiting for it.`;
    if (!isReported) run.progress({ kind: "warning", message });
    await systemClock.sleep(HELD_POLL_MS, run.signal);
  }
}

async function attempt(run: LocalRun, isRepeated: boolean): Promise<AuditOutcome> {
  const { attribution, domain, kind, organizations, policy, scheduledAt } = run;
  const { progress, pseudonymKey, restart, signal, stateFolder, store } = run;
  const clock = systemClock;
  const unique = randomUUID();
  const asked: Asked = { kind, domain, organizations, scheduledAt, policy, attribution };
  const folder = `${stateFolder}/tenant=${tenantOf(domain)}/executions`;
  // What cannot be created is reported by the claim.
  const made = await makeFolder(folder).catch(() => null);
  const saved = await claimExecution(folder, asked, { matches: (event) => isAskedFor(event, asked), restart, unique });
  if (saved.finishedSteps > 0) progress({ kind: "resumed", finishedSteps: saved.finishedSteps });
  const isKnown = isRepeated || saved.finishedSteps > 0 || (await hasRun(store, tenantOf(domain)));
  const api = await connected(run, isKnown).catch(async (error: unknown) => {
    if (made !== null) await removeEmptyFolders(folder, made);
    throw error;
  });
  const dependencies = {
    clock,
    store,
    managementApi: api,
    isDead: isDeadExecution,
    progress,
    ...(kind === "update" ? { events: tenantEvents({ ...tenantAccess(run), signal, quietMs: run.quietMs }) } : {}),
    ...(pseudonymKey === undefined ? {} : { pseudonymKey: async () => pseudonymKey }),
  };
  const last: { outcome?: AuditOutcome; error?: unknown } = {};
  const invoke = async (event: unknown, context: DurableContext) => {
    const request = requestOf(v.parse(askedSchema, event), processExecutionId(unique));
    const onError = (error: unknown) => {
      last.error = error;
    };
    const execution = durableExecution(context, { retries: SECONDS_OF_RETRIES, onError });
    last.outcome = await audit(request, dependencies, execution);
  };
  await runDurably({
    handler: (durableExecutionClient) => withDurableExecution(invoke, { durableExecutionClient }),
    event: saved.event,
    file: saved.file,
    clock,
    signal,
    lastError: () => last.error,
  }).catch((error: unknown) => {
    throw unsavedError(error, folder);
  });
  if (last.outcome === undefined) throw new TypeError("The execution ended without an outcome.");
  await rm(saved.file, { force: true });
  return last.outcome;
}

/** A tenant without a run in the store is asked first, before anything is written. */
async function connected(run: LocalRun, isKnown: boolean): Promise<ManagementApi> {
  const { reserve, signal } = run;
  const common = { ...tenantAccess(run), reserve };
  if (isKnown) return managementApi({ ...common, signal });
  return firstContact((options) => managementApi({ ...common, ...options }), run);
}

function tenantAccess({ baseUrl, domain, tokenSource }: LocalRun) {
  return { domain, baseUrl, tokenSource, clock: systemClock, version: PRODUCER.version };
}

async function hasRun(store: EvidenceStore, tenant: Tenant): Promise<boolean> {
  for await (const _key of store.list(manifestsPrefix(tenant))) return true;
  return false;
}

/** What could not be saved, as one line: the SDK wraps the system's error in `originalError`. */
function unsavedError(error: unknown, folder: string): unknown {
  const isWrapped = typeof error === "object" && error !== null && "originalError" in error;
  const code = systemCodeIn(isWrapped ? error.originalError : error);
  if (error instanceof EvidenceStoreError || code === null) return error;
  const advice = NO_ROOM.includes(code) ? "make room on the disk" : "check the disk";
  const message = `${folder}: the progress of the run could not be saved (${code}); ${advice}, then run the same command to resume.`;
  return new EvidenceStoreError("unreachable", message, { cause: error });
}

function requestOf(asked: Asked, executionId: string): AuditRequest {
  return {
    ...asked,
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

/** An interrupted run is resumed if the same is asked for again, and no other scheduled time is given. */
function isAskedFor(event: unknown, asked: Asked): boolean {
  const saved = v.safeParse(askedSchema, event);
  if (!saved.success) return false;
  const { attribution, domain, kind, organizations, scheduledAt, policy } = saved.output;
  return (
    kind === asked.kind &&
    attribution === asked.attribution &&
    domain === asked.domain &&
    JSON.stringify(organizations) === JSON.stringify(asked.organizations) &&
    policy.text === asked.policy.text &&
    (asked.scheduledAt === null || asked.scheduledAt === scheduledAt)
  );
}
