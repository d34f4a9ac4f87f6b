import type { Updates } from "../evidence/format/manifest.ts";
import type { Execution } from "../execution/port.ts";
import type { HintsPlace } from "../hints/place.ts";
import { asSweep } from "./begin.ts";
import { endWithoutRecord, findHinted, gapTexts } from "./hint.ts";
import { decodeHinted } from "./hinted-list.ts";
import { listOrganizations } from "./list.ts";
import { type FoundOperations, readOperations } from "./operations/read.ts";
import type { AuditOutcome, AuditRequest, Dependencies, Run } from "./run.ts";
import { NOTHING_SPENT } from "./spending.ts";
import type { Sweep } from "./work.ts";

/** A state of more runs than this is slow to read. It is well below the most that a state can have. */
const MOST_RUNS = 1_000;

/** What a run has to do. */
export type Plan =
  | {
      readonly kind: "work";
      readonly work: Sweep;
      /** For an update: the operations that hints were taken from. A sweep reads the logs when it has read everything else. */
      readonly operations: FoundOperations | null;
      readonly updates: Updates | null;
      /** Where the next update starts, once this run is recorded; null: where it did before. */
      readonly place: HintsPlace | null;
    }
  | { readonly kind: "ended"; readonly outcome: AuditOutcome };

/**
 * Finds the Organizations that the run reads: all in scope, or those that hints name. An update to which nothing is hinted
 * ends here; one to which too much is hinted becomes a sweep. Throws `RunFailure`.
 */
export async function plan(
  run: Run,
  request: AuditRequest,
  dependencies: Dependencies,
  execution: Execution,
): Promise<Plan> {
  if (run.kind === "sweep") return sweepPlan(run, request, dependencies, execution);
  const { base, place, runId, state } = run;
  const context = { request, dependencies, execution };
  if (base === null || place === null) return end(run, refused(noSweepText(request)), null, context);
  if (state.length > MOST_RUNS) return sweepInstead(run, tooManyText(state.length), request, dependencies, execution);
  const nothing = { segments: [], organizations: 0, spending: NOTHING_SPENT };
  const everything = { run, list: nothing, wanted: "all", hinted: null, request, dependencies } as const;
  const operations = await readOperations(everything, execution);
  const hinted = await findHinted({ run, base, place, operations, request, dependencies }, execution);
  // A list is a part of the tenant: what hints say of the rest is left to the updates of the whole.
  const moves = run.scope === base.scope;
  switch (hinted.kind) {
    case "refused":
      return end(run, refused(hinted.message), null, context);
    case "nothing":
      return end(
        run,
        { kind: "nothing_hinted", runId, until: hinted.place.until },
        moves ? hinted.place : null,
        context,
      );
    case "sweep":
      return sweepInstead(run, hinted.why, request, dependencies, execution);
    case "update": {
      const { updates, warnings } = hinted;
      const organizations = decodeHinted(hinted.organizations);
      const work: Sweep = {
        ...everything,
        run: { ...run, warnings },
        list: { ...nothing, organizations: organizations.length },
        wanted: organizations.map(({ organizationId }) => organizationId),
        hinted: organizations,
      };
      return { kind: "work", work, operations, updates, place: moves ? hinted.place : null };
    }
  }
}

/** The update becomes a sweep. `why` is a sentence. */
async function sweepInstead(
  run: Run,
  why: string,
  request: AuditRequest,
  dependencies: Dependencies,
  execution: Execution,
): Promise<Plan> {
  const swept = await execution.step("sweep-instead", () => asSweep(run, why, request, dependencies));
  return sweepPlan(swept, request, dependencies, execution);
}

async function sweepPlan(
  run: Run,
  request: AuditRequest,
  dependencies: Dependencies,
  execution: Execution,
): Promise<Plan> {
  const told = { ...run, warnings: [...run.warnings, ...gapTexts(run.place?.gap ?? null)] };
  const list = await listOrganizations(told, request, dependencies, execution);
  const work: Sweep = { run: told, list, wanted: request.organizations, hinted: null, request, dependencies };
  return { kind: "work", work, operations: null, updates: null, place: null };
}

interface Context {
  readonly request: AuditRequest;
  readonly dependencies: Dependencies;
  readonly execution: Execution;
}

/** The run ends without a record. */
async function end(
  run: Run,
  outcome: AuditOutcome,
  place: HintsPlace | null,
  { request, dependencies, execution }: Context,
): Promise<Plan> {
  await endWithoutRecord(run, place, request, dependencies, execution);
  return { kind: "ended", outcome };
}

function refused(message: string): AuditOutcome {
  return { kind: "refused", message };
}

function tooManyText(runs: number): string {
  return `The state of the tenant consists of ${runs} runs, more than ${MOST_RUNS}: a sweep is started instead of an update. Sweep more often.`;
}

function noSweepText({ domain }: AuditRequest): string {
  return `There is no sweep of ${domain} that an update could build on. Run one first: npm start -- --domain ${domain}`;
}
