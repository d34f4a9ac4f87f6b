import { RunFailure } from "../domain/errors.ts";
import type { Execution } from "../execution/port.ts";
import { notify } from "../notify/notify.ts";
import { publish } from "../report/publish.ts";
import { begin } from "./begin.ts";
import { commitFailure, commitSweep } from "./commit.ts";
import { listOrganizations } from "./organization-list.ts";
import type { AuditOutcome, AuditRequest, Dependencies, Run } from "./run.ts";
import { sweep } from "./sweep.ts";

/**
 * The audit, from schedule to event: begin, list the Organizations, sweep them chunk by chunk (observe, snapshot, diff),
 * commit the manifest, publish the reports, tell who wants to know. Everything happens in steps of `execution`, so a run that dies anywhere goes
 * on where it was. Throws only what keeps the run from being recorded (`EvidenceStoreError`) or told of (`EventBusError`).
 */
export async function audit(
  request: AuditRequest,
  dependencies: Dependencies,
  execution: Execution,
): Promise<AuditOutcome> {
  const beginning = await execution.step("begin", () => begin(request, dependencies));
  if (beginning.kind !== "begun") return beginning;
  const { run } = beginning;
  const recorded = await record(run, request, dependencies, execution);
  if (recorded.kind !== "recorded") return recorded;
  const { manifestKey } = recorded;
  await execution.step("publish", () => publish(dependencies.store, manifestKey));
  const { notice } = dependencies;
  if (notice !== undefined) await execution.step("notify", () => notify(notice, dependencies, manifestKey));
  return recorded;
}

async function record(
  run: Run,
  request: AuditRequest,
  dependencies: Dependencies,
  execution: Execution,
): Promise<AuditOutcome> {
  const found = await unlessFailed(async () => {
    const list = await listOrganizations(run, request, dependencies, execution);
    const chunks = await sweep({ run, list, request, dependencies }, execution);
    return execution.step("commit", () => commitSweep(run, list, chunks, request, dependencies));
  });
  if (!(found instanceof RunFailure)) return found;
  const recorded =
    found.code === "superseded"
      ? found
      : await unlessFailed(() =>
          execution.step("commit-failure", () => commitFailure(run, found, request, dependencies)),
        );
  if (!(recorded instanceof RunFailure)) return recorded;
  // Whoever took the sweep over is recorded; this run leaves no trace.
  return { kind: "skipped", runId: run.runId, holder: null };
}

async function unlessFailed<Result>(work: () => Promise<Result>): Promise<Result | RunFailure> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RunFailure) return error;
    throw error;
  }
}
