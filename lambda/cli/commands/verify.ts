import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { readSweepLock } from "../../audit/lock.ts";
import { ConfigurationError } from "../../domain/errors.ts";
import type { ObjectKey, Sha256, Tenant } from "../../domain/identifiers.ts";
import { noRun } from "../../evidence/query/choose-run.ts";
import { RecordedRuns } from "../../evidence/query/recorded-runs.ts";
import { tenantsIn } from "../../evidence/query/runs.ts";
import { SIGNATURE_KEY_TYPES, signatureCheck } from "../../evidence/signing/check.ts";
import type { EvidenceReader } from "../../evidence/store/port.ts";
import { type Problem, unknownObject } from "../../evidence/verify/problem.ts";
import { verifyTenant } from "../../evidence/verify/verify.ts";
import { systemClock } from "../../execution/system-clock.ts";
import { PRODUCER } from "../../producer.ts";
import { type CheckedReports, checkReports } from "../../report/check-reports.ts";
import {
  type NotChecked,
  problemLine,
  type VerifiedTenant,
  verificationJson,
  verificationLines,
} from "../../report/text/verification.ts";
import { noEvidence, openReader, type ReaderOptions, readerCommand, withPeriod } from "../evidence-reader.ts";
import { printLines, write } from "../program.ts";
import { type Period, rangeOf } from "../times.ts";

const NOT_VALID = 2;

interface Options extends ReaderOptions, Period {
  readonly publicKey?: ReturnType<typeof signatureCheck>;
  readonly anchor?: readonly Sha256[];
  readonly json?: boolean;
}

export function verifyCommand(): Command {
  return withPeriod(readerCommand("verify", "Checks every stored byte against the chain of manifests."))
    .option("--public-key <file>", "also check each manifest's signature with this PEM or DER file", publicKey)
    .option("--anchor <sha256...>", "a manifest hash that you noted elsewhere; the chain must contain it", anchors)
    .option("--json", "print JSON")
    .action(verify);
}

async function verify(options: Options): Promise<void> {
  const reader = await openReader(options);
  const unknown: Problem[] = [];
  const onUnknown = (key: ObjectKey) => unknown.push(unknownObject(key, "it belongs to no tenant"));
  const tenants = options.tenant === undefined ? await tenantsIn(reader, onUnknown) : [options.tenant];
  if (!options.json) await printLines(unknown.map(problemLine));
  const verified: VerifiedTenant[] = [];
  const range = rangeOf(options);
  for (const tenant of tenants) {
    const problems: Problem[] = [];
    const onProblem = (problem: Problem) => problems.push(problem);
    const found = await verifyTenant(reader, {
      tenant,
      range,
      isSignature: options.publicKey ?? null,
      anchors: options.anchor ?? [],
      notedHead: (await readSweepLock(reader, tenant)).head,
      nowMs: systemClock.now(),
      onProblem,
    });
    const reports = await checkReports(reader, { tenant, range, version: PRODUCER.version, onProblem });
    const one = { ...found, problems, reports, notChecked: notChecked(options, reports) };
    verified.push(one);
    const isEmpty = one.runs === 0 && one.unnamedParts === 0 && problems.length === 0;
    if (!options.json && !isEmpty) await printLines([...problems.map(problemLine), ...verificationLines(one)]);
  }
  const isValid = unknown.length === 0 && verified.every(({ problems }) => problems.length === 0);
  if (isValid && verified.every(({ runs }) => runs === 0)) throw await nothingVerified(reader, tenants, options);
  if (options.json) await write(verificationJson(verified, unknown));
  if (!isValid) process.exitCode = NOT_VALID;
}

function notChecked(options: Options, { notCompared }: CheckedReports): readonly NotChecked[] {
  const isPart = options.since !== undefined || options.until !== undefined;
  return [
    ...(options.publicKey === undefined ? (["signatures"] as const) : []),
    ...(isPart ? (["runs_outside_period"] as const) : []),
    ...(notCompared > 0 ? (["reports_of_other_versions"] as const) : []),
    "state",
  ];
}

/** The error that there was nothing to verify: in the period, or at all. */
async function nothingVerified(reader: EvidenceReader, tenants: readonly Tenant[], options: Options): Promise<Error> {
  const [tenant] = tenants;
  const runs = tenant === undefined ? null : await RecordedRuns.read(reader, tenant);
  return runs === null || runs.readable.length === 0
    ? noEvidence(reader, options.tenant)
    : noRun(runs, rangeOf(options), "--since");
}

function publicKey(file: string): ReturnType<typeof signatureCheck> {
  try {
    const content = readFileSync(file);
    const isPem = content.includes("-----BEGIN ");
    const key = createPublicKey(isPem ? content : { key: content, format: "der", type: "spki" });
    if (SIGNATURE_KEY_TYPES.some((type) => type === key.asymmetricKeyType)) return signatureCheck(key);
  } catch (cause) {
    throw new ConfigurationError(`--public-key: ${JSON.stringify(file)} is not a readable public key.`, { cause });
  }
  throw new ConfigurationError(`--public-key: ${JSON.stringify(file)} is neither an EC nor an RSA key.`);
}

function anchors(text: string, before: readonly Sha256[] = []): readonly Sha256[] {
  const digest = text.trim().toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(digest))
    throw new ConfigurationError(`--anchor: ${JSON.stringify(text)} is not a SHA-256 hash, 64 hexadecimal digits.`);
  return [...before, digest as Sha256];
}
