import { addFindings, countFindings, EMPTY_SUMMARY, type FindingCounts } from "../changes/summary.ts";
import { ConfigurationError, RunFailure } from "../domain/errors.ts";
import { decodeFinding, encodeFinding } from "../evidence/format/lines.ts";
import type { EvidenceFile, Manifest } from "../evidence/format/manifest.ts";
import { stateFindings } from "../evidence/state/findings.ts";
import { describePart } from "../evidence/store/part-reader.ts";
import { PART_CONTENT_TYPE, PartWriter } from "../evidence/store/part-writer.ts";
import { readPolicyText } from "../evidence/store/policies.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import type { Execution } from "../execution/port.ts";
import { findingsOfLine, type Judging } from "../findings/findings-of-line.ts";
import { parsePolicy } from "../findings/policy.ts";
import { pairUp } from "../streams/merge.ts";
import { isPast, MOST_PARTS, snapshotLines } from "./compare.ts";
import { readFacts, type StoredFacts } from "./facts.ts";
import { renewLease } from "./lease.ts";
import { attemptPartKey } from "./part-names.ts";
import type { Run } from "./run.ts";
import { readLayers, unreadable } from "./state.ts";
import type { Sweep } from "./work.ts";

/** What judging some parts came to: saved with the execution. */
interface Judged {
  readonly findings: readonly EvidenceFile[];
  readonly counts: FindingCounts;
}

/**
 * Judges the stored snapshot by the stored policy, and writes one findings part for each snapshot part. All of it is a
 * function of stored bytes. Throws `RunFailure`.
 */
export async function judge(
  work: Sweep,
  snapshot: readonly EvidenceFile[],
  shared: StoredFacts,
  execution: Execution,
): Promise<Judged> {
  const findings: EvidenceFile[] = [];
  let counts = EMPTY_SUMMARY.findings;
  while (findings.length < snapshot.length) {
    const from = findings.length;
    const judged = await execution.step<Judged>(`judge-${from}`, () => judgeParts(work, snapshot, shared, from));
    findings.push(...judged.findings);
    counts = addFindings(counts, judged.counts);
  }
  return { findings, counts };
}

async function judgeParts(
  work: Sweep,
  snapshot: readonly EvidenceFile[],
  shared: StoredFacts,
  from: number,
): Promise<Judged> {
  const { run, request, dependencies } = work;
  const { clock, store } = dependencies;
  const deadlineMs = clock.now() + request.chunk.usualMs();
  await renewLease(run, request, dependencies);
  const judging = await judgingOf(store, run, shared);
  const layers = await readLayers(store, run);
  const findings: EvidenceFile[] = [];
  let counts = EMPTY_SUMMARY.findings;
  for (let part = from; part < snapshot.length; part += 1) {
    if (part > from && (clock.now() >= deadlineMs || findings.length === MOST_PARTS)) break;
    const judged = await judgePart(work, snapshot, part, { judging, layers });
    findings.push(judged.file);
    counts = addFindings(counts, judged.counts);
  }
  return { findings, counts };
}

async function judgingOf(store: EvidenceReader, run: Run, shared: StoredFacts): Promise<Judging> {
  const { policy, runId, startedAt } = run;
  try {
    const text = await readPolicyText(store, policy);
    return {
      run: { runId, startedAt },
      policy: parsePolicy(text, policy.key),
      facts: (await readFacts(store, run, shared)).sharing,
    };
  } catch (error) {
    if (error instanceof ConfigurationError)
      throw new RunFailure("evidence_unreadable", error.message, { cause: error });
    throw unreadable(error, "The policy of the run can no longer be read");
  }
}

async function judgePart(
  { run, wanted, dependencies: { store } }: Sweep,
  snapshot: readonly EvidenceFile[],
  part: number,
  { judging, layers }: { readonly judging: Judging; readonly layers: readonly Manifest[] },
): Promise<{ readonly file: EvidenceFile; readonly counts: FindingCounts }> {
  const current = snapshot[part];
  if (current === undefined) throw new RangeError(`The snapshot has no part ${part}.`);
  const after = snapshot[part - 1]?.lastOrganizationId ?? null;
  const writer = new PartWriter<"findings">("findings", attemptPartKey(run, "findings", part));
  let counts = EMPTY_SUMMARY.findings;
  try {
    const before = stateFindings(store, layers, wanted === "all" ? { after } : { after, wanted });
    for await (const { organizationId, left, right } of pairUp(before, snapshotLines(store, current))) {
      if (isPast(organizationId, current)) break;
      if (right === null) continue;
      const findings = findingsOfLine(right, left, judging);
      for (const finding of findings) await writer.add(organizationId, encodeFinding(finding));
      counts = addFindings(counts, countFindings(run.runId, findings, left?.findings ?? []));
    }
  } catch (error) {
    throw unreadable(error, "The previous evidence can no longer be read");
  }
  const { body, file } = await writer.finish();
  const made = await store.create(file.key, body, PART_CONTENT_TYPE);
  const earlier =
    made === "exists"
      ? await describePart<"findings">(
          store,
          "findings",
          file.key,
          (line) => decodeFinding(line, file.key).organizationId,
        )
      : null;
  return { file: earlier ?? file, counts };
}
