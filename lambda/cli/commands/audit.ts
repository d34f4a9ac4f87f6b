import { homedir } from "node:os";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { RESERVE } from "../../contract.ts";
import { ConfigurationError } from "../../domain/errors.ts";
import type { Domain, ObjectKey, OrganizationId, Timestamp } from "../../domain/identifiers.ts";
import type { RunStatus } from "../../domain/run.ts";
import { moment } from "../../domain/text.ts";
import { reportKey } from "../../evidence/format/keys.ts";
import { readValidManifest } from "../../evidence/store/manifests.ts";
import { openStore } from "../../evidence/store/open.ts";
import type { EvidenceStore } from "../../evidence/store/port.ts";
import { PRODUCER } from "../../producer.ts";
import { readReport } from "../../report/publish.ts";
import { terminalLines } from "../../report/terminal.ts";
import { localAudit } from "../local-audit.ts";
import { domain, location, organizations, reserve } from "../options.ts";
import { newCommand, printLines } from "../program.ts";
import { type Watch, watched } from "../progress.ts";
import { scheduledTime } from "../times.ts";
import { localTokenSource } from "../token-source.ts";

const EXIT_STATUS: Readonly<Record<RunStatus, number>> = { complete: 0, partial: 2, failed: 1 };

const HELP = `
Without options and AUTH0_ variables: a demo that needs no setup. It audits a built-in tenant twice, with changes in
between.

Environment:
  AUTH0_DOMAIN                             the default of --domain
  AUTH0_API_TOKEN                          the Management API token, or
  AUTH0_CLIENT_ID + AUTH0_CLIENT_SECRET    an application that gets one (client credentials grant)
  NODE_EXTRA_CA_CERTS                      additional certificate authorities, a PEM file

Scopes: read:organization_connections, and read:organizations for --organizations all.

Exit status: 0 the run is complete; 2 the run is partial: the evidence is written, some Organizations could not be read;
1 the run failed: bad configuration, token refused, or evidence store unreachable.

Examples:
  npm start
  npm start -- --domain acme.eu.auth0.com --organizations all --out ./evidence
  npm start -- --domain acme.eu.auth0.com --organizations @customers.txt --out s3://my-evidence-bucket`;

interface Options {
  readonly domain: Domain;
  readonly organizations: "all" | readonly OrganizationId[];
  readonly out: string;
  readonly scheduledTime?: Timestamp;
  readonly reserve: number;
  readonly restart?: boolean;
}

/** `npm start`: audits a tenant from this machine. */
export function auditCommand(): Command {
  const { default: usual, highest, lowest } = RESERVE;
  return newCommand("npm start --", "Audits the enabled connections of a tenant's Organizations from this machine.")
    .addOption(
      new Option("--domain <host>", "the tenant's domain, acme.eu.auth0.com").env("AUTH0_DOMAIN").argParser(domain),
    )
    .option(
      "--organizations <which>",
      "all, IDs separated by commas, or @FILE with one ID per line",
      organizations,
      "all",
    )
    .option("--out <where>", "a folder, or s3://bucket[/prefix]", location("--out"), "./evidence")
    .option("--scheduled-time <time>", "an ISO 8601 time that names the run (default: now)", scheduledTime)
    .option("--reserve <share>", `the share of the rate limit left to others, ${lowest} to ${highest}`, reserve, usual)
    .option("--restart", "start over instead of resuming an interrupted run")
    .version(`${PRODUCER.name} ${PRODUCER.version}`)
    .addHelpText("after", HELP)
    .action(async ({ domain: named, ...options }: Omit<Options, "domain"> & Partial<Options>) => {
      if (named === undefined)
        throw new ConfigurationError("--domain: it is missing; name the tenant's domain, or set AUTH0_DOMAIN.");
      process.exitCode = await watched((watch) => auditTenant({ ...options, domain: named }, watch));
    });
}

/** Returns the exit status. */
async function auditTenant(options: Options, { progress, settle, signal }: Watch): Promise<number> {
  const { out, restart = false, scheduledTime: scheduledAt = null } = options;
  const tokenSource = localTokenSource(process.env, options.domain, { nowMs: Date.now(), signal });
  const store = await openStore(out);
  const outcome = await localAudit({
    ...options,
    restart,
    scheduledAt,
    store,
    tokenSource,
    progress,
    signal,
    stateFolder: stateFolder(out),
  });
  settle();
  switch (outcome.kind) {
    case "recorded":
      await printReport(store, outcome.manifestKey);
      return EXIT_STATUS[outcome.status];
    case "already_recorded":
      await printLines([`Run ${outcome.runId} is already recorded: ${store.location}/${outcome.manifestKey}`]);
      return EXIT_STATUS[(await readValidManifest(store, outcome.manifestKey)).status];
    case "nothing_hinted":
      await printLines([`No Organization changed up to ${moment(outcome.until)}: nothing was read, and nothing is recorded.`]);
      return EXIT_STATUS.complete;
    case "refused":
      throw new ConfigurationError(outcome.message);
    case "skipped":
      throw new ConfigurationError(
        outcome.holder === null
          ? `Run ${outcome.runId} of ${options.domain} lost its lock to another run and is not recorded; start it again.`
          : `Run ${outcome.holder} of ${options.domain} is in progress in ${store.location}; try again when it has ended.`,
      );
    default:
      return outcome satisfies never;
  }
}

async function printReport(store: EvidenceStore, manifestKey: ObjectKey): Promise<void> {
  const model = await readReport(store, manifestKey);
  const { runId, tenant } = model.manifest;
  await printLines([
    ...terminalLines(model),
    `The report: ${store.location}/${reportKey(tenant, runId, "report.html")}`,
  ]);
}

/** Where executions are saved: in the evidence folder, or in the user's state folder when the evidence is in a bucket. */
function stateFolder(out: string): string {
  if (!out.startsWith("s3://")) return join(out, "v1", "state");
  const home = process.env.XDG_STATE_HOME || join(homedir(), ".local", "state");
  return join(home, PRODUCER.name, out.slice("s3://".length));
}
