import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { MALLOC_ARENA_MAX, NODE_OPTIONS } from "../../lambda/contract.ts";
import { MOST_OPERATIONS } from "../../lambda/execution/limits.ts";
import type { ScaleResult } from "./scale-run.ts";
import { table } from "./table.ts";

const CASES = [
  { organizations: 1_000, readsPerMinute: 100 },
  { organizations: 100_000, readsPerMinute: 1_000 },
  { organizations: 1_000_000, readsPerMinute: 1_000 },
] as const;
const MOST_MEGABYTES = 200;
const MOST_CPU_MS = 1;
const MOST_JUDGE_MS = 0.2;
const MOST_BUFFER_BYTES = 1024 * 1024;

/** Sweeps in virtual time over the durable engine: real steps, real evidence in a folder, a tenant that answers at once. */
export async function bench(arguments_: readonly string[]): Promise<boolean> {
  const most = Number(arguments_[0] ?? Number.POSITIVE_INFINITY);
  const rows: string[][] = [
    [
      "Organizations",
      "reads/min",
      "operations",
      "invocations",
      "virtual h",
      "peak MB",
      "CPU ms/Org",
      "facts",
      "judge",
      "stored MB",
      "changes",
      "findings",
      "",
    ],
  ];
  let met = true;
  const folder = await mkdtemp(join(tmpdir(), "scale-bundle-"));
  const script = await bundled(folder);
  for (const one of CASES.filter(({ organizations }) => organizations <= most)) {
    // The memory that a function of 256 MB has for its heap.
    const options = { maxBuffer: MOST_BUFFER_BYTES, env: { ...process.env, MALLOC_ARENA_MAX } };
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [NODE_OPTIONS, "--max-old-space-size=120", script, JSON.stringify(one)],
      options,
    );
    const measured: ScaleResult = JSON.parse(stdout);
    const isMet =
      measured.operations <= MOST_OPERATIONS &&
      measured.peakMegabytes <= MOST_MEGABYTES &&
      measured.cpuMsPerOrganization <= MOST_CPU_MS * (measured.organizations < 10_000 ? 10 : 1) &&
      measured.judgeMsPerOrganization <= MOST_JUDGE_MS * (measured.organizations < 10_000 ? 10 : 1) &&
      measured.changes === measured.organizations / 100 &&
      // Each shares a connection, and one in 100 has another way to sign in.
      measured.findings === measured.organizations * 1.01;
    met &&= isMet;
    rows.push([
      String(one.organizations),
      String(one.readsPerMinute),
      String(measured.operations),
      String(measured.invocations),
      measured.virtualHours.toFixed(1),
      measured.peakMegabytes.toFixed(0),
      measured.cpuMsPerOrganization.toFixed(3),
      measured.factsMsPerOrganization.toFixed(3),
      measured.judgeMsPerOrganization.toFixed(3),
      measured.storedMegabytes.toFixed(1),
      String(measured.changes),
      String(measured.findings),
      isMet ? "met" : "MISSED",
    ]);
  }
  await rm(folder, { recursive: true });
  process.stdout.write(`${table(rows)}\n`);
  process.stdout.write(
    `Targets: ${MOST_OPERATIONS} operations, ${MOST_MEGABYTES} MB, ${MOST_CPU_MS} ms an Organization, ${MOST_JUDGE_MS} ms of it to judge (from 10,000 on).\n`,
  );
  return met;
}

/** The function runs a bundle, too: Node.js itself would take some 20 MB to run TypeScript. */
async function bundled(folder: string): Promise<string> {
  const outfile = join(folder, "scale-run.mjs");
  await build({
    entryPoints: [join(import.meta.dirname, "scale-run.ts")],
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    outfile,
    banner: {
      js: 'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);',
    },
  });
  return outfile;
}
