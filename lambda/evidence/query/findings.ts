import type { Severity } from "../../domain/change.ts";
import { ConfigurationError } from "../../domain/errors.ts";
import type { Finding, FindingStatus } from "../../domain/finding.ts";
import type { OrganizationId } from "../../domain/identifiers.ts";
import { findingsOfLine } from "../../findings/findings-of-line.ts";
import { type Policy, parsePolicy } from "../../findings/policy.ts";
import type { Manifest } from "../format/manifest.ts";
import { stateFindings } from "../state/findings.ts";
import { readConnections } from "../state/sharing.ts";
import { readState } from "../state/state.ts";
import { readPolicyText } from "../store/policies.ts";
import type { EvidenceReader } from "../store/port.ts";
import type { RecordedRuns } from "./recorded-runs.ts";

/** Which findings are asked for; null or absent: all. */
export interface FindingFilter {
  readonly organizationId?: OrganizationId | null;
  readonly rule?: string | null;
  readonly severity?: Severity | null;
  readonly status?: FindingStatus | null;
}

/** The findings that are asked for. */
export async function* matching(findings: AsyncIterable<Finding>, filter: FindingFilter): AsyncGenerator<Finding> {
  const { organizationId = null, rule = null, severity = null, status = null } = filter;
  for await (const finding of findings)
    if (
      (organizationId === null || finding.organizationId === organizationId) &&
      (rule === null || finding.rule === rule) &&
      (severity === null || finding.severity === severity) &&
      (status === null || finding.status === status)
    )
      yield finding;
}

/**
 * The findings of the state at a run, as its runs recorded them, in the order of the evidence. Throws `ConfigurationError`
 * when one of these runs recorded none, because an earlier version wrote it; `EvidenceError`.
 */
export function findingsAt(store: EvidenceReader, runs: RecordedRuns, run: Manifest): AsyncGenerator<Finding> {
  const layers = runs.layersAt(run);
  const unjudged = layers.find(({ policy }) => policy === null);
  if (unjudged !== undefined)
    throw new ConfigurationError(
      `--at: run ${unjudged.runId} recorded no findings: an earlier version made it. To judge it now, add --policy FILE; a file with {"version":1} means the built-in rules.`,
    );
  return recordedFindings(store, layers);
}

async function* recordedFindings(store: EvidenceReader, layers: readonly Manifest[]): AsyncGenerator<Finding> {
  for await (const { findings } of stateFindings(store, layers)) yield* findings;
}

/**
 * What a policy finds in the state at a run, whichever policy judged it then. Each finding is first seen in that run. The
 * state is read twice: first for which connections several Organizations have. Throws `EvidenceError`.
 */
export async function* judgedAgain(
  store: EvidenceReader,
  runs: RecordedRuns,
  run: Manifest,
  policy: Policy,
): AsyncGenerator<Finding> {
  const layers = runs.layersAt(run);
  const judging = { run, policy, facts: (await readConnections(store, layers)).sharing };
  for await (const { known } of readState(store, layers)) yield* findingsOfLine(known, null, judging);
}

/** The IDs of the custom rules that judged the state at a run. Throws `EvidenceError`, `ConfigurationError`. */
export async function customRulesAt(
  store: EvidenceReader,
  runs: RecordedRuns,
  run: Manifest,
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  const policies = new Map(runs.layersAt(run).flatMap(({ policy }) => (policy === null ? [] : [[policy.key, policy]])));
  for (const policy of policies.values())
    for (const { id } of parsePolicy(await readPolicyText(store, policy), policy.key).custom) ids.add(id);
  return ids;
}
