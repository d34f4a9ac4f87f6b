import { RunFailure } from "../domain/errors.ts";
import type { ObjectKey, RunId, Tenant } from "../domain/identifiers.ts";
import { tenantOf } from "../domain/tenant.ts";
import type { Execution } from "../execution/port.ts";
import { notify } from "../notify/notify.ts";
import { publish } from "../report/publish.ts";
import { begin } from "./begin.ts";
import { commit, failureResult, type RunResult, statusOf } from "./commit.ts";
import { compare } from "./compare.ts";
import { findShared } from "./facts.ts";
import { judge } from "./judge.ts";
import { noteReported } from "./lease.ts";
import { listOrganizations } from "./list.ts";
import type { AuditOutcome, AuditRequest, Dependencies, Run } from "./run.ts";
import { addSpending } from "./spending.ts";
import { sweep } from "./sweep.ts";
import { refuseVanished } from "./vanished.ts";

/**
 * The audit, from schedule to event: begin, list the Organizations, read them chunk by chunk into the snapshot, compare
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
  run: Run,
  request: AuditRequest,
  dependencies: Dependencies,
  execution: Execution,
): Promise<AuditOutcome> {
  try {
    const result = await findOut(run, request, dependencies, execution);
    return await commit(run, result, request, dependencies, execution);
  } catch (error) {
    // The run that took over is recorded; this one leaves no trace.
    if (error instanceof RunFailure && error.code === "superseded")
      return { kind: "skipped", runId: run.runId, holder: null };
    throw error;
  }
}

/** What the run found: everything that it read, what changed and what is wrong, or why it could not audit. */
async function findOut(
  run: Run,
  request: AuditRequest,
  dependencies: Dependencies,
  execution: Execution,
): Promise<RunResult> {
  try {
    const list = await listOrganizations(run, request, dependencies, execution);
    const work = { run, list, request, dependencies };
    const chunks = await sweep(work, execution);
    const snapshot = chunks.map((chunk) => chunk.snapshot);
    const shared = await findShared(work, snapshot, execution);
    const { changes, summary } = await compare(work, snapshot, shared, execution);
    refuseVanished(summary);
    const { findings, counts } = await judge(work, snapshot, shared, execution);
    return {
      status: statusOf(summary),
      files: [...snapshot, ...changes, ...findings],
      summary: { ...summary, findings: counts },
      error: null,
      spending: chunks.map(({ spending }) => spending).reduce(addSpending, list.spending),
    };
  } catch (error) {
    if (!(error instanceof RunFailure) || error.code === "superseded") throw error;
    return execution.step("failure", async () => failureResult(error, dependencies));
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
