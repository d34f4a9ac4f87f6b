import { join } from "node:path";
import type { Command } from "commander";
import { ConfigurationError } from "../../domain/errors.ts";
import type { RunId, Tenant } from "../../domain/identifiers.ts";
import { manifestKey, reportKey } from "../../evidence/format/keys.ts";
import { tenantsIn } from "../../evidence/query/runs.ts";
import { openStore } from "../../evidence/store/open.ts";
import type { EvidenceReader } from "../../evidence/store/port.ts";
import { publish, renderReports } from "../../report/publish.ts";
import { folder, location, tenant } from "../options.ts";
import { newCommand, printLines } from "../program.ts";
import { reportFiles, writeReport } from "../report-files.ts";
import { runId } from "../times.ts";

const HELP = `
Without --out, the run's reports and the tenant's index are written again beside the evidence, byte for byte as the audit
wrote them. The evidence itself is only read.

Exit status: 0 rendered; 1 bad input, or the evidence cannot be read; 2 the evidence does not match its manifest.

Examples:
  npm run report -- --in ./evidence --run 20260303T060000Z --out ./report
  npm run report -- --in s3://my-evidence-bucket --run 20260303T060000Z --tenant acme.eu.auth0.com`;

interface Options {
  readonly in: string;
  readonly run: RunId;
  readonly tenant?: Tenant;
  readonly out?: string;
}

/** `npm run report`: renders the reports of any run, also of one that failed, and can put them back beside the evidence. */
export function publishCommand(): Command {
  return newCommand("npm run report --", "Renders the reports of a recorded run again from its evidence.")
    .requiredOption("--in <where>", "the evidence: a folder, or s3://bucket[/prefix]", location("--in"))
    .requiredOption("--run <run>", "the run ID, 20260303T060000Z", runId)
    .option("--tenant <domain>", "the tenant's domain; needed when several tenants have a run with this ID", tenant)
    .option("--out <folder>", "write the reports to this folder", folder)
    .addHelpText("after", HELP)
    .action(async (options: Options) => {
      await printLines([`The report: ${await publishAgain(options)}`]);
    });
}

/** Returns where the report's page is. */
async function publishAgain(options: Options): Promise<string> {
  const { out, run } = options;
  const store = await openStore(options.in);
  const of = await tenantOfRun(store, run, options.tenant);
  const key = manifestKey(of, run);
  if (out === undefined) {
    await publish(store, key);
    return `${store.location}/${reportKey(of, run, "report.html")}`;
  }
  const write = async (name: string, body: Uint8Array) => {
    await writeReport(out, name, body);
  };
  await renderReports(store, key, reportFiles(write));
  return join(out, "report.html");
}

/** Throws `ConfigurationError` when no tenant, or more than one, has this run. */
async function tenantOfRun(store: EvidenceReader, run: RunId, named: Tenant | undefined): Promise<Tenant> {
  const found: Tenant[] = [];
  for (const one of named === undefined ? await tenantsIn(store) : [named])
    if (await store.exists(manifestKey(one, run))) found.push(one);
  const [only, ...others] = found;
  if (only === undefined)
    throw new ConfigurationError(
      `--run: ${store.location} has no run ${run}${named === undefined ? "" : ` of ${named}`}.`,
    );
  if (others.length > 0)
    throw new ConfigurationError(`--tenant: several tenants have run ${run}; name one: ${found.join(", ")}.`);
  return only;
}
