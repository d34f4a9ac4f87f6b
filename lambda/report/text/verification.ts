import { counted, grouped, plain } from "../../domain/text.ts";
import type { ManifestReference } from "../../evidence/format/manifest.ts";
import { PROBLEM_VERDICTS, type Problem, type Verdict } from "../../evidence/verify/problem.ts";
import type { Verification } from "../../evidence/verify/verify.ts";
import type { CheckedReports } from "../check-reports.ts";

/** The verification of one tenant's evidence, with its problems. */
export interface VerifiedTenant extends Omit<Verification, "problems"> {
  readonly problems: readonly Problem[];
  readonly reports: CheckedReports;
  readonly notChecked: readonly NotChecked[];
}

/** What verification left out, and why. */
export type NotChecked = keyof typeof NOT_CHECKED;
const NOT_CHECKED = {
  signatures: "signatures (use --public-key)",
  runs_outside_period: "files, signatures and reports of runs outside --since and --until",
  reports_of_other_versions: "reports that this version cannot render again",
  state: "v1/state/, which is not evidence",
} as const;

/** The worst verdict among the problems; `valid` without problems. */
export function verdictOf(problems: readonly Problem[]): Verdict {
  return PROBLEM_VERDICTS.find((verdict) => problems.some((problem) => problem.verdict === verdict)) ?? "valid";
}

/** A problem in one line for a terminal. */
export function problemLine({ verdict, message }: Problem): string {
  return plain(`${verdict.replace("_", " ").padEnd(17)} ${message}`);
}

/** A summary of what was verified, for a terminal. Printed after the problems. */
export function verificationLines(verified: VerifiedTenant): readonly string[] {
  const { anchored, bytes, files, problems, head, notChecked, givenTimes, rows, runs, tenant, unnamed, unnamedParts } =
    verified;
  const counts = PROBLEM_VERDICTS.flatMap((verdict) => {
    const count = problems.filter((problem) => problem.verdict === verdict).length;
    return count === 0 ? [] : [`${grouped(count)} ${verdict.replace("_", " ")}`];
  });
  return [
    `${tenant}: ${counted(runs, "run")}, ${counted(files, "file")}, ${counted(rows, "line")}, ${grouped(Math.round(bytes / 1e6))} MB of content.`,
    counts.length === 0 ? "All evidence is valid." : `Not valid: ${counts.join(", ")}.`,
    ...(unnamedParts === 0
      ? []
      : [
          `${counted(unnamedParts, "file")} not listed in any manifest: left by interrupted runs, or by a run whose manifest was removed.`,
          ...unnamed.map((key) => `unnamed           ${key}`),
        ]),
    ...givenTimes.map(
      ({ runId, startedAt }) => `Run ${runId} was given this name (--scheduled-time); it started at ${startedAt}.`,
    ),
    ...anchored.map(({ runId, sha256 }) => `Anchor ${sha256}: the manifest of run ${runId}.`),
    `Not checked: ${notChecked.map((what) => NOT_CHECKED[what]).join("; ")}.`,
    ...(head === null ? [] : [`The chain ends with run ${head.runId}. SHA-256 of its manifest: ${head.sha256}`]),
  ].map(plain);
}

/** The verification of all tenants as JSON. `unknown` are objects that belong to no tenant. */
export function verificationJson(tenants: readonly VerifiedTenant[], unknown: readonly Problem[] = []): string {
  const result = {
    verdict: verdictOf([...unknown, ...tenants.flatMap(({ problems }) => problems)]),
    tenants: tenants.map((verified) => ({
      tenant: verified.tenant,
      verdict: verdictOf(verified.problems),
      runs: verified.runs,
      files: verified.files,
      rows: verified.rows,
      bytes: verified.bytes,
      head: verified.head && referenceObject(verified.head),
      unnamed_parts: verified.unnamedParts,
      findings: verified.problems.map(problemObject),
      unnamed: verified.unnamed,
      given_times: verified.givenTimes.map(({ runId, startedAt }) => ({ run_id: runId, started_at: startedAt })),
      anchors: verified.anchored.map(referenceObject),
      reports: { compared: verified.reports.compared, not_compared: verified.reports.notCompared },
      not_checked: verified.notChecked,
    })),
    findings: unknown.map(problemObject),
  };
  return `${JSON.stringify(result, null, 2)}\n`;
}

function referenceObject({ key, runId, sha256 }: ManifestReference): object {
  return { run_id: runId, key, sha256 };
}

function problemObject({ key, message, runId, verdict }: Problem): object {
  return { verdict, key, run_id: runId, message };
}
