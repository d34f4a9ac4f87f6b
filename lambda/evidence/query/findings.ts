import type { Severity } from "../../domain/change.ts";
import { ConfigurationError } from "../../domain/errors.ts";
import type { Finding, FindingStatus } from "../../domain/finding.ts";
import type { OrganizationId } from "../../domain/identifiers.ts";
import { findingsOfLine } from "../../findings/findings-of-line.ts";
import { parsePolicy } from "../../findings/policy.ts";
import type { Manifest } from "../format/manifest.ts";
import { stateFindings } from "../state/findings.ts";
import { readSharing } from "../state/sharing.ts";
import { readState } from "../state/state.ts";
import type { EvidenceReader } from "../store/port.ts";
import type { RecordedRuns } from "./recorded-runs.ts";

/** Which findings are asked for; null or absent: all. */
export interface FindingFilter {
  readonly organizationId?: OrganizationId | null;
  readonly rule?: string | null;
  readonly severity?: Severity | null;
  readonly status?: FindingStatus | null;
}

/** Whether a finding is asked for. */
export function isAsked(finding: Finding, filter: FindingFilter): boolean {
  const { organizationId = null, rule = null, severity = null, status = null } = filter;
  return (
    (organizationId === null || finding.organizationId === organizationId) &&
    (rule === null || finding.rule === rule) &&
    (severity === null || finding.severity === severity) &&
    (status === null || finding.status === status)
  );
}

/**
 * The findings of the state at a run, as its runs recorded them, in the order of the evidence. Throws `ConfigurationError`
 * when one of these runs recorded none, because an earlier version wrote it; `EvidenceError`.
 */
export async function* findingsAt(store: EvidenceReader, runs: RecordedRuns, run: Manifest): AsyncGenerator<Finding> {
  const layers = runs.layersAt(run);
  const unjudged = layers.find(({ policy }) => policy === null);
  if (unjudged !== undefined)
    throw new ConfigurationError(
      `--at: run ${unjudged.runId} recorded no findings: an earlier version made it. To judge it now, add --policy FILE; a file with {"version":1} means the built-in rules.`,
    );
  for await (const { findings } of stateFindings(store, layers)) yield* findings;
}

/**
 * What a policy finds in the state at a run, whichever policy judged it then. Each finding is first seen in that run. The
 * state is read twice: first for which connections several Organizations have. Throws `ConfigurationError` as
 * `parsePolicy` does, `EvidenceError`.
 */
export async function* judgedAgain(
  store: EvidenceReader,
  runs: RecordedRuns,
  run: Manifest,
  policy: { readonly text: string; readonly where: string },
): AsyncGenerator<Finding> {
  const layers = runs.layersAt(run);
  const judging = {
    run,
    policy: parsePolicy(policy.text, policy.where),
    facts: await readSharing(store, layers),
  };
  for await (const { known } of readState(store, layers)) yield* findingsOfLine(known, null, judging);
}
