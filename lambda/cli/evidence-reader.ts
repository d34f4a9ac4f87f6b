import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { ConfigurationError } from "../domain/errors.ts";
import type { Tenant } from "../domain/identifiers.ts";
import { RecordedRuns } from "../evidence/query/recorded-runs.ts";
import { tenantsIn } from "../evidence/query/runs.ts";
import { openStore } from "../evidence/store/open.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import { isDemo } from "./demo-folder.ts";
import { location, tenant } from "./options.ts";
import { newCommand } from "./program.ts";
import { span } from "./times.ts";

/** What every command that reads evidence takes. */
export interface ReaderOptions {
  readonly in: string;
  readonly tenant?: Tenant;
}

/** A command with `ReaderOptions`. */
export function readerCommand(name: string, description: string): Command {
  return newCommand(name, description)
    .option("--in <where>", "the evidence: a folder, or s3://bucket[/prefix]", location("--in"), "./evidence")
    .option("--tenant <tenant>", "the tenant's domain; needed when the evidence has several tenants", tenant);
}

/** Adds the options of a `Period`. */
export function withPeriod(command: Command): Command {
  return command
    .option("--since <date>", "no run completed before it", span("--since"))
    .option("--until <date>", "no run completed after it; includes the whole day", span("--until"));
}

/** The evidence at `--in`, without the means to write to it. */
export async function openReader(options: ReaderOptions): Promise<EvidenceReader> {
  const { exists, list, location: where, read } = await openStore(options.in);
  return { exists, list, location: where, read };
}

/** The tenant of `--tenant`, or the only one. Throws `ConfigurationError` when there are none or several. */
export async function tenantIn(reader: EvidenceReader, { tenant: named }: ReaderOptions): Promise<Tenant> {
  if (named !== undefined) return named;
  const [only, ...others] = await tenantsIn(reader);
  if (only === undefined) throw noEvidence(reader);
  if (others.length > 0)
    throw new ConfigurationError(
      `--tenant: the evidence has several tenants; name one: ${[only, ...others].join(", ")}.`,
    );
  return only;
}

/** The evidence at `--in` and the runs of its tenant. Throws `ConfigurationError` when there are none. */
export async function openRuns(
  options: ReaderOptions,
): Promise<{ readonly reader: EvidenceReader; readonly runs: RecordedRuns }> {
  const reader = await openReader(options);
  return { reader, runs: await RecordedRuns.read(reader, await tenantIn(reader, options)) };
}

/** Names the newest evidence of the demo when that is all that the folder has. */
export function noEvidence({ location: where }: EvidenceReader, of?: Tenant): ConfigurationError {
  const demo = of === undefined ? newestDemo(where) : null;
  const next = demo === null ? "name the folder or bucket that contains v1/" : `for the last demo, add --in ${demo}`;
  return new ConfigurationError(`--in: ${where} has no evidence${of === undefined ? "" : ` of ${of}`}; ${next}.`);
}

function newestDemo(folder: string): string | null {
  try {
    const demos = readdirSync(folder).filter(
      (name) => existsSync(join(folder, name, "v1", "manifests")) && isDemo(name),
    );
    const newest = demos.sort().at(-1);
    return newest === undefined ? null : `${folder}/${newest}`;
  } catch {
    return null;
  }
}
