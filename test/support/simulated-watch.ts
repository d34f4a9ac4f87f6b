import { audit } from "../../lambda/audit/audit.ts";
import type { AuditOutcome, AuditRequest } from "../../lambda/audit/run.ts";
import { lastObservation } from "../../lambda/domain/snapshot.ts";
import { ALWAYS, timestamp } from "../../lambda/domain/time.ts";
import { RecordedRuns } from "../../lambda/evidence/query/recorded-runs.ts";
import { readState } from "../../lambda/evidence/state/state.ts";
import { verifyTenant } from "../../lambda/evidence/verify/verify.ts";
import type { Execution } from "../../lambda/execution/port.ts";
import { dependencies, inProcessExecution, readEvidence, request, TENANT } from "./audit-harness.ts";
import { memoryEvidenceStore } from "./memory-evidence-store.ts";
import { changeText, SimulatedTenant, type SimulatedTenantOptions, stateText } from "./simulated-tenant.ts";
import { seeded } from "./virtual-tenant.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export interface SimulatedWatchOptions extends SimulatedTenantOptions {
  /** Minutes between two updates; null: only sweeps. */
  readonly everyMinutes: number | null;
  /** Days between two sweeps. */
  readonly sweepEveryDays: number;
  /** The share of runs that die at a step. */
  readonly crashes: number;
}

/** What runs of one kind did. */
export interface Work {
  invocations: number;
  steps: number;
  writes: number;
  reads: number;
  requests: number;
  /** What they took of the processor, in seconds. */
  seconds: number;
}

/** What a simulated watch over a tenant came to. */
export interface SimulatedWatch {
  readonly changes: number;
  readonly told: number;
  /** True changes that were told never, or more than once; told changes that were never made; wrong states; problems. */
  readonly wrong: readonly string[];
  /** Minutes from a change to the run that tells it, ascending. */
  readonly detection: readonly number[];
  readonly runs: { readonly sweeps: number; readonly updates: number; readonly nothing: number; readonly died: number };
  readonly missedByHints: number;
  readonly work: { readonly sweep: Work; readonly update: Work };
  /** Requests of the updates. */
  readonly requests: { readonly organizations: number; readonly hints: number };
}

const LEASE_MS = 60_000;
const DIED = new Error("The process died.");

/** Watches a simulated tenant with daily sweeps, and updates between them; the last run is a sweep. */
export async function simulateWatch(options: SimulatedWatchOptions): Promise<SimulatedWatch> {
  const { crashes, days, everyMinutes, seed, startMs, sweepEveryDays } = options;
  const tenant = new SimulatedTenant(options);
  const store = memoryEvidenceStore();
  const random = seeded(seed + 1);
  const runs = { sweeps: 0, updates: 0, nothing: 0, died: 0 };
  const wrong: string[] = [];
  const told = new Map<string, number>();
  const detection: number[] = [];
  let missedByHints = 0;
  let executions = 0;
  const clock = {
    now: () => Math.floor(tenant.nowMs),
    sleep: async (milliseconds: number) => tenant.passUntil(tenant.nowMs + milliseconds),
  };

  const work = { sweep: noWork(), update: noWork() };
  const requests = { organizations: 0, hints: 0 };

  const start = async (kind: AuditRequest["kind"], scheduledMs: number, executionId: string, execution: Execution) => {
    const events = tenant.events();
    const api = tenant.api();
    const done = work[kind];
    const before = { operations: store.operations.length, ...tenant.requests, at: performance.now() };
    const counted: Execution = {
      ...execution,
      step: (name, one) => {
        done.steps += 1;
        return execution.step(name, one);
      },
    };
    const chunk = { ...request(0).chunk, organizations: 2_000 };
    try {
      return await audit(
        request(0, { kind, scheduledAt: timestamp(scheduledMs), executionId, chunk, leaseMs: LEASE_MS }),
        dependencies(store, api, { clock, ...(events === undefined ? {} : { events }) }),
        counted,
      );
    } finally {
      const hints = tenant.requests.hints - before.hints;
      const organizations = tenant.requests.organizations - before.organizations;
      if (kind === "update") {
        requests.hints += hints;
        requests.organizations += organizations;
      }
      done.invocations += 1;
      done.requests += hints + organizations;
      done.seconds += (performance.now() - before.at) / 1_000;
      // A list is priced as a write.
      for (const { kind: called } of store.operations.slice(before.operations))
        if (called === "read" || called === "exists") done.reads += 1;
        else done.writes += 1;
    }
  };

  const run = async (kind: AuditRequest["kind"]): Promise<AuditOutcome | null> => {
    executions += 1;
    const executionId = `execution-${executions}`;
    const scheduledMs = Math.floor(tenant.nowMs);
    const saved = new Map<string, unknown>();
    if (random() >= crashes) return start(kind, scheduledMs, executionId, inProcessExecution);
    runs.died += 1;
    const dying = mortal(saved, Math.floor(random() * 14), random() < 0.5);
    const outcome = await start(kind, scheduledMs, executionId, dying).catch(rethrowOthers);
    // It is resumed, unless the machine is gone with what it saved. A sweep is then begun anew.
    tenant.passUntil(tenant.nowMs + MINUTE_MS);
    const isResumed = random() < 0.5;
    if (outcome !== null) return outcome;
    if (isResumed) return start(kind, scheduledMs, executionId, mortal(saved, Number.POSITIVE_INFINITY, false));
    if (kind === "update") return null;
    return start(kind, Math.floor(tenant.nowMs) + MINUTE_MS, `${executionId}-again`, inProcessExecution);
  };

  const seen = new Set<string>();
  const note = async () => {
    for (const manifest of (await RecordedRuns.read(store, TENANT)).readable) {
      if (seen.has(manifest.runId)) continue;
      seen.add(manifest.runId);
      missedByHints += manifest.summary.missedByHints ?? 0;
      if (manifest.kind === "update") runs.updates += 1;
      else runs.sweeps += 1;
      const { changes, snapshot } = await readEvidence(store, manifest.runId);
      for (const { change, connectionId, organizationId } of changes) {
        const text = changeText(change, organizationId, connectionId);
        told.set(text, (told.get(text) ?? 0) + 1);
        const madeMs = tenant.truth.get(text);
        if (madeMs === undefined) wrong.push(`${manifest.runId} tells what never happened: ${text}`);
        else detection.push((Date.parse(manifest.completedAt) - madeMs) / MINUTE_MS);
      }
      for (const line of snapshot) if (line.status === "observed") checkLine(tenant, line, wrong);
    }
  };

  const endMs = startMs + days * DAY_MS;
  for (let day = 0; day <= days; day += 1) {
    tenant.passUntil(startMs + day * DAY_MS);
    if (day % sweepEveryDays === 0 || day === days) await run("sweep");
    await note();
    await checkState(store, tenant, wrong);
    if (everyMinutes === null) continue;
    const nextMs = Math.min(endMs, startMs + (day + 1) * DAY_MS);
    for (
      let atMs = startMs + day * DAY_MS + everyMinutes * MINUTE_MS;
      atMs < nextMs;
      atMs += everyMinutes * MINUTE_MS
    ) {
      if (atMs < tenant.nowMs) continue;
      tenant.passUntil(atMs);
      if ((await run("update"))?.kind === "nothing_hinted") runs.nothing += 1;
    }
    await note();
    await checkState(store, tenant, wrong);
  }
  const firstMs = startMs + 0.01 * DAY_MS;
  for (const [text, madeMs] of tenant.truth) {
    const times = told.get(text) ?? 0;
    if (times > 1) wrong.push(`told ${times} times: ${text}`);
    // What happened while the first sweep was at work belongs to its baseline, or to the next run.
    if (times === 0 && madeMs > firstMs && madeMs < endMs) wrong.push(`never told: ${text}`);
  }
  const verification = await verifyTenant(store, {
    tenant: TENANT,
    range: ALWAYS,
    isSignature: null,
    anchors: [],
    notedHead: null,
    nowMs: clock.now(),
    onProblem: ({ message }) => wrong.push(message),
  });
  if (verification.runs !== seen.size) wrong.push(`${verification.runs} runs were verified, and ${seen.size} noted.`);
  return {
    changes: tenant.truth.size,
    told: [...told.values()].reduce((sum, times) => sum + times, 0),
    wrong,
    detection: detection.sort((one, other) => one - other),
    runs,
    missedByHints,
    work,
    requests,
  };
}

function noWork(): Work {
  return { invocations: 0, steps: 0, writes: 0, reads: 0, requests: 0, seconds: 0 };
}

type Line = Parameters<typeof lastObservation>[0];

function checkLine(tenant: SimulatedTenant, line: Line, wrong: string[]): void {
  const last = lastObservation(line);
  if (last === null) return;
  const shown = stateText(last.enabledConnections.map(({ connectionId }) => connectionId));
  if (shown !== tenant.truthAt(line.organizationId, Date.parse(last.observedAt) + 1))
    wrong.push(`${line.organizationId} is not as it was at ${last.observedAt}.`);
}

/** The state is what each Organization was at its last look. */
async function checkState(
  store: ReturnType<typeof memoryEvidenceStore>,
  tenant: SimulatedTenant,
  wrong: string[],
): Promise<void> {
  const runs = await RecordedRuns.read(store, TENANT);
  const last = runs.last(ALWAYS);
  if (last === null) return void wrong.push("No run is recorded.");
  for await (const { known } of readState(store, runs.layersAt(last))) checkLine(tenant, known, wrong);
}

/** An execution that dies at a step, before or after its result is saved. */
function mortal(saved: Map<string, unknown>, limit: number, isSavedFirst: boolean): Execution {
  let steps = 0;
  return {
    ...inProcessExecution,
    step: async <Result>(name: string, work: () => Promise<Result>): Promise<Result> => {
      if (saved.has(name)) return structuredClone(saved.get(name)) as Result;
      const result = await work();
      steps += 1;
      if (steps > limit && !isSavedFirst) throw DIED;
      saved.set(name, result);
      if (steps > limit) throw DIED;
      return result;
    },
  };
}

function rethrowOthers(error: unknown): null {
  if (error !== DIED) throw error;
  return null;
}
