import { counted, grouped, plain } from "../../domain/text.ts";
import { FINDING_VERDICTS, type Finding, type Verdict } from "../../evidence/verify/finding.ts";
import type { Verification } from "../../evidence/verify/verify.ts";

/** The verification of one tenant's evidence, with its findings. */
export interface VerifiedTenant extends Omit<Verification, "findings"> {
  readonly findings: readonly Finding[];
}

/** The worst verdict among the findings; `valid` without findings. */
export function verdictOf(findings: readonly Finding[]): Verdict {
  return FINDING_VERDICTS.find((verdict) => findings.some((finding) => finding.verdict === verdict)) ?? "valid";
}

/** A finding in one line for a terminal. */
export function findingLine({ verdict, message }: Finding): string {
  return plain(`${verdict.replace("_", " ").padEnd(17)} ${message}`);
}

/** A summary of what was verified, for a terminal. Printed after the findings. */
export function verificationLines(verified: VerifiedTenant): readonly string[] {
  const { bytes, files, findings, head, rows, runs, tenant, unnamedParts } = verified;
  const counts = FINDING_VERDICTS.flatMap((verdict) => {
    const count = findings.filter((finding) => finding.verdict === verdict).length;
    return count === 0 ? [] : [`${grouped(count)} ${verdict.replace("_", " ")}`];
  });
  return [
    `${tenant}: ${counted(runs, "run")}, ${counted(files, "file")}, ${counted(rows, "line")}, ${grouped(Math.round(bytes / 1e6))} MB of content.`,
    counts.length === 0 ? "All evidence is valid." : `Not valid: ${counts.join(", ")}.`,
    ...(unnamedParts === 0
      ? []
      : [
          `${counted(unnamedParts, "file")} not listed in any manifest: left by interrupted runs, or by a run whose manifest was removed.`,
        ]),
    ...(head === null ? [] : [`The chain ends with run ${head.runId}. SHA-256 of its manifest: ${head.sha256}`]),
  ].map(plain);
}

/** The verification of all tenants as JSON. */
export function verificationJson(tenants: readonly VerifiedTenant[]): string {
  const result = {
    verdict: verdictOf(tenants.flatMap(({ findings }) => findings)),
    tenants: tenants.map(({ bytes, files, findings, head, rows, runs, tenant, unnamedParts }) => ({
      tenant,
      verdict: verdictOf(findings),
      runs,
      files,
      rows,
      bytes,
      head: head && { run_id: head.runId, key: head.key, sha256: head.sha256 },
      unnamed_parts: unnamedParts,
      findings: findings.map(({ key, message, runId, verdict }) => ({ verdict, key, run_id: runId, message })),
    })),
  };
  return `${JSON.stringify(result, null, 2)}\n`;
}
