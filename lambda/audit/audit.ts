import { RunFailure } from "../domain/errors.ts";
import type { ObjectKey, RunId, Tenant } from "../domain/identifiers.ts";
import { tenantOf } from "../domain/tenant.ts";
import type { Execution } from "../execution/port.ts";
import { type HintsPlace, moveHintsPlace } from "../hints/place.ts";
import { notify } from "../notify/notify.ts";
import { publish } from "../report/publish.ts";
import { begin } from "./begin.ts";
import { commit, failureResult, type RunResult, statusOf } from "./commit.ts";
import { compare } from "./compare.ts";
import { findFacts } from "./facts.ts";
import { judge } from "./judge.ts";
import { noteReported } from "./lease.ts";
import { findUnread } from "./missed.ts";
import { readOperations, readRest } from "./operations/read.ts";
import { writeOperations } from "./operations/write.ts";
import { type Plan, plan } from "./plan.ts";
import type { AuditOutcome, AuditRequest, Dependencies, Run } from "./run.ts";
import { addSpending } from "./spending.ts";
import { sweep } from "./sweep.ts";
import { refuseVanished } from "./vanished.ts";

/**
 * The audit, from schedule to event: begin, find the Organizations to read, read them chunk by chunk into the snapshot, compare
 * that with the state before, judge it by the policy, commit the manifest, report the run to metrics and event bus, publish
 * its reports. All of it happens in steps of `execution`: a run that dies anywhere is resumed. Throws only what keeps the
 * run from being recorded (`EvidenceStoreError`, `EvidenceError`) or reported (`EventBusError`).
 */
export async function audit(
  request: AuditRequest,
  dependencies: Dependencies,
  execution: Execution,
): Promise<AuditOutcome> {
  const beginning = await execution.step("begin", () => begin(request, dependencies));
  switch (beginning.kind) {
    case "skipped":
      return beginning;
    case "already_recorded": {
      const { runId, key } = beginning.record;
      if (!beginning.isReported) await report(tenantOf(request.domain), runId, key, request, dependencies, execution);
      return { kind: "already_recorded", runId, manifestKey: key };
    }
    case "begun": {
      const { run } = beginning;
      const recorded = await record(run, request, dependencies, execution);
      if (recorded.kind === "recorded")
        await report(run.tenant, run.runId, recorded.manifestKey, request, dependencies, execution);
      return recorded;
    }
  }
}

async function record(
  begun: Run,
  request: AuditRequest,
  dependencies: Dependencies,
  execution: Execution,
): Promise<AuditOutcome> {
  try {
    const found = await findOut(begun, request, dependencies, execution);
    if (found.kind === "ended") return found.outcome;
    const { place, result, run } = found;
    const recorded = await commit(run, result, request, dependencies, execution);
    if (place !== null) await execution.step("place", () => moveHintsPlace(dependencies.store, run.tenant, place));
    return recorded;
  } catch (error) {
    // The run that took over is recorded; this one leaves no trace.
    if (error instanceof RunFailure && error.code === "superseded")
      return { kind: "skipped", runId: begun.runId, holder: null };
    throw error;
  }
}

/** What a run came to, or how it ended without anything to record. */
type FoundOut =
  | { readonly kind: "found"; readonly run: Run; readonly result: RunResult; readonly place: HintsPlace | null }
  | Extract<Plan, { kind: "ended" }>;

/** What the run found: everything that it read, what changed, who did it and what is wrong, or why it could not audit. */
async function findOut(
  begun: Run,
  request: AuditRequest,
  dependencies: Dependencies,
  execution: Execution,
): Promise<FoundOut> {
  try {
    const planned = await plan(begun, request, dependencies, execution);
    if (planned.kind === "ended") return planned;
    const { place, updates, work } = planned;
    const chunks = await sweep(work, execution);
    const snapshot = chunks.map((chunk) => chunk.snapshot);
    const operations = await (planned.operations === null
      ? readOperations(work, execution)
      : readRest(work, planned.operations, execution));
    const facts = await findFacts(work, snapshot, operations, execution);
    const unread = await findUnread(work, operations, execution);
    const { changes, summary, ...decided } = await compare(work, snapshot, { facts, operations, unread }, execution);
    refuseVanished(summary);
    const { findings, counts } = await judge(work, snapshot, facts, execution);
    const { files, undone } = await writeOperations(work, operations, decided, execution);
    const result = {
      status: statusOf(summary),
      files: [...snapshot, ...changes, ...findings, ...files],
      summary: { ...summary, findings: counts, undone },
      logs: operations.coverage,
      updates,
      error: null,
      spending: [work.list, ...chunks, operations].map(({ spending }) => spending).reduce(addSpending),
    };
    const run = { ...work.run, warnings: [...work.run.warnings, ...decided.warnings] };
    return { kind: "found", run, result, place };
  } catch (error) {
    if (!(error instanceof RunFailure) || error.code === "superseded") throw error;
    const result = await execution.step("failure", async () => failureResult(error, dependencies));
    return { kind: "found", run: begun, result, place: null };
  }
}

/** Metrics and event come first: a report that cannot be made must not keep anybody from hearing of the run. */
async function report(
  tenant: Tenant,
  runId: RunId,
  key: ObjectKey,
  { chunk }: AuditRequest,
  dependencies: Dependencies,
  execution: Execution,
): Promise<void> {
  const { notice, store } = dependencies;
  // A wait ends the invocation: a large run's reports get the time of one of their own.
  if (chunk.pauseSeconds > 0) await execution.wait("before-reporting", chunk.pauseSeconds);
  const refused = notice === undefined ? null : await notify(notice, dependencies, key, execution);
  await execution.step("publish", () => publish(store, key));
  if (refused !== null) throw refused;
  if (notice !== undefined) await execution.step("reported", () => noteReported(dependencies, tenant, runId));
}
