import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { folderEvidenceStore } from "../../lambda/evidence/store/folder.ts";
import { writeEvidenceYear, yearOrganizationId } from "../support/evidence-year.ts";

const ORGANIZATIONS = 10_000;
const DAYS = 365;
/** As many as `npm start` puts into one part. */
const PART_ORGANIZATIONS = 200;
const FIRST_RUN_MS = Date.UTC(2026, 0, 1, 6);
const LEAST_MEGABYTES_A_SECOND = 50;
const MOST_MEGABYTES = 200;
const MOST_ANSWER_MS = 2_000;
const RUN_SCRIPT = join(import.meta.dirname, "evidence-run.ts");
const COMMAND = join(import.meta.dirname, "../../lambda/cli/main.ts");
/** As package.json starts it. */
const NODE_OPTIONS = ["--max-semi-space-size=4"];

/** What one command took, its process from start to end. */
export interface EvidenceResult {
  readonly elapsedMs: number;
  readonly cpuMs: number;
  readonly peakMegabytes: number;
}

/**
 * A year of daily runs in a folder: verify streams it; history and show answer for one Organization. Arguments: how many
 * Organizations, how many days. Figures of verify are by its CPU time, which is what one core would take.
 */
export async function bench(arguments_: readonly string[]): Promise<boolean> {
  const [organizations = ORGANIZATIONS, days = DAYS] = arguments_.map(Number);
  const folder = await mkdtemp(join(tmpdir(), "evidence-year-"));
  try {
    const year = { domain: "acme.eu.auth0.com", organizations, days, partOrganizations: PART_ORGANIZATIONS };
    const bytes = await writeEvidenceYear(folderEvidenceStore(folder), { ...year, firstRunMs: FIRST_RUN_MS });
    const megabytes = bytes / 1e6;
    process.stdout.write(
      `${days} runs of ${organizations} Organizations: ${megabytes.toFixed(0)} MB of uncompressed evidence.\n`,
    );
    const organization = yearOrganizationId(Math.floor(organizations / 2));
    const at = new Date(FIRST_RUN_MS + (days / 2) * 86_400_000).toISOString().slice(0, 10);
    const verified = await measure(["verify", "--in", folder]);
    const speed = megabytes / (verified.cpuMs / 1000);
    const answers = [
      await measure(["history", "--in", folder, "--organization", organization]),
      await measure(["show", "--in", folder, "--at", at, "--organization", organization]),
    ];
    const verifyIsMet = speed >= LEAST_MEGABYTES_A_SECOND && verified.peakMegabytes <= MOST_MEGABYTES;
    const rows = [
      `verify   ${speed.toFixed(0)} MB a second of one core, ${(verified.elapsedMs / 1000).toFixed(1)} s, ${memory(verified)}: ${verdict(verifyIsMet)}`,
      ...answers.map(
        (one, index) =>
          `${index === 0 ? "history" : "show   "}  ${(one.elapsedMs / 1000).toFixed(2)} s, ${memory(one)}: ${verdict(isFast(one))}`,
      ),
      `Targets: verify ${LEAST_MEGABYTES_A_SECOND} MB a second in ${MOST_MEGABYTES} MB of memory; answers in ${MOST_ANSWER_MS / 1000} s.`,
    ];
    process.stdout.write(`${rows.join("\n")}\n`);
    return verifyIsMet && answers.every(isFast);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function isFast({ elapsedMs }: EvidenceResult): boolean {
  return elapsedMs <= MOST_ANSWER_MS;
}

function memory({ peakMegabytes }: EvidenceResult): string {
  return `${peakMegabytes.toFixed(0)} MB of memory`;
}

function verdict(isMet: boolean): string {
  return isMet ? "met" : "MISSED";
}

/** The command as a person starts it, in a process of its own, which tells at its end what it took. */
async function measure(arguments_: readonly string[]): Promise<EvidenceResult> {
  const started = performance.now();
  const options = ["--import", RUN_SCRIPT, COMMAND, "evidence", ...arguments_];
  const { stderr } = await promisify(execFile)(process.execPath, [...NODE_OPTIONS, ...options]);
  const measured: Omit<EvidenceResult, "elapsedMs"> = JSON.parse(stderr);
  return { elapsedMs: performance.now() - started, ...measured };
}
