import type { Tenant } from "../domain/identifiers.ts";
import { counted, grouped, plain } from "../domain/text.ts";
import type { ManifestReference } from "../evidence/format/manifest.ts";
import { FINDING_VERDICTS, type Finding, type Verdict } from "../evidence/verify/finding.ts";

/** What verification came to for one tenant. */
export interface VerifiedTenant {
  readonly tenant: Tenant;
  readonly runs: number;
  readonly files: number;
  readonly rows: number;
  /** Of uncompressed content. */
  readonly bytes: number;
  readonly head: ManifestReference | null;
  readonly unnamedParts: number;
  readonly findings: readonly Finding[];
}

/** `valid`, or the worst that was found. */
export function verdictOf(findings: readonly Finding[]): Verdict {
  return FINDING_VERDICTS.find((verdict) => findings.some((finding) => finding.verdict === verdict)) ?? "valid";
}

/** A finding for a terminal: one line. */
export function findingLine({ verdict, message }: Finding): string {
  return plain(`${verdict.replace("_", " ").padEnd(17)} ${message}`);
}

/** What was looked at and what came of it, for a terminal, after the findings. */
export function verificationLines(verified: VerifiedTenant): readonly string[] {
  const { bytes, files, findings, head, rows, runs, tenant, unnamedParts } = verified;
  const verdicts = FINDING_VERDICTS.map((verdict) => ({
    verdict,
    count: findings.filter((finding) => finding.verdict === verdict).length,
  })).filter(({ count }) => count > 0);
  const found = verdicts.map(({ verdict, count }) => `${grouped(count)} ${verdict.replace("_", " ")}`).join(", ");
  return [
    `${tenant}: ${counted(runs, "run")}, ${counted(files, "file")}, ${counted(rows, "line")}, ${grouped(Math.round(bytes / 1e6))} MB of content.`,
    findings.length === 0 ? "Everything is valid." : `Not valid: ${found}.`,
    ...(unnamedParts === 0
      ? []
      : [
          `${counted(unnamedParts, "file")} that no manifest names: left by interrupted runs, or by a run whose manifest was taken away.`,
        ]),
    ...(head === null ? [] : [`The chain ends with run ${head.runId}; the SHA-256 of its manifest is ${head.sha256}`]),
  ].map(plain);
}

/** The same for programs. */
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
